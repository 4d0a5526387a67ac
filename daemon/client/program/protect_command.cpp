// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "client/home/kept_templates.h"
#include "client/names.h"
#include "client/program/context.h"
#include "client/program/terminal.h"
#include "client/protect.h"
#include "client/rights.h"
#include "client/templates.h"

namespace rms::client {
namespace {

// Who may do what, and until when, as the command line says it.
Result<void> read_rights(const Options& options, xrml::Time now, ProtectRequest& request) {
  for (const auto& text : options.grants) {
    RMS_TRY(request.rights.emplace_back(), options.do_not_forward ? parse_do_not_forward(text) : parse_grant(text));
  }
  if (options.expires) {
    RMS_TRY(request.expires, parse_expiry(*options.expires, now));
  }
  request.keep_no_license = options.ask_each_time;
  return {};
}

struct Chosen {
  xrml::Document official_template;
  std::optional<xrml::Time> fetched;
};

Result<Chosen> choose_template(const Home& home, const Identity& identity, const std::string& wanted, xrml::Time now) {
  RMS_TRY(auto kept, load_templates(home, identity, now));
  if (kept.damage) return *std::move(kept.damage);
  if (kept.templates.empty())
    return Error(Errc::not_found, kept.fetched ? "the rights service had no templates at " +
                                                     xrml::format(*kept.fetched) + "Z; run rms templates to ask again"
                                               : "no templates were fetched yet; run rms templates");
  RMS_TRY(auto chosen, find_template(kept.templates, wanted));
  RMS_CHECK(check_usable(chosen, now));
  return Chosen{std::move(chosen), kept.fetched};
}

std::string said_of(const ProtectRequest& request, const std::optional<Chosen>& chosen) {
  if (chosen)
    return fmt::format(", template '{}'{}", printable(template_name(chosen->official_template)),
                       chosen->fetched ? " as of " + xrml::format(*chosen->fetched) + "Z" : "");
  return request.expires ? ", expires " + xrml::format(*request.expires) + "Z" : "";
}

}  // namespace

Result<void> run_protect(const Context& context) {
  const auto& [options, now, connect] = context;
  if (options.output == "-")
    return Error(
        Errc::invalid_setting,
        "a protected file cannot go to standard output: it begins with a licence that covers the digest of all "
        "that follows; give --output FILE");
  ProtectRequest request;
  RMS_CHECK(read_rights(options, now, request));
  RMS_TRY(const auto home, Home::open(options.home));
  RMS_TRY(const auto identity, home.load_identity(now));
  std::optional<Chosen> chosen;
  if (options.template_name) {
    RMS_TRY(chosen, choose_template(home, identity, *options.template_name, now));
    request.official_template = chosen->official_template;
  }
  std::unique_ptr<Transport> transport;
  if (options.online) {
    RMS_TRY(transport, connect(options));
  }
  request.replace = options.force;
  for (const auto& file : options.files) {
    request.input = file;
    request.output = options.output.value_or(protected_name(file));
    TerminalProgress progress(printable(file.string()));
    auto service = transport ? std::optional<RightsService>(*transport) : std::nullopt;
    RMS_TRY(const auto done, service ? protect_online(identity, *service, request, now, progress)
                                     : protect(identity, request, now, progress));
    fmt::print("{}: {} bytes protected, content {}, owner {}{}{}\n", printable(request.output.string()),
               done.plain_bytes, done.content_id, printable(identity.account.mail), said_of(request, chosen),
               service ? ", signed by the rights service" : "");
  }
  const auto sees = [&](const std::string& mail) {
    return std::ranges::any_of(
        request.rights, [&](const auto& grant) { return equal_without_case(grant.mail, mail) && may_view(grant); });
  };
  for (const auto& grant : request.rights)
    if (!sees(grant.mail)) note(grant.mail + " may not see it: VIEW is not among the rights");
  return {};
}

}  // namespace rms::client
