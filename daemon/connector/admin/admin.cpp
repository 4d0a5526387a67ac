// SPDX-License-Identifier: Apache-2.0
#include "connector/admin/admin.h"

#include <algorithm>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace rms::connector {
namespace asio = boost::asio;
using Json = nlohmann::ordered_json;
namespace {

std::string_view to_string(DaemonStatus::State state) {
  switch (state) {
    case DaemonStatus::State::starting:
      return "starting";
    case DaemonStatus::State::serving:
      return "serving";
    case DaemonStatus::State::draining:
      return "draining";
  }
  return "starting";
}

std::string to_string(WallTime time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

// Error texts come from peers: what is not UTF-8 in them must not make the document unreadable.
std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

HttpAnswer json_answer(int status, std::string body) {
  HttpAnswer answer;
  answer.status = status;
  answer.content_type = "application/json";
  answer.body = std::move(body);
  return answer;
}

// Why no request can be answered by the cloud now; empty if one can.
std::string upstream_problem(const DaemonStatus& status) {
  const auto usable = [](const DaemonStatus::Slot& slot) { return slot.state == "ready" && slot.serving; };
  if (std::any_of(status.slots.begin(), status.slots.end(), usable)) return {};
  for (const DaemonStatus::Slot& slot : status.slots)
    if (!slot.last_error.empty()) return "no connection to " + status.upstream + ": " + slot.last_error;
  return "no connection to " + status.upstream + " yet";
}

bool is_command(const HttpRequest& request) {
  return request.connection->local && request.method == "POST" && request.path == "/reload";
}

// "", "dry_run", "force", "dry_run&force"; nullopt if it says something else, which may have been meant to matter.
std::optional<ReloadRequest> reload_request(std::string_view query) {
  ReloadRequest request;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view word = query.substr(0, end);
    if (word == "dry_run")
      request.dry_run = true;
    else if (word == "force")
      request.force = true;
    else
      return std::nullopt;
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return request;
}

Json component(const std::string& problem) {
  if (problem.empty()) return {{"ready", true}};
  return {{"ready", false}, {"reason", problem}};
}

}  // namespace

HttpAnswer readiness(const DaemonStatus& status) {
  const std::string listener = status.state == DaemonStatus::State::serving    ? ""
                               : status.state == DaemonStatus::State::draining ? "the connector is stopping"
                                                                               : "the connector is starting";
  const std::string upstream = upstream_problem(status);
  const bool ready = listener.empty() && upstream.empty();
  const Json json{{"ready", ready},
                  {"components", {{"listener", component(listener)}, {"upstream", component(upstream)}}}};
  return json_answer(ready ? 200 : 503, text_of(json));
}

std::string status_json(const DaemonStatus& status) {
  Json slots = Json::array();
  for (const DaemonStatus::Slot& slot : status.slots) {
    slots.push_back({{"endpoint", slot.endpoint},
                     {"state", slot.state},
                     {"in_flight", slot.in_flight},
                     {"connects", slot.connects},
                     {"serving", slot.serving},
                     {"ejected_for_ms", slot.ejected_for.count()}});
    if (!slot.last_error.empty()) slots.back()["last_error"] = slot.last_error;
  }
  Json endpoints = Json::array();
  for (const DaemonStatus::Endpoint& endpoint : status.endpoints) {
    std::size_t usable = 0, in_flight = 0;
    for (const DaemonStatus::Slot& slot : status.slots) {
      if (slot.endpoint != endpoint.address) continue;
      usable += slot.state == "ready" && slot.serving && slot.ejected_for.count() == 0 ? 1 : 0;
      in_flight += slot.in_flight;
    }
    endpoints.push_back({{"address", endpoint.address},
                         {"priority", endpoint.priority},
                         {"weight", endpoint.weight},
                         {"usable", usable},
                         {"in_flight", in_flight}});
  }
  Json servers = Json::array();
  for (const DaemonStatus::Server& server : status.servers) {
    servers.push_back({{"name", server.name},
                       {"role", server.role},
                       {"requests", server.requests},
                       {"refused", server.refused},
                       {"last_request", server.last_request ? Json(to_string(*server.last_request)) : Json()}});
  }
  Json callers = Json::array();
  for (const auto& [principal, requests] : status.callers)
    callers.push_back({{"principal", principal}, {"in_flight", requests}});
  Json json{{"version", status.version},
            {"state", to_string(status.state)},
            {"uptime_seconds", status.uptime.count()},
            {"listen", status.listen}};
  if (!status.http.empty()) json["http"] = status.http;
  json.update({{"connections", status.connections},
               {"in_flight", status.in_flight},
               {"upstream",
                {{"endpoint", status.upstream}, {"endpoints", endpoints}, {"queued", status.queued}, {"slots", slots}}},
               {"servers", servers},
               {"callers", callers}});
  json["settings"] = {{"file", status.settings.file},
                      {"generation", status.settings.generation},
                      {"since", to_string(status.settings.since)},
                      {"digest", status.settings.digest},
                      {"watched", status.settings.watched}};
  if (status.returned)
    json["settings"]["returned_from"] = {
        {"digest", status.returned->digest}, {"when", to_string(status.returned->when)}, {"why", status.returned->why}};
  return text_of(json);
}

HttpAnswer AdminHandler::show(const HttpRequest& request) const {
  if (request.method != "GET" && request.method != "HEAD") {
    HttpAnswer answer;
    answer.status = 405;
    answer.body = request.connection->local ? "Only POST /reload changes something here.\n"
                                            : "Nothing can be changed here: commands come by admin.socket.\n";
    answer.headers.emplace_back("Allow", "GET, HEAD");
    return answer;
  }
  if (request.path == "/healthz") {
    HttpAnswer answer;
    answer.body = "ok\n";
    return answer;
  }
  if (request.path == "/readyz") return readiness(source_.status());
  if (request.path == "/status") return json_answer(200, status_json(source_.status()));
  if (request.path == "/metrics") {
    HttpAnswer answer;
    answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
    answer.body = metrics_.render();
    return answer;
  }
  HttpAnswer answer;
  answer.status = 404;
  answer.body = "There are /healthz, /readyz, /metrics and /status.\n";
  return answer;
}

asio::awaitable<std::optional<HttpAnswer>> AdminHandler::screen(const HttpRequest& request) {
  if (!is_command(request)) co_return show(request);
  HttpAnswer answer = co_await command(request);
  co_return answer;
}

asio::awaitable<HttpAnswer> AdminHandler::answer(HttpRequest& request) {
  if (!is_command(request)) co_return show(request);
  HttpAnswer answer = co_await command(request);
  co_return answer;
}

asio::awaitable<HttpAnswer> AdminHandler::command(const HttpRequest& request) {
  auto asked = reload_request(request.query);
  if (!asked) {
    HttpAnswer answer;
    answer.status = 400;
    answer.body = "After /reload? there may be dry_run and force.\n";
    co_return answer;
  }
  asked->by = request.connection->peer;
  const ReloadAnswer done = co_await reload_.reload(*std::move(asked));
  co_return json_answer(done.result == ReloadAnswer::Result::refused ? 409 : 200, reload_json(done));
}

asio::awaitable<HttpAnswer> AdminHandler::turned_away(const HttpRequest&, HttpAnswer answer) {
  co_return answer;
}

}  // namespace rms::connector
