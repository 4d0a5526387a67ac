// SPDX-License-Identifier: Apache-2.0
#include "base/sid.h"

#include <array>
#include <charconv>

namespace rms {
namespace {

constexpr std::size_t kHeaderBytes = 8;  // revision, count, six of the authority
constexpr std::uint64_t kMaxAuthority = (std::uint64_t{1} << 48) - 1;

// The decimal number up to the next '-', which is taken, too. Nothing if there is none up to `most`.
std::optional<std::uint64_t> next_part(std::string_view& text, std::uint64_t most) {
  const auto end = std::min(text.find('-'), text.size());
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + end, value);
  if (error != std::errc() || stop != text.data() + end || value > most) return std::nullopt;
  const bool last = end == text.size();
  text.remove_prefix(last ? end : end + 1);
  if (!last && text.empty()) return std::nullopt;  // "S-1-5-"
  return value;
}

}  // namespace

std::string sid_text(std::uint64_t authority, std::span<const std::uint32_t> sub_authorities) {
  std::string text = "S-1-" + std::to_string(authority);
  for (const std::uint32_t each : sub_authorities) text += "-" + std::to_string(each);
  return text;
}

std::optional<std::string> sid_text(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(bytes[i])}; };
  if (bytes.size() < kHeaderBytes || at(0) != 1 || at(1) > kMaxSubAuthorities ||
      bytes.size() != kHeaderBytes + 4 * at(1))
    return std::nullopt;
  std::uint64_t authority = 0;
  for (std::size_t i = 2; i < kHeaderBytes; ++i) authority = authority << 8 | at(i);
  std::array<std::uint32_t, kMaxSubAuthorities> parts{};
  for (std::size_t i = 0; i < at(1); ++i) {
    const std::size_t from = kHeaderBytes + 4 * i;
    parts[i] = at(from) | at(from + 1) << 8 | at(from + 2) << 16 | at(from + 3) << 24;
  }
  return sid_text(authority, std::span(parts).first(at(1)));
}

std::optional<std::string> sid_bytes(std::string_view text) {
  if (!text.starts_with("S-1-")) return std::nullopt;
  text.remove_prefix(4);
  const auto authority = next_part(text, kMaxAuthority);
  if (!authority) return std::nullopt;
  std::string bytes{'\1', '\0'};
  for (int shift = 40; shift >= 0; shift -= 8) bytes += static_cast<char>(*authority >> shift & 0xff);
  std::size_t count = 0;
  for (; !text.empty(); ++count) {
    const auto part = next_part(text, UINT32_MAX);
    if (!part || count == kMaxSubAuthorities) return std::nullopt;
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(*part >> shift & 0xff);
  }
  bytes[1] = static_cast<char>(count);
  return bytes;
}

}  // namespace rms
