// SPDX-License-Identifier: Apache-2.0
#include "connector/audit/line.h"

#include <algorithm>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "net/signing.h"

namespace rms::connector {
namespace {

using Json = nlohmann::ordered_json;

// The end of each line: the hash of all that stands before it.
constexpr std::string_view kHashMember = ",\"hash\":\"", kEnd = "\"}";
constexpr std::size_t kHashDigits = 64;
constexpr std::size_t kTailBytes = kHashMember.size() + kHashDigits + kEnd.size();

// Names and values of others, kept to ASCII so that no reader sees a line end or an end of text where there is none.
std::string quoted(std::string_view value) {
  return Json(value).dump(-1, ' ', true, Json::error_handler_t::replace);
}

bool is_hash(std::string_view text) {
  return text.size() == kHashDigits &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Error not_ours(const char* why) {
  return Error(Errc::malformed, std::string("not a line of the journal: ") + why);
}

}  // namespace

std::string journal_time(WallTime time) {
  const auto exact = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(exact);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (exact - seconds).count());
}

JournalMembers::JournalMembers(WallTime time, std::string_view kind)
    : text_(fmt::format("\"time\":\"{}\",\"kind\":{}", journal_time(time), quoted(kind))) {}

JournalMembers& JournalMembers::add(std::string_view name, std::string_view value) {
  if (!value.empty()) fmt::format_to(std::back_inserter(text_), ",\"{}\":{}", name, quoted(value));
  return *this;
}

JournalMembers& JournalMembers::add(std::string_view name, std::uint64_t value) {
  fmt::format_to(std::back_inserter(text_), ",\"{}\":{}", name, value);
  return *this;
}

std::string chain(JournalHead& head, std::string_view members) {
  std::string line = fmt::format("{{\"seq\":{},{},\"prev\":\"{}\"", head.sequence + 1, members, head.hash);
  ++head.sequence;
  head.hash = net::sha256_hex(line);
  line.append(kHashMember).append(head.hash).append(kEnd).append("\n");
  return line;
}

std::string_view JournalLine::member(std::string_view name) const {
  for (const auto& [key, value] : members)
    if (key == name) return value;
  return {};
}

Result<JournalLine> read_journal_line(std::string_view bytes) {
  if (bytes.size() >= kMaxJournalLineBytes) return not_ours("too long");
  if (bytes.size() <= kTailBytes || !bytes.ends_with(kEnd)) return not_ours("it does not end with its hash");
  const std::string_view content = bytes.substr(0, bytes.size() - kTailBytes);
  std::string_view tail = bytes.substr(content.size());
  if (!tail.starts_with(kHashMember)) return not_ours("it does not end with its hash");
  const std::string_view hash = tail.substr(kHashMember.size(), kHashDigits);
  if (!is_hash(hash)) return not_ours("it does not end with its hash");
  if (net::sha256_hex(content) != hash) return Error(Errc::corrupt, "its content is not what its hash says");

  const Json json = Json::parse(bytes, nullptr, false);
  if (!json.is_object()) return not_ours("no JSON object");
  JournalLine line;
  line.own.hash = hash;
  for (const auto& [key, value] : json.items()) {
    if (key == "hash") continue;
    if (key == "seq") {
      if (!value.is_number_unsigned()) return not_ours("its sequence number is none");
      line.own.sequence = value.get<std::uint64_t>();
      continue;
    }
    if (!value.is_string() && !value.is_number_unsigned()) return not_ours("a value is neither text nor number");
    std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (key == "prev")
      line.previous = std::move(text);
    else if (key == "time")
      line.time = std::move(text);
    else if (key == "kind")
      line.kind = std::move(text);
    else
      line.members.emplace_back(key, std::move(text));
  }
  if (line.own.sequence == 0 || line.kind.empty() || !is_hash(line.previous))
    return not_ours("a part of it is missing");
  return line;
}

}  // namespace rms::connector
