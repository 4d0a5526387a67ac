// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "cloud/store/records.h"
#include "ctl/directory/input.h"

namespace rms::ctl {

// What one import may hold: it is in memory as a whole, some hundred bytes an entry.
struct ImportLimits {
  std::size_t principals = 500'000;  // users and groups
  std::size_t members = 2'000'000;   // of all groups together
  std::size_t aliases = 400;         // of one user or group
  std::size_t name_bytes = 256;      // as many characters as Active Directory allows in ASCII
};

// A directory as it is read from files, checked entry by entry.
class Contents {
 public:
  explicit Contents(const ImportLimits& limits = {}) : limits_(limits) {}

  // Each takes an entry that stands at `at` in `input`. Aliases that it names twice, and its primary address among
  // them, count once; so do members. Errors say where: Errc::malformed (no address, no SID, control characters),
  // Errc::already_exists (an address or SID of another entry; says which), Errc::too_large.
  Result<void> add(cloud::UserRecord user, const Input& input, const Place& at);
  Result<void> add(cloud::GroupRecord group, const Input& input, const Place& at);

  // In the order of their addresses.
  void sort();
  const std::vector<cloud::UserRecord>& users() const { return users_; }
  const std::vector<cloud::GroupRecord>& groups() const { return groups_; }
  std::size_t size() const { return users_.size() + groups_.size(); }

  // How many members of groups are no address of a user or group here: they mean nothing until they are.
  std::size_t unknown_members() const;

  // What the source had and we cannot use, in words: shown to the administrator.
  std::vector<std::string> remarks;

 private:
  template <class Record>
  Result<void> check(Record& record, bool group, const Input& input, const Place& at);
  Result<void> take(const std::string& key, const std::string& mail, std::string_view what, const Input& input,
                    const Place& at);

  const ImportLimits limits_;
  std::vector<cloud::UserRecord> users_;
  std::vector<cloud::GroupRecord> groups_;
  std::size_t members_ = 0;
  std::unordered_map<std::string, std::string> taken_;  // address or SID in lower case, and whose it is
};

}  // namespace rms::ctl
