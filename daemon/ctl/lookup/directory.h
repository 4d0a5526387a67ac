// SPDX-License-Identifier: Apache-2.0
//
// A directory as the look-up sees it: searches and their answers. Nothing of LDAP's library is here.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rms::ctl {

// Values are bytes, as hostile as who may write them into the directory.
struct DirectoryEntry {
  std::string dn;
  std::map<std::string, std::vector<std::string>> attributes;  // by their names in lower case

  const std::vector<std::string>& all(const std::string& attribute) const;
  const std::string& first(const std::string& attribute) const;  // empty if there is none
};

struct DirectorySearch {
  enum class Scope { entry, below };
  std::string base;  // empty: what the server says of itself
  Scope scope = Scope::below;
  std::string filter;
  std::vector<std::string> attributes;
  std::size_t most = 1;  // entries
};

struct DirectoryAnswer {
  std::vector<DirectoryEntry> entries;
  bool cut_off = false;  // there are more
};

class Directory {
 public:
  virtual ~Directory() = default;
  // An entry that does not exist, or may not be seen, is no error: nothing is found. Errc::unavailable,
  // Errc::deadline_exceeded; Errc::denied: the server refuses to search; Errc::too_large, Errc::malformed: its answer.
  virtual Result<DirectoryAnswer> search(const DirectorySearch& what) = 0;
  // "ldap://dc1.contoso.test"
  virtual std::string where() const = 0;
};

}  // namespace rms::ctl
