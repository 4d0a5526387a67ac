// SPDX-License-Identifier: Apache-2.0
#include "ctl/heads.h"

#include <chrono>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace rms::ctl {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(WallTime time) {
  const auto exact = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(exact);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (exact - seconds).count());
}

// Names may be of any characters; none may end the line or steer a terminal.
std::string dumped(const Json& json) {
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace

std::string heads_table(std::span<const cloud::HeadRecord> heads) {
  std::string text = fmt::format("{:<24}  {:<20}  {:<36}  {}\n", "KEPT (UTC)", "CONNECTOR", "JOURNAL", "HEAD");
  for (const cloud::HeadRecord& head : heads)
    text += fmt::format("{:<24}  {:<20}  {:<36}  {}:{}\n", text_of(head.kept), head.connector, head.journal,
                        head.sequence, head.hash);
  return text;
}

std::string heads_json(std::string_view tenant, WallTime taken, bool complete,
                       std::span<const cloud::HeadRecord> heads) {
  std::string text = fmt::format("{{\"tenant\":{},\"taken\":\"{}\",\"complete\":{},\"heads\":[", dumped(Json(tenant)),
                                 text_of(taken), complete);
  std::string_view before = "\n";
  for (const cloud::HeadRecord& head : heads) {
    text += before;
    before = ",\n";
    text += dumped({{"connector", head.connector},
                    {"journal", head.journal},
                    {"sequence", head.sequence},
                    {"hash", head.hash},
                    {"written", text_of(head.written)},
                    {"kept", text_of(head.kept)},
                    {"pinned", head.pinned}});
  }
  return text + "\n]}\n";
}

}  // namespace rms::ctl
