// SPDX-License-Identifier: Apache-2.0
#include "ctl/directory/commands.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"

namespace rms::ctl {
namespace {

using cloud::DirectoryStore;
using cloud::GroupRecord;
using cloud::UserRecord;

constexpr std::size_t kPage = 1'000;
constexpr std::size_t kShown = 10;  // of what changes, by name

Result<std::vector<UserRecord>> page(DirectoryStore& store, const std::string& tenant, const std::string& after,
                                     UserRecord*) {
  return store.users(tenant, after, kPage);
}
Result<std::vector<GroupRecord>> page(DirectoryStore& store, const std::string& tenant, const std::string& after,
                                      GroupRecord*) {
  return store.groups(tenant, after, kPage);
}

// Calls `each` with every user or group of the tenant, page by page.
template <class Record, class Each>
Result<void> for_each(DirectoryStore& store, const std::string& tenant, Each each) {
  for (std::string after;;) {
    RMS_TRY(const auto records, page(store, tenant, after, static_cast<Record*>(nullptr)));
    if (records.empty()) return {};
    for (const auto& record : records) each(record);
    after = records.back().mail;
  }
}

bool same(const UserRecord& a, const UserRecord& b) {
  return a.mail == b.mail && a.name == b.name && a.sid == b.sid && a.aliases == b.aliases;
}
bool same(const GroupRecord& a, const GroupRecord& b) {
  return a.mail == b.mail && a.name == b.name && a.sid == b.sid && a.aliases == b.aliases && a.members == b.members;
}

struct Changes {
  std::size_t added = 0, changed = 0, removed = 0;
  std::vector<std::string> first;

  std::size_t total() const { return added + changed + removed; }
  void note(std::size_t& count, char sign, const std::string& mail) {
    ++count;
    if (first.size() < kShown) first.push_back(fmt::format("{} {}", sign, mail));
  }
};

// Walks along what there is and what will be, both in the order of their addresses.
template <class Record>
Result<Changes> compare(DirectoryStore& store, const std::string& tenant, const std::vector<Record>& next) {
  Changes changes;
  auto there = next.begin();
  const auto key = [](const Record& record) { return to_lower(record.mail); };
  RMS_CHECK(for_each<Record>(store, tenant, [&](const Record& now) {
    for (; there != next.end() && key(*there) < key(now); ++there) changes.note(changes.added, '+', there->mail);
    if (there == next.end() || key(now) < key(*there)) {
      changes.note(changes.removed, '-', now.mail);
    } else {
      if (!same(now, *there)) changes.note(changes.changed, '~', there->mail);
      ++there;
    }
  }));
  for (; there != next.end(); ++there) changes.note(changes.added, '+', there->mail);
  return changes;
}

void print(std::ostream& out, std::string_view what, std::size_t total, const Changes& changes) {
  out << fmt::format("  {:<6} {:>7}: {} new, {} changed, {} gone\n", what, total, changes.added, changes.changed,
                     changes.removed);
  for (const auto& line : changes.first) out << "    " << line << "\n";
  if (changes.total() > changes.first.size()) out << "    and " << changes.total() - changes.first.size() << " more\n";
}

template <class Record>
Result<void> print_entry(DirectoryStore& store, const std::string& tenant, std::string_view kind, const Record& record,
                         std::ostream& out) {
  auto addresses = record.aliases;
  addresses.push_back(record.mail);
  RMS_TRY(const auto groups, store.groups_of(tenant, addresses));
  std::vector<std::string> names;
  for (const auto& group : groups) names.push_back(group.mail);
  std::ranges::sort(names);
  out << fmt::format("{} {}\n  name     {}\n  sid      {}\n  aliases  {}\n  groups   {}\n", kind, record.mail,
                     record.name, record.sid, fmt::join(record.aliases, ", "), fmt::join(names, ", "));
  return {};
}

}  // namespace

Result<void> import_directory(DirectoryStore& store, const cloud::TenantRecord& tenant, const Contents& contents,
                              bool dry_run, std::ostream& out) {
  if (contents.size() == 0)
    return Error(Errc::invalid_setting, "there is no user and no group in it; the directory stays as it is");
  RMS_TRY(const auto users, compare(store, tenant.guid, contents.users()));
  RMS_TRY(const auto groups, compare(store, tenant.guid, contents.groups()));
  // The same again is nothing to write: the service would wait for it.
  const bool write = !dry_run && users.total() + groups.total() > 0;
  if (write) RMS_CHECK(store.replace_directory(tenant.guid, contents.users(), contents.groups()));
  out << (dry_run ? "An import would give" : "Imported") << " the directory of " << tenant.name << "\n";
  print(out, "users", contents.users().size(), users);
  print(out, "groups", contents.groups().size(), groups);
  for (const auto& remark : contents.remarks) out << "  Note: " << remark << "\n";
  if (const auto unknown = contents.unknown_members(); unknown > 0)
    out << "  Note: " << unknown << " members of groups are no address of a user or group here\n";
  if (dry_run) out << "Nothing was changed (--dry-run).\n";
  return {};
}

Result<void> show_entry(DirectoryStore& store, const cloud::TenantRecord& tenant, const std::string& name,
                        std::ostream& out) {
  RMS_TRY(const auto user, store.find_user(tenant.guid, name));
  if (user) return print_entry(store, tenant.guid, "User", *user, out);
  RMS_TRY(const auto group, store.find_group(tenant.guid, name));
  if (!group) return Error(Errc::not_found, "nobody in " + tenant.name + " has the address or SID " + name);
  RMS_CHECK(print_entry(store, tenant.guid, "Group", *group, out));
  out << fmt::format("  members  {}\n", fmt::join(group->members, ", "));
  return {};
}

Result<void> list_entries(DirectoryStore& store, const cloud::TenantRecord& tenant, std::ostream& out) {
  out << fmt::format("{:<5}  {:<32}  {:<24}  {:<44}  {}\n", "KIND", "ADDRESS", "NAME", "SID", "ALIASES");
  const auto row = [&](std::string_view kind, const auto& record) {
    out << fmt::format("{:<5}  {:<32}  {:<24}  {:<44}  {}\n", kind, record.mail, record.name, record.sid,
                       fmt::join(record.aliases, ", "));
  };
  RMS_CHECK(for_each<UserRecord>(store, tenant.guid, [&](const UserRecord& user) { row("user", user); }));
  return for_each<GroupRecord>(store, tenant.guid, [&](const GroupRecord& group) { row("group", group); });
}

}  // namespace rms::ctl
