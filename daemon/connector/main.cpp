// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <exception>
#include <iostream>
#include <limits>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/host_name.hpp>

#include "base/adjustable_log.h"
#include "base/log_journal.h"
#include "base/process.h"
#include "base/what.h"
#include "connector/command_line.h"
#include "connector/daemon.h"
#include "connector/version.h"

namespace rms::connector {
namespace {

constexpr std::string_view kProgram = "rms-connectord";

// Who started it by hand reads the problems as they are; in systemd's journal they are an event, too.
int bad_configuration(const std::string& problems) {
  if (stderr_is_journal())
    make_log(Level::info, LogFormat::automatic, kProgram)
        ->event(Level::error, Event::list_failed, "cannot start: the configuration cannot be used",
                {{"error", problems}});
  else
    std::cerr << problems << "\n";
  return Exit::kConfiguration;
}

// Half of what may be opened is left to everything that is not a caller's connection. `wanted`: what settings say.
std::size_t most_connections(std::size_t wanted, Log& log) {
  const auto files = raise_file_limit();
  if (!files) return std::numeric_limits<std::size_t>::max();
  if (wanted > *files / 2)
    log.warning("fewer connections than configured: the limit on open files is low; raise LimitNOFILE of the service",
                {{"limits.connections", wanted}, {"open_files", *files}, {"connections", *files / 2}});
  return *files / 2;
}

// The journal that the settings want; null if they want none.
Result<std::unique_ptr<Journal>> open_journal(boost::asio::io_context& loop, const AuditSettings& settings,
                                              const Clock& clock, Log& log, Metrics& metrics) {
  if (settings.directory.empty()) return std::unique_ptr<Journal>();
  const std::string connector = boost::asio::ip::host_name();
  RMS_TRY(auto writer, ChainWriter::open(settings, connector, kVersion, clock, log));
  return std::make_unique<Journal>(loop.get_executor(), std::move(writer), settings.when_full, connector, clock,
                                   metrics);
}

int serve(Settings settings, const CommandLine& line) {
  SystemClock clock;
  const std::unique_ptr<Log> whole_log = make_log(Level::debug, settings.log.format, kProgram);
  AdjustableLog plain_log(*whole_log, settings.log.level);
  Metrics metrics({std::string(kVersion), "", std::string(kGrpcVersion), std::string(kOpensslVersion)});
  const std::unique_ptr<Log> log = make_counted_log(plain_log, metrics);

  for (const std::string& warning : settings.warnings) log->warning(warning);
  const Surroundings surroundings{[&plain_log](Level least) { plain_log.change_least(least); },
                                  most_connections(settings.limits.connections, *log)};
  auto files = open_files(settings, clock, log.get());
  if (!files) return bad_configuration(files.error().context);

  const auto service = make_service_manager(*log);
  boost::asio::io_context loop(1);
  const auto journal = open_journal(loop, settings.audit, clock, *log, metrics);
  if (!journal) {
    log->error("cannot start: the audit journal cannot be opened", {{"error", journal.error().context}});
    return Exit::kFailed;
  }
  Daemon daemon(loop.get_executor(), std::make_shared<const Settings>(std::move(settings)), *std::move(files),
                line.ready_file, *service, *log, clock, metrics, journal->get(), surroundings);
  int code = Exit::kFailed;
  boost::asio::co_spawn(loop, daemon.run(), [&](const std::exception_ptr& failure, bool clean) {
    if (failure) {
      // Rooms are still open: the loop would run on for ever, and the daemon must not be taken away from under it.
      log->event(Level::error, Event::unhandled, "the connector cannot be stopped", {{"error", what(failure)}});
      std::_Exit(Exit::kFailed);
    }
    code = clean ? Exit::kClean : Exit::kFailed;
  });
  loop.run();
  return code;
}

int run(int argc, char** argv) {
  const auto read = read_command_line(argc, argv);
  if (const int* code = std::get_if<int>(&read)) return *code;
  const CommandLine& line = std::get<CommandLine>(read);

  if (const auto forbidden = forbid_core_dumps(); !forbidden) {
    std::cerr << forbidden.error().to_string() << "\n";
    return Exit::kFailed;
  }
  if (line.check) return check_configuration(line.config, std::cout, std::cerr);
  auto settings = load_settings(line.config);
  if (!settings) return bad_configuration(settings.error().context);
  return serve(*std::move(settings), line);
}

}  // namespace
}  // namespace rms::connector

int main(int argc, char** argv) {
  rms::connector::forget_kerberos_environment();
  try {
    return rms::connector::run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "rms-connectord: " << e.what() << "\n";
  }
  return rms::connector::Exit::kFailed;
}
