// SPDX-License-Identifier: Apache-2.0
#include "ctl/directory/contents.h"

#include <algorithm>

#include "base/address.h"
#include "base/text.h"

namespace rms::ctl {
namespace {

std::string as_shown(std::string_view text) {
  constexpr std::size_t kMost = 80;
  std::string out = "\"";
  for (const char c : text.substr(0, kMost)) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return out + (text.size() > kMost ? "...\"" : "\"");
}

bool is_name(std::string_view text, std::size_t most) {
  return text.size() <= most && std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

// One of each, without regard to case, in the order in which they came.
void keep_first(std::vector<std::string>& texts, const std::string& but_not) {
  std::vector<std::string> seen{to_lower(but_not)}, kept;
  for (auto& text : texts) {
    auto key = to_lower(text);
    if (std::ranges::find(seen, key) != seen.end()) continue;
    seen.push_back(std::move(key));
    kept.push_back(std::move(text));
  }
  texts = std::move(kept);
}

struct Before {  // as the store orders addresses
  bool operator()(std::string_view a, std::string_view b) const {
    return std::ranges::lexicographical_compare(a, b, [](char x, char y) {
      return static_cast<unsigned char>(to_lower(x)) < static_cast<unsigned char>(to_lower(y));
    });
  }
};

}  // namespace

Result<void> Contents::take(const std::string& key, const std::string& mail, std::string_view what, const Input& input,
                            const Place& at) {
  const auto [found, fresh] = taken_.emplace(to_lower(key), mail);
  if (fresh) return {};
  return input.error(at, std::string(what) + " " + key + " is that of " + found->second + " too: each has one owner",
                     Errc::already_exists);
}

template <class Record>
Result<void> Contents::check(Record& record, bool group, const Input& input, const Place& at) {
  if (size() == limits_.principals)
    return input.error(at, "more than " + std::to_string(limits_.principals) + " users and groups", Errc::too_large);
  if (!record.sid.empty() && !is_sid(record.sid))
    return input.error(at, as_shown(record.sid) + " is no SID: expected S-1-5-21-... or nothing");
  // A group without an address is known by its SID, so that groups within it are found.
  const bool by_sid = group && !record.sid.empty() && record.mail == record.sid;
  if (!by_sid && !is_address(record.mail))
    return input.error(at, as_shown(record.mail) + " is no address: expected one like bob@contoso.test");
  if (!is_name(record.name, limits_.name_bytes))
    return input.error(at, "the name must be at most " + std::to_string(limits_.name_bytes) +
                               " bytes without control characters: " + as_shown(record.name));
  if (record.aliases.size() > limits_.aliases)
    return input.error(at, "more than " + std::to_string(limits_.aliases) + " aliases", Errc::too_large);
  for (const auto& alias : record.aliases) {
    if (!is_address(alias))
      return input.error(at, as_shown(alias) + " is no address: expected one like robert@contoso.test");
  }
  keep_first(record.aliases, record.mail);
  if (!by_sid) RMS_CHECK(take(record.mail, record.mail, "the address", input, at));
  for (const auto& alias : record.aliases) RMS_CHECK(take(alias, record.mail, "the address", input, at));
  if (!record.sid.empty()) RMS_CHECK(take(record.sid, record.mail, "the SID", input, at));
  return {};
}

Result<void> Contents::add(cloud::UserRecord user, const Input& input, const Place& at) {
  RMS_CHECK(check(user, false, input, at));
  users_.push_back(std::move(user));
  return {};
}

Result<void> Contents::add(cloud::GroupRecord group, const Input& input, const Place& at) {
  RMS_CHECK(check(group, true, input, at));
  members_ += group.members.size();
  if (members_ > limits_.members)
    return input.error(at, "more than " + std::to_string(limits_.members) + " members of groups", Errc::too_large);
  for (const auto& member : group.members) {
    if (!is_address(member) && !is_sid(member))
      return input.error(at, as_shown(member) + " is no address: expected those of users and groups");
  }
  std::ranges::sort(group.members, Before());
  const auto same = std::ranges::unique(group.members, equal_without_case);
  group.members.erase(same.begin(), same.end());
  groups_.push_back(std::move(group));
  return {};
}

void Contents::sort() {
  std::ranges::sort(users_, Before(), &cloud::UserRecord::mail);
  std::ranges::sort(groups_, Before(), &cloud::GroupRecord::mail);
}

std::size_t Contents::unknown_members() const {
  std::size_t unknown = 0;
  for (const auto& group : groups_) {
    for (const auto& member : group.members) {
      const auto found = taken_.find(to_lower(member));
      // A SID is a member's name only where it stands for an address.
      const bool known = found != taken_.end() && (is_address(member) || found->second == member);
      unknown += known ? 0 : 1;
    }
  }
  return unknown;
}

}  // namespace rms::ctl
