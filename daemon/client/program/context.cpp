// SPDX-License-Identifier: Apache-2.0
#include "client/program/context.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "client/names.h"
#include "client/program/terminal.h"

namespace rms::client {
namespace {

Result<void> require(bool given, std::string_view option, std::string_view environment) {
  if (given) return {};
  return Error(Errc::invalid_setting, fmt::format("{} is missing; give it, or set {}", option, environment));
}

}  // namespace

Result<std::unique_ptr<Transport>> connect_https(const Options& options) {
  RMS_CHECK(require(!options.connector.empty(), "--connector", "RMS_CONNECTOR_URL"));
  RMS_CHECK(require(!options.ca.empty(), "--ca", "RMS_CA_FILE"));
  if (!options.negotiate) {
    RMS_CHECK(require(!options.certificate.empty(), "--cert (or --negotiate)", "RMS_CLIENT_CERT"));
    RMS_CHECK(require(!options.key.empty(), "--key", "RMS_CLIENT_KEY"));
  }
  HttpsSettings settings;
  settings.url = options.connector;
  settings.ca = options.ca;
  settings.certificate = options.certificate;
  settings.key = options.key;
  settings.negotiate = options.negotiate;
  settings.timeout = std::chrono::seconds(options.timeout_seconds);
  settings.stop = &interrupted;
  return make_https_transport(std::move(settings));
}

Result<Identity> load_identity(const Context& context) {
  RMS_TRY(const auto home, Home::open(context.options.home));
  return home.load_identity(context.now);
}

void note(std::string_view text) {
  fmt::print(stderr, "rms: note: {}\n", printable(text));
}

Result<void> flush_standard_output() {
  if (std::fflush(stdout) == 0) return {};
  return Error(Errc::io_error, "standard output: cannot write: " + std::generic_category().message(errno));
}

}  // namespace rms::client
