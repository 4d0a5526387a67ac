// SPDX-License-Identifier: Apache-2.0
//
// Just enough DER for tokens of strangers: definite lengths in their shortest form, tags of one byte. Views into the
// input; no recursion, no allocation. For sources of this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rms::connector {

class DerReader {
 public:
  explicit DerReader(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }

  // The content of the next element if that has this tag; else nullopt, and nothing is consumed.
  std::optional<std::string_view> take(std::uint8_t tag) {
    if (rest_.size() < 2 || static_cast<std::uint8_t>(rest_[0]) != tag) return std::nullopt;
    std::size_t head = 2, length = static_cast<std::uint8_t>(rest_[1]);
    if (length >= 0x80) {
      const std::size_t digits = length & 0x7f;
      if (digits == 0 || digits > 4 || rest_.size() < head + digits) return std::nullopt;
      length = 0;
      for (std::size_t i = 0; i < digits; ++i) length = length << 8 | static_cast<std::uint8_t>(rest_[head + i]);
      head += digits;
      const bool shortest = length >= 0x80 && (digits == 1 || length >> (8 * (digits - 1)) != 0);
      if (!shortest) return std::nullopt;
    }
    if (rest_.size() - head < length) return std::nullopt;
    const std::string_view content = rest_.substr(head, length);
    rest_.remove_prefix(head + length);
    return content;
  }

  // An INTEGER of at most 32 bits within the next element, which has this tag.
  std::optional<std::int32_t> take_integer(std::uint8_t tag) {
    const auto outer = take(tag);
    if (!outer) return std::nullopt;
    DerReader in(*outer);
    const auto bytes = in.take(0x02);
    if (!bytes || !in.at_end() || bytes->empty() || bytes->size() > 5) return std::nullopt;
    std::int64_t value = static_cast<signed char>(bytes->front());
    for (const char byte : bytes->substr(1)) value = value * 256 + static_cast<std::uint8_t>(byte);
    return static_cast<std::int32_t>(value);  // a version above 2^31 is written in five bytes
  }

 private:
  std::string_view rest_;
};

inline std::string der(std::uint8_t tag, std::string_view content) {
  std::string out(1, static_cast<char>(tag));
  if (content.size() < 0x80) {
    out += static_cast<char>(content.size());
  } else {
    std::string digits;
    for (std::size_t rest = content.size(); rest != 0; rest >>= 8)
      digits.insert(digits.begin(), static_cast<char>(rest & 0xff));
    out += static_cast<char>(0x80 | digits.size());
    out += digits;
  }
  return out.append(content);
}

}  // namespace rms::connector
