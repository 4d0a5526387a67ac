// SPDX-License-Identifier: Apache-2.0
#include "client/program/commands.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include <fmt/format.h>

#include "client/bootstrap.h"
#include "client/inspect.h"
#include "client/names.h"
#include "client/open.h"
#include "client/program/context.h"
#include "client/program/terminal.h"

namespace rms::client {
namespace {

xrml::Time now_of(const Clock& clock) {
  return std::chrono::floor<std::chrono::minutes>(clock.wall());
}

Result<void> run_bootstrap(const Context& context) {
  const auto& options = context.options;
  BootstrapOptions how;
  how.renew = options.renew;
  if (!options.root.empty()) {
    RMS_TRY(how.root, read_root(options.root));
  }
  RMS_TRY(const auto transport, context.connect(options));
  RMS_TRY(auto home, Home::create(options.home));
  RightsService service(*transport);
  RMS_TRY(const auto done, bootstrap(home, service, how, context.now));
  fmt::print("{} {}{}, certificates in {}\n", done.fresh ? "This server is now" : "This server already is",
             printable(done.account.mail), done.until ? " until " + xrml::format(*done.until) + "Z" : "",
             options.home.string());
  fmt::print("Trusted root: {}\n", done.root);
  if (!done.fresh) fmt::print("Nothing was asked; --renew gets new certificates.\n");
  return {};
}

Result<void> run_inspect(const Context& context) {
  const auto& files = context.options.files;
  bool good = true;
  for (const auto& path : files) {
    TerminalProgress progress(printable(path.string()));
    RMS_TRY(const auto inspection, inspect(path, context.now, progress));
    const std::string heading = files.size() > 1 ? printable(path.string()) + ":\n" : "";
    RMS_CHECK(StandardOutput().append(bytes_of(heading + inspection.text)));
    good = good && inspection.good;
  }
  if (!good) return Error(Errc::signature_invalid, "not everything is as it was signed; see NOT GOOD above");
  return {};
}

Result<void> run_request(const Context& context) {
  const auto& options = context.options;
  RMS_TRY(const auto identity, load_identity(context));
  RMS_TRY(const auto file, read_protected_file(options.files.front()));
  const std::string envelope = RightsService::acquire_license_envelope(identity.account_chain, file.license);
  if (const auto output = options.output.value_or("-"); output != "-") {
    using File = OutputFile;
    RMS_TRY(auto sink,
            File::create(output, options.force ? File::Existing::replace : File::Existing::keep, File::Readers::umask));
    RMS_CHECK(sink.append(bytes_of(envelope)));
    RMS_CHECK(sink.commit());
  } else {
    RMS_CHECK(StandardOutput().append(bytes_of(envelope)));
  }
  fmt::print(stderr, "Post it as text/xml to the connector's {}\n", kLicensePage);
  return {};
}

Result<void> dispatch(const Context& context) {
  switch (context.options.command) {
    case Command::bootstrap:
      return run_bootstrap(context);
    case Command::templates:
      return run_templates(context);
    case Command::protect:
      return run_protect(context);
    case Command::open:
      return run_open(context);
    case Command::prelicense:
      return run_prelicense(context);
    case Command::inspect:
      return run_inspect(context);
    case Command::request:
      return run_request(context);
  }
  return Error(Errc::invalid_setting, "no such command");
}

}  // namespace

Result<void> run_command(const Options& options, const Clock& clock, const Connect& connect) {
  RMS_CHECK(dispatch({options, now_of(clock), connect}));
  return flush_standard_output();
}

std::string said_of(const Error& error) {
  constexpr std::array kWholeSentences{Errc::already_exists,  Errc::cancelled, Errc::insecure_file,
                                       Errc::invalid_setting, Errc::io_error,  Errc::not_found};
  const bool whole = std::ranges::any_of(kWholeSentences, [&](Errc code) { return error == code; });
  return whole && !error.context.empty() ? error.context : error.to_string();
}

int exit_status_of(const Error& error) {
  if (error == Errc::invalid_setting) return 2;
  if (error == Errc::denied || error == Errc::no_rights) return 3;
  if (error == Errc::unavailable || error == Errc::deadline_exceeded || error == Errc::overloaded ||
      error == Errc::cancelled)
    return 4;
  return 1;
}

}  // namespace rms::client
