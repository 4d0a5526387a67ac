// SPDX-License-Identifier: Apache-2.0
#include "client/names.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace rms::client {
namespace {

// Kinds that have a protected form of their own name; everything else becomes NAME.pfile.
constexpr std::array<std::string_view, 12> kRenamed{".txt", ".xml", ".jpg", ".jpeg", ".jpe", ".jfif",
                                                    ".jt",  ".png", ".gif", ".bmp",  ".tif", ".tiff"};

}  // namespace

std::filesystem::path protected_name(const std::filesystem::path& plain) {
  const std::string extension = plain.extension().string();
  if (std::find(kRenamed.begin(), kRenamed.end(), to_lower(extension)) == kRenamed.end())
    return std::filesystem::path(plain).concat(".pfile");
  return std::filesystem::path(plain).replace_extension(".p" + extension.substr(1));
}

std::filesystem::path opened_name(const std::filesystem::path& protected_file, std::string_view extension) {
  std::filesystem::path name = protected_file;
  const std::string own = name.extension().string();
  if (equal_without_case(own, ".pfile") ||
      (!extension.empty() && equal_without_case(own, ".p" + std::string(extension.substr(1)))))
    name.replace_extension();
  if (!extension.empty() && !equal_without_case(name.extension().string(), extension)) name.concat(extension);
  if (name == protected_file) name.concat(".opened");
  return name;
}

std::string printable(std::string_view text) {
  std::string result(text);
  for (std::size_t i = 0; i < result.size(); ++i) {
    const auto c = static_cast<unsigned char>(result[i]);
    // C1 controls (U+0080 to U+009F) are two bytes in UTF-8; bidirectional overrides are E2 80 AA-AE and E2 81 A6-A9.
    const auto next = i + 1 < result.size() ? static_cast<unsigned char>(result[i + 1]) : 0;
    const auto third = i + 2 < result.size() ? static_cast<unsigned char>(result[i + 2]) : 0;
    if (c < 0x20 || c == 0x7f) result[i] = '?';
    if (c == 0xc2 && next >= 0x80 && next <= 0x9f) result.replace(i, 2, "?");
    if (c == 0xe2 &&
        ((next == 0x80 && third >= 0xaa && third <= 0xae) || (next == 0x81 && third >= 0xa6 && third <= 0xa9)))
      result.replace(i, 3, "?");
  }
  return result;
}

}  // namespace rms::client
