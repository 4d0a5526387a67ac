// SPDX-License-Identifier: Apache-2.0
#include "yaml/values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <vector>

#include "yaml/file.h"

namespace rms::yaml {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
constexpr std::array<Unit, 4> kTimes{{{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
constexpr std::array<Unit, 4> kSizes{{{"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}}};

Error wrong(std::string_view right, std::string_view text) {
  return Error(Errc::invalid_setting, "must be " + std::string(right) + " (is " + in_quotes(text) + ")");
}

// All of `digits`, and nothing that another reader could take for something else.
template <class T>
bool read_digits(std::string_view digits, T& value) {
  if (digits.empty() || (digits.size() > 1 && digits.front() == '0')) return false;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc() && end == digits.data() + digits.size();
}

Result<std::uint64_t> parse_with_unit(std::string_view text, std::span<const Unit> units, std::string_view right) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  std::uint64_t number = 0;
  if (!read_digits(text.substr(0, digits), number)) return wrong(right, text);
  for (const Unit& unit : units) {
    if (text.substr(digits) != unit.name) continue;
    // Half the range, so that the result fits a signed count too.
    if (number > std::numeric_limits<std::int64_t>::max() / unit.factor) return wrong(right, text);
    return number * unit.factor;
  }
  return wrong(right, text);
}

std::string format_with_unit(std::uint64_t value, std::span<const Unit> units) {
  auto unit = units.begin();
  for (auto larger = unit; larger != units.end(); ++larger)
    if (value != 0 && value % larger->factor == 0) unit = larger;
  return std::to_string(value / unit->factor) + std::string(unit->name);
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

// Slips between two words: a character too many, too few, wrong, or two exchanged.
std::size_t slips(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> table(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) table[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) table[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = table[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      table[i][j] = std::min({table[i - 1][j] + 1, table[i][j - 1] + 1, changed});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        table[i][j] = std::min(table[i][j], table[i - 2][j - 2] + 1);
    }
  }
  return table[a.size()][b.size()];
}

}  // namespace

Result<std::int64_t> parse_integer(std::string_view text) {
  constexpr std::string_view kRight = "a whole number in decimal digits, without leading zeros";
  const bool negative = text.starts_with('-');
  std::int64_t value = 0;
  if (!read_digits(text.substr(negative ? 1 : 0), value) || (negative && value == 0)) return wrong(kRight, text);
  return negative ? -value : value;
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  RMS_TRY(const std::uint64_t value,
          parse_with_unit(text, kTimes, "a whole number with its unit, as 500ms, 5s, 15m, 1h"));
  return std::chrono::milliseconds(static_cast<std::int64_t>(value));
}

std::string format_duration(std::chrono::milliseconds duration) {
  if (duration.count() == 0) return "0s";
  return format_with_unit(static_cast<std::uint64_t>(duration.count()), kTimes);
}

Result<std::uint64_t> parse_size(std::string_view text) {
  return parse_with_unit(text, kSizes, "a whole number with its unit, as 512B, 64KiB, 16MiB, 1GiB");
}

std::string format_size(std::uint64_t bytes) {
  return format_with_unit(bytes, kSizes);
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  constexpr std::string_view kRight = "host:port, as rights.example.com:443, 192.0.2.1:443 or [2001:db8::1]:443";
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong(kRight, text);
  std::string_view host = text.substr(0, colon);
  Endpoint endpoint;
  if (!read_digits(text.substr(colon + 1), endpoint.port)) return wrong(kRight, text);

  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const bool plausible =
      bracketed ? host.find(':') != std::string_view::npos &&
                      host.find_first_not_of("0123456789abcdefABCDEF:.%") == std::string_view::npos
                : !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), is_host_character);
  if (!plausible) return wrong(kRight, text);
  endpoint.host = host;
  return endpoint;
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kShown = 60;
  std::string shown(text.substr(0, kShown));
  for (char& c : shown)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  if (text.size() > kShown) {
    // Not in the middle of a character.
    while (!shown.empty() && (static_cast<unsigned char>(shown.back()) & 0xc0) == 0x80) shown.pop_back();
    if (!shown.empty() && static_cast<unsigned char>(shown.back()) >= 0xc0) shown.pop_back();
    shown += "...";
  }
  return "'" + shown + "'";
}

std::string_view closest(std::string_view text, std::span<const std::string_view> candidates) {
  std::string_view best;
  std::size_t fewest = 3;
  for (const std::string_view candidate : candidates) {
    const std::size_t count = slips(text, candidate);
    if (count < fewest && count * 2 < candidate.size()) {
      fewest = count;
      best = candidate;
    }
  }
  return best;
}

}  // namespace rms::yaml
