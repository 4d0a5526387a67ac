// SPDX-License-Identifier: Apache-2.0
//
// LDIF content after RFC 2849, as ldapsearch and ldifde print it: folded lines, base64, comments. Changes are refused;
// of the records that have no DN, ldapsearch's "search:", "result:" and "ref:" are skipped.
#pragma once

#include <string>

#include "ctl/directory/input.h"

namespace rms::ctl {

inline constexpr std::size_t kMaxLdifLineBytes = 4 * 1024 * 1024;  // unfolded; photographs are as long

struct LdifAttribute {
  std::string name;   // in lower case, with its options: "member;range=0-1499"
  std::string value;  // decoded: any bytes
  Place place;        // of the value
};

class LdifReader {
 public:
  static Result<LdifReader> open(const std::filesystem::path& file);

  enum class Item { record, attribute, end };
  // What comes next. record: `attribute` is its DN. Errors say where: Errc::malformed, Errc::too_large,
  // Errc::unsupported (changes, values in other files), Errc::io_error.
  Result<Item> next(LdifAttribute& attribute);

  const Input& input() const { return input_; }

 private:
  explicit LdifReader(Input input) : input_(std::move(input)) {}
  Result<bool> read_line(std::string& line);  // unfolded; false at the end
  Result<LdifAttribute> read_attribute(const std::string& line, const Place& at) const;

  Input input_;
  bool within_ = false;    // a record
  bool skipping_ = false;  // a record that is none
};

}  // namespace rms::ctl
