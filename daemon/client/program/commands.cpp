// SPDX-License-Identifier: Apache-2.0
#include "client/program/commands.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fmt/format.h>

#include "client/bootstrap.h"
#include "client/inspect.h"
#include "client/names.h"
#include "client/open.h"
#include "client/program/terminal.h"
#include "client/protect.h"
#include "client/rights.h"

namespace rms::client {
namespace {

xrml::Time now_of(const Clock& clock) {
  return std::chrono::floor<std::chrono::minutes>(clock.wall());
}

Result<void> require(bool given, std::string_view option, std::string_view environment) {
  if (given) return {};
  return Error(Errc::invalid_setting, fmt::format("{} is missing; give it, or set {}", option, environment));
}

Result<std::unique_ptr<Transport>> connect(const Options& options) {
  RMS_CHECK(require(!options.connector.empty(), "--connector", "RMS_CONNECTOR_URL"));
  RMS_CHECK(require(!options.ca.empty(), "--ca", "RMS_CA_FILE"));
  RMS_CHECK(require(!options.certificate.empty(), "--cert", "RMS_CLIENT_CERT"));
  RMS_CHECK(require(!options.key.empty(), "--key", "RMS_CLIENT_KEY"));
  HttpsSettings settings;
  settings.url = options.connector;
  settings.ca = options.ca;
  settings.certificate = options.certificate;
  settings.key = options.key;
  settings.timeout = std::chrono::seconds(options.timeout_seconds);
  settings.stop = &interrupted;
  return make_https_transport(std::move(settings));
}

Result<void> run_bootstrap(const Options& options, xrml::Time now) {
  BootstrapOptions how;
  how.renew = options.renew;
  if (!options.root.empty()) {
    RMS_TRY(how.root, read_root(options.root));
  }
  RMS_TRY(const auto transport, connect(options));
  RMS_TRY(auto home, Home::create(options.home));
  RightsService service(*transport);
  RMS_TRY(const auto done, bootstrap(home, service, how, now));
  fmt::print("{} {}{}, certificates in {}\n", done.fresh ? "This server is now" : "This server already is",
             printable(done.account.mail), done.until ? " until " + xrml::format(*done.until) + "Z" : "",
             options.home.string());
  fmt::print("Trusted root: {}\n", done.root);
  if (!done.fresh) fmt::print("Nothing was asked; --renew gets new certificates.\n");
  return {};
}

Result<void> run_protect(const Options& options, xrml::Time now) {
  if (options.output == "-")
    return Error(
        Errc::invalid_setting,
        "a protected file cannot go to standard output: it begins with a licence that covers the digest of all "
        "that follows; give --output FILE");
  ProtectRequest request;
  for (const auto& text : options.grants) {
    RMS_TRY(request.rights.emplace_back(), parse_grant(text));
  }
  RMS_TRY(const auto home, Home::open(options.home));
  RMS_TRY(const auto identity, home.load_identity(now));
  request.replace = options.force;
  for (const auto& file : options.files) {
    request.input = file;
    request.output = options.output.value_or(protected_name(file));
    TerminalProgress progress(printable(file.string()));
    RMS_TRY(const auto done, protect(identity, request, now, progress));
    fmt::print("{}: {} bytes protected, content {}, owner {}\n", printable(request.output.string()), done.plain_bytes,
               done.content_id, printable(identity.account.mail));
  }
  for (const auto& grant : request.rights)
    if (!may_view(grant))
      fmt::print(stderr, "rms: note: {} may not see it: VIEW is not among the rights\n", printable(grant.mail));
  return {};
}

void tell(const ProtectedFile& file, const Use& use) {
  fmt::print(stderr, "{}: granted {} by {}; protected by {}, owner {}\n", printable(file.file.path().string()),
             describe(use.grants), printable(use.issuer), printable(use.publisher), printable(use.owner));
  if (!file.seal)
    fmt::print(stderr,
               "rms: warning: its licence does not cover its content: whether that was altered cannot be told\n");
}

Result<void> run_open(const Options& options, xrml::Time now) {
  RMS_TRY(const auto home, Home::open(options.home));
  RMS_TRY(const auto identity, home.load_identity(now));
  RMS_TRY(const auto file, read_protected_file(options.files.front()));
  const auto output = options.output.value_or(opened_name(options.files.front(), file.header.extension));
  const bool to_standard_output = output == "-";
  if (!to_standard_output) {
    // Before the service is asked: a licence that was issued for nothing stands in the usage log.
    using File = OutputFile;
    RMS_CHECK(
        File::create(output, options.force ? File::Existing::replace : File::Existing::keep, File::Readers::owner));
  }
  RMS_TRY(const auto transport, connect(options));
  RightsService service(*transport);
  RMS_TRY(const auto use, acquire_use(file, identity, service, now));
  tell(file, use);
  TerminalProgress progress(printable(file.file.path().string()));
  if (!to_standard_output) return write_content(file, use, output, options.force, progress);
  StandardOutput sink;
  return write_content(file, use, sink, progress);
}

Result<void> run_inspect(const Options& options) {
  bool good = true;
  for (const auto& path : options.files) {
    TerminalProgress progress(printable(path.string()));
    RMS_TRY(const auto inspection, inspect(path, progress));
    const std::string heading = options.files.size() > 1 ? printable(path.string()) + ":\n" : "";
    RMS_CHECK(StandardOutput().append(bytes_of(heading + inspection.text)));
    good = good && inspection.good;
  }
  if (!good) return Error(Errc::signature_invalid, "not everything is as it was signed; see NOT GOOD above");
  return {};
}

Result<void> run_request(const Options& options, xrml::Time now) {
  RMS_TRY(const auto home, Home::open(options.home));
  RMS_TRY(const auto identity, home.load_identity(now));
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

Result<void> dispatch(const Options& options, const Clock& clock) {
  const xrml::Time now = now_of(clock);
  switch (options.command) {
    case Command::bootstrap:
      return run_bootstrap(options, now);
    case Command::protect:
      return run_protect(options, now);
    case Command::open:
      return run_open(options, now);
    case Command::inspect:
      return run_inspect(options);
    case Command::request:
      return run_request(options, now);
  }
  return Error(Errc::invalid_setting, "no such command");
}

}  // namespace

Result<void> run_command(const Options& options, const Clock& clock) {
  RMS_CHECK(dispatch(options, clock));
  // Results are in the buffer until here: a full disk shows only now.
  if (std::fflush(stdout) != 0)
    return Error(Errc::io_error, "standard output: cannot write: " + std::generic_category().message(errno));
  return {};
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
