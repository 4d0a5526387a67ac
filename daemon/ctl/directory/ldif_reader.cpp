// SPDX-License-Identifier: Apache-2.0
#include "ctl/directory/ldif_reader.h"

#include "base/text.h"
#include "xrml/keys.h"

namespace rms::ctl {

Result<LdifReader> LdifReader::open(const std::filesystem::path& file) {
  RMS_TRY(auto input, Input::open(file));
  return LdifReader(std::move(input));
}

Result<bool> LdifReader::read_line(std::string& line) {
  line.clear();
  if (input_.peek() == Input::kEnd) {
    RMS_CHECK(input_.check());
    return false;
  }
  for (;;) {
    const auto at = input_.place();
    const int c = input_.get();
    if (c == Input::kEnd) return true;
    if (c == '\n') {
      // A line that begins with a space goes on with the one before it; an empty line does not go on.
      if (input_.peek() != ' ' || line.empty()) return true;
      input_.get();
      continue;
    }
    if (line.size() == kMaxLdifLineBytes)
      return input_.error(at, "a value of more than " + std::to_string(kMaxLdifLineBytes) + " bytes", Errc::too_large);
    line += static_cast<char>(c);
  }
}

Result<LdifAttribute> LdifReader::read_attribute(const std::string& line, const Place& at) const {
  const auto colon = line.find(':');
  if (colon == std::string::npos || colon == 0)
    return input_.error(at, "expected \"attribute: value\", a comment or an empty line");
  LdifAttribute attribute{to_lower(std::string_view(line).substr(0, colon)), "", at};
  auto value = std::string_view(line).substr(colon + 1);
  const bool base64 = value.starts_with(':');
  if (value.starts_with('<'))
    return input_.error(at, "a value in another file (\":<\") is not read", Errc::unsupported);
  if (base64) value.remove_prefix(1);
  while (value.starts_with(' ')) value.remove_prefix(1);
  attribute.place.column = at.column + static_cast<std::size_t>(value.data() - line.data());
  if (!base64) {
    attribute.value = value;
    return attribute;
  }
  const auto bytes = xrml::from_base64(value);
  if (!bytes) return input_.error(attribute.place, "this is no base64");
  attribute.value.assign(bytes->begin(), bytes->end());
  return attribute;
}

Result<LdifReader::Item> LdifReader::next(LdifAttribute& attribute) {
  std::string line;
  for (;;) {
    const auto at = input_.place();
    RMS_TRY(const bool any, read_line(line));
    if (!any) return Item::end;
    if (line.empty()) {
      within_ = skipping_ = false;
      continue;
    }
    if (line.starts_with('#') || skipping_) continue;
    RMS_TRY(attribute, read_attribute(line, at));
    const auto& name = attribute.name;
    if (within_) {
      if (name == "changetype" && attribute.value != "add")
        return input_.error(attribute.place, "changes are not read: export the entries themselves", Errc::unsupported);
      return Item::attribute;
    }
    if (name == "dn") {
      within_ = true;
      return Item::record;
    }
    if (name == "version" && attribute.value == "1") continue;
    if (name != "search" && name != "result" && name != "ref")
      return input_.error(at, "expected \"dn: ...\" at the beginning of a record");
    skipping_ = true;
  }
}

}  // namespace rms::ctl
