// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "client/home/kept_templates.h"
#include "client/program/context.h"
#include "client/templates.h"

namespace rms::client {
namespace {

bool could_not_ask(const Error& error) {
  return error == Errc::unavailable || error == Errc::deadline_exceeded || error == Errc::overloaded;
}

std::string count(std::size_t number) {
  return fmt::format("{} template{}", number, number == 1 ? "" : "s");
}

// Standard output, straight: a list may be longer than a person wants, and `| head` is no error of ours to hide.
Result<void> list(const Context& context, KeptTemplates kept, const std::string& said) {
  std::ranges::stable_sort(kept.templates, {}, &template_name);
  if (context.options.json) return StandardOutput().append(bytes_of(templates_to_json(kept.templates, kept.fetched)));
  std::string text;
  for (const auto& document : kept.templates) text += describe_template(document, context.now);
  return StandardOutput().append(bytes_of(text + said + "\n"));
}

Result<void> list_offline(const Context& context, const KeptTemplates& kept) {
  if (kept.damage) return *kept.damage;
  if (!kept.fetched) return Error(Errc::not_found, "no templates were fetched yet; run rms templates");
  const std::string age = "as of " + xrml::format(*kept.fetched) + "Z";
  note("nobody was asked; these are the templates " + age + ", and there may be others by now");
  return list(context, kept, count(kept.templates.size()) + " " + age);
}

}  // namespace

Result<void> run_templates(const Context& context) {
  const auto& options = context.options;
  const auto look = [&]() -> Result<std::pair<Identity, KeptTemplates>> {
    RMS_TRY(const auto home, Home::open(options.home));
    RMS_TRY(auto identity, home.load_identity(context.now));
    RMS_TRY(auto kept, load_templates(home, identity, context.now));
    return std::pair(std::move(identity), std::move(kept));
  };
  RMS_TRY(const auto found, look());
  const auto& [identity, kept] = found;
  if (options.offline) return list_offline(context, kept);

  RMS_TRY(const auto transport, context.connect(options));
  RightsService service(*transport);
  const auto known = options.refresh ? std::span<const xrml::Document>() : std::span(kept.templates);
  // The home is not held meanwhile: whoever wants to protect need not wait for the service.
  auto refreshed = refresh_templates(service, identity, known, context.now);
  if (!refreshed && could_not_ask(refreshed.error()) && kept.fetched) {
    Error error = std::move(refreshed).error();
    error.context += "; rms templates --offline lists those of " + xrml::format(*kept.fetched) + "Z";
    return error;
  }
  if (!refreshed) return std::move(refreshed).error();
  RMS_TRY(auto home, Home::change(options.home));
  RMS_CHECK(keep_templates(home, refreshed->templates, context.now));
  const std::string said =
      fmt::format("{} as of {}Z: {} fetched, {} unchanged, {} removed", count(refreshed->templates.size()),
                  xrml::format(context.now), refreshed->fetched, refreshed->unchanged, refreshed->removed);
  return list(context, {std::move(refreshed->templates), context.now, {}}, said);
}

}  // namespace rms::client
