// SPDX-License-Identifier: Apache-2.0
//
// rms-cloudd: the rights service.
#include <exception>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>

#include "base/log.h"
#include "base/process.h"
#include "cli/usage.h"
#include "cloud/daemon.h"
#include "cloud/front/grpc_log.h"
#include "cloud/settings/settings.h"

namespace {

// sysexits.h: EX_CONFIG. Service managers do not start us again for it.
constexpr int kFailed = 1, kUsage = 2, kBadSettings = 78;

int run(const std::string& config, bool check, const std::optional<std::filesystem::path>& ready_file) {
  using namespace rms;
  if (auto forbidden = forbid_core_dumps(); !forbidden) {
    std::cerr << "rms-cloudd: " << forbidden.error().to_string() << "\n";
    return kFailed;
  }
  ignore_signals_of_writing();
  // The store too for --check: else Daemon::open() is the first to open it.
  auto settings = cloud::load_settings(config, check ? cloud::Look::store : cloud::Look::files);
  if (!settings) {
    std::cerr << settings.error().context << "\n";
    return kBadSettings;
  }
  if (check) {
    std::cout << config << ": good\n";
    return 0;
  }

  const auto log = make_log(settings->log.level, settings->log.format, "rms-cloudd");
  const SystemClock clock;
  const cloud::GrpcLog grpc_log(*log, clock);
  auto daemon = cloud::Daemon::open(*settings, *log);
  const auto drained = daemon ? (*daemon)->run(ready_file) : Result<bool>(daemon.error());
  if (!drained) log->error("cannot serve", {{"error", drained.error().to_string()}});
  return drained && *drained ? 0 : kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "The rights service: certifies servers, issues licensor certificates, and answers licence requests that\n"
      "connectors relay over gRPC.",
      "rms-cloudd");
  app.footer(
      "Examples:\n"
      "  rms-cloudd --config /etc/rms-connector/rms-cloud.yaml --check\n"
      "  rms-cloudd --config /etc/rms-connector/rms-cloud.yaml\n\n"
      "SIGTERM: finish the calls in hand, then exit 0, or 1 if shutdown.drain_timeout cut some off; again: exit 1 at\n"
      "once.\n"
      "Exit status: 0 stopped, 1 failed or cut off, 2 usage, 78 bad settings.");
  app.failure_message(&rms::cli::usage_error);
  app.set_version_flag("--version", "rms-cloudd " RMS_VERSION);
  std::string config;
  bool check = false;
  std::filesystem::path ready_file;
  app.add_option("--config", config, "Settings, YAML")->required()->type_name("FILE");
  app.add_flag("--check", check, "Check the settings, the files they name and the store, and exit");
  auto* ready = app.add_option("--ready-file", ready_file, "Write address= and pid= here when requests are answered")
                    ->type_name("FILE");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  try {
    return run(config, check, ready->count() > 0 ? std::optional(ready_file) : std::nullopt);
  } catch (const std::exception& error) {
    std::cerr << "rms-cloudd: " << error.what() << "\n";
    return kFailed;
  }
}
