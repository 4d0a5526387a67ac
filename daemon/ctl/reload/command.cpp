// SPDX-License-Identifier: Apache-2.0
#include "ctl/reload/command.h"

#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "connector/admin/client.h"
#include "connector/settings/settings.h"
#include "ctl/audit/printable.h"

namespace rms::ctl {
namespace {

using Json = nlohmann::json;

// Where the settings say that the socket is, and nothing else of them: that they are wrong is for the connector to
// find.
Result<std::filesystem::path> socket_of(const std::filesystem::path& config) {
  RMS_TRY(const auto socket, connector::read_admin_socket(config));
  if (socket.empty())
    return Error(Errc::not_found,
                 config.string() +
                     ": has no admin.socket, so the connector takes no commands. Reload it by its service manager "
                     "(systemctl reload rms-connector) or by a signal (kill -HUP and its process id; its log says what "
                     "came of it), or give it a socket and restart it");
  return socket;
}

std::string target_of(const ReloadOptions& options) {
  if (options.dry_run && options.force) return "/reload?dry_run&force";
  return options.dry_run ? "/reload?dry_run" : options.force ? "/reload?force" : "/reload";
}

}  // namespace

Result<std::string> reload_text(std::string_view json) {
  const Json answer = Json::parse(json, nullptr, false);
  try {
    const std::string result = answer.at("result");
    const bool dry_run = answer.at("dry_run");
    std::string text;
    const auto line = [&](std::string_view before, const std::string& what) {
      text += fmt::format("{}{}\n", before, printable(what));
    };
    for (const std::string problem : answer.at("problems")) line("", problem);
    for (const std::string warning : answer.at("warnings")) line("warning: ", warning);
    for (const Json& change : answer.at("changes"))
      line(change.at("loud").get<bool>() ? "! " : "  ", change.at("what").get<std::string>());
    if (result == "refused")
      return text + (dry_run ? "a reload would be refused: nothing would change\n" : "refused: nothing has changed\n");
    if (result == "unchanged") return text + "nothing changes\n";
    if (dry_run) return text + "a reload would take this; nothing has changed yet\n";
    text += fmt::format("reloaded: generation {}\n", answer.at("generation").get<std::uint64_t>());
    if (const auto watched = answer.at("watch_seconds").get<std::int64_t>(); watched > 0)
      text += fmt::format("watched for {} s: if too many requests are refused or fail, the settings before return\n",
                          watched);
    return text;
  } catch (const Json::exception& error) {
    return Error(Errc::malformed, fmt::format("not an answer of rms-connectord: {}", error.what()));
  }
}

ReloadEnd run_reload(const ReloadOptions& options, std::ostream& out, std::ostream& err) {
  const auto say = [&](std::string_view what) { err << "rms-connectorctl: " << what << "\n"; };
  std::filesystem::path socket = options.socket;
  if (socket.empty()) {
    auto named = socket_of(options.config);
    if (!named) {
      say(named.error().context);
      return ReloadEnd::refused;
    }
    socket = *std::move(named);
  }
  const auto reply = connector::ask_admin(socket, "POST", target_of(options), options.patience);
  if (!reply) {
    const bool away = reply.error() == Errc::not_found || reply.error() == Errc::unavailable;
    say(reply.error().context +
        (away ? " (rms-connectord does not run there; one that was started with another admin.socket is asked with "
                "--socket)"
              : ""));
    return away ? ReloadEnd::not_running : ReloadEnd::refused;
  }
  constexpr int kGood = 200, kRefused = 409;
  if (reply->status != kGood && reply->status != kRefused) {
    say(fmt::format("{}: answered {}: {}", socket.string(), reply->status, reply->body));
    return ReloadEnd::refused;
  }
  const auto text = reload_text(reply->body);
  if (!text) {
    say(text.error().context);
    return ReloadEnd::refused;
  }
  out << (options.json ? reply->body : *text);
  return reply->status == kGood ? ReloadEnd::done : ReloadEnd::refused;
}

}  // namespace rms::ctl
