// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "base/sid.h"
#include "base/text.h"
#include "ctl/directory/ldif_reader.h"
#include "ctl/directory/sources.h"

namespace rms::ctl {
namespace {

// More values of one kind than anybody has: an entry of a hostile file.
constexpr std::size_t kMaxValues = 5'000;

// Directories print a DN the same everywhere, but for case and spaces after commas.
std::string same_for_same(std::string_view dn) {
  std::string key;
  for (std::size_t i = 0; i < dn.size(); ++i)
    if (dn[i] != ' ' || i == 0 || dn[i - 1] != ',') key += to_lower(dn[i]);
  return key;
}

using Id = std::uint32_t;  // of a DN

enum class Kind { other, user, group };

struct Entry {
  Id id = 0;
  Place place;
  Kind kind = Kind::other;
  std::string mail, sid, cn, display_name;
  std::vector<std::string> smtp;  // proxyAddresses; the primary one first
  std::vector<Id> members;
  bool cut_off = false;  // the list of members is

  std::string address() const {
    if (!mail.empty()) return mail;
    return kind == Kind::group ? sid : std::string();
  }
};

class LdifSource {
 public:
  LdifSource(LdifReader reader, const Reading& reading, const ImportLimits& limits)
      : reader_(std::move(reader)), reading_(reading), limits_(limits) {}

  Result<Contents> read() {
    LdifAttribute attribute;
    for (;;) {
      RMS_TRY(const auto item, reader_.next(attribute));
      if (item != LdifReader::Item::attribute) RMS_CHECK(finish());
      if (item == LdifReader::Item::end) break;
      if (item == LdifReader::Item::record) {
        RMS_TRY(const Id id, id_of(attribute));
        entry_ = Entry{};
        entry_->id = id;
        entry_->place = attribute.place;
      } else {
        RMS_CHECK(take(attribute));
      }
    }
    return contents();
  }

 private:
  Result<Id> id_of(const LdifAttribute& dn) {
    const auto [found, fresh] = ids_.emplace(same_for_same(dn.value), static_cast<Id>(ids_.size()));
    if (fresh && ids_.size() > 2 * limits_.principals)
      return reader_.input().error(
          dn.place, "more than " + std::to_string(2 * limits_.principals) + " names of entries", Errc::too_large);
    return found->second;
  }

  Result<void> take(const LdifAttribute& attribute) {
    const auto error = [&](std::string_view what, Errc code = Errc::malformed) {
      return reader_.input().error(attribute.place, what, code);
    };
    const auto semicolon = attribute.name.find(';');
    const auto name = std::string_view(attribute.name).substr(0, semicolon);
    const auto option = semicolon == std::string::npos ? "" : std::string_view(attribute.name).substr(semicolon + 1);
    const auto& value = attribute.value;
    if (name == "member" || name == "uniquemember") return take_member(attribute, option);
    if (!option.empty()) return {};
    if (name == "objectsid") {
      const auto sid = value.starts_with("S-") ? std::optional(value) : sid_text(value);
      if (!sid) return error("this is no SID: expected its bytes in base64, or S-1-5-...");
      entry_->sid = *sid;
      return {};
    }
    if (name == "objectclass") {
      const auto same = [&](std::string_view known) { return equal_without_case(value, known); };
      if (std::ranges::any_of(kGroups, same)) entry_->kind = Kind::group;
      if (std::ranges::any_of(kPeople, same) && entry_->kind == Kind::other) entry_->kind = Kind::user;
      return {};
    }
    std::string* const text = name == "mail"          ? &entry_->mail
                              : name == "cn"          ? &entry_->cn
                              : name == "displayname" ? &entry_->display_name
                                                      : nullptr;
    if (!text && name != "proxyaddresses") return {};
    if (!is_utf8(value)) return error("this value is no UTF-8");
    if (text) {
      if (text->empty()) *text = value;
      return {};
    }
    if (value.size() < 5 || !equal_without_case(value.substr(0, 5), "smtp:")) return {};  // X500:, SIP: ...
    if (entry_->smtp.size() == kMaxValues) return error("more than 5000 proxyAddresses", Errc::too_large);
    entry_->smtp.insert(value.starts_with("SMTP:") ? entry_->smtp.begin() : entry_->smtp.end(), value.substr(5));
    return {};
  }

  // Active Directory gives long lists in parts, "member;range=0-1499"; the last part ends in "*".
  Result<void> take_member(const LdifAttribute& attribute, std::string_view option) {
    if (option.starts_with("range="))
      entry_->cut_off = !option.ends_with('*');
    else if (!option.empty())
      return {};
    if (attribute.value.empty()) return {};
    if (++members_ > limits_.members)
      return reader_.input().error(
          attribute.place, "more than " + std::to_string(limits_.members) + " members of groups", Errc::too_large);
    RMS_TRY(const Id id, id_of(attribute));
    entry_->members.push_back(id);
    return {};
  }

  Result<void> finish() {
    if (!entry_) return {};
    auto entry = *std::move(entry_);
    entry_.reset();
    if (entry.kind == Kind::other) return {};
    if (entry.cut_off)
      return reader_.input().error(entry.place,
                                   "the members of this group are cut off (member;range=...): export all of them");
    if (entry.mail.empty() && !entry.smtp.empty()) entry.mail = entry.smtp.front();
    if (entry.address().empty()) {
      ++nameless_;
      return {};
    }
    if (!addresses_.emplace(entry.id, entry.address()).second)
      return reader_.input().error(entry.place, "this entry stands here twice", Errc::already_exists);
    if (entries_.size() == limits_.principals)
      return reader_.input().error(entry.place, "more than " + std::to_string(limits_.principals) + " users and groups",
                                   Errc::too_large);
    entries_.push_back(std::move(entry));
    if (entries_.size() % kEntriesPerReport == 0) reading_(entries_.size());
    return {};
  }

  Result<Contents> contents() {
    Contents contents(limits_);
    std::size_t strangers = 0;
    for (auto& entry : entries_) {
      auto address = entry.address();
      auto& name = entry.display_name.empty() ? entry.cn : entry.display_name;
      if (entry.kind == Kind::user) {
        RMS_CHECK(contents.add(cloud::UserRecord{std::move(address), std::move(name), entry.sid, std::move(entry.smtp)},
                               reader_.input(), entry.place));
        continue;
      }
      cloud::GroupRecord group{std::move(address), std::move(name), entry.sid, std::move(entry.smtp), {}};
      for (const Id member : entry.members) {
        const auto found = addresses_.find(member);
        if (found != addresses_.end())
          group.members.push_back(found->second);
        else
          ++strangers;
      }
      RMS_CHECK(contents.add(std::move(group), reader_.input(), entry.place));
    }
    if (nameless_ > 0)
      contents.remarks.push_back(std::to_string(nameless_) + " entries have no mail address and are left out");
    if (strangers > 0)
      contents.remarks.push_back(std::to_string(strangers) +
                                 " members of groups are left out: the file has no entry with an address for them");
    contents.sort();
    return contents;
  }

  // Classes of Active Directory and of others.
  static constexpr std::array<std::string_view, 4> kPeople{"user", "person", "inetOrgPerson", "contact"};
  static constexpr std::array<std::string_view, 3> kGroups{"group", "groupOfNames", "groupOfUniqueNames"};

  LdifReader reader_;
  const Reading& reading_;
  const ImportLimits limits_;
  std::unordered_map<std::string, Id> ids_;
  std::unordered_map<Id, std::string> addresses_;
  std::optional<Entry> entry_;  // the one that is being read
  std::vector<Entry> entries_;
  std::size_t members_ = 0, nameless_ = 0;
};

}  // namespace

Result<Contents> read_ldif(const std::filesystem::path& file, const Reading& reading, const ImportLimits& limits) {
  RMS_TRY(auto reader, LdifReader::open(file));
  return LdifSource(std::move(reader), reading, limits).read();
}

}  // namespace rms::ctl
