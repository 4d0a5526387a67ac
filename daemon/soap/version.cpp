// SPDX-License-Identifier: Apache-2.0
#include "soap/version.h"

#include <array>
#include <charconv>
#include <cstdint>

#include "soap/reader.h"

namespace rms::soap {
namespace {

using Version = std::array<std::uint32_t, 4>;  // most major first: compares as versions do

std::optional<Version> parse_version(std::string_view text) {
  Version version{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t i = 0; i < version.size(); ++i) {
    if (i > 0 && (at == end || *at++ != '.')) return std::nullopt;
    const auto [next, failed] = std::from_chars(at, end, version[i]);
    if (failed != std::errc()) return std::nullopt;
    at = next;
  }
  return at == end ? std::optional(version) : std::nullopt;
}

constexpr Version kBatches{1, 1, 0, 0};

}  // namespace

std::optional<Refused> refuse_version(const VersionData& version) {
  const auto malformed = [](std::string text) {
    return refuse(Errc::malformed, exceptions::kMalformedDataVersion, std::move(text));
  };
  const Version lowest{};
  const auto minimum = version.minimum ? parse_version(*version.minimum) : lowest;
  if (!minimum) return malformed("MinimumVersion must be four numbers, such as 1.0.0.0");
  const auto maximum = version.maximum ? parse_version(*version.maximum) : minimum;
  if (!maximum) return malformed("MaximumVersion must be four numbers, such as 1.0.0.0");
  if (*minimum > *maximum) return malformed("MinimumVersion must not be higher than MaximumVersion");
  if (*maximum > *parse_version(kServerMaximumVersion))
    return refuse(Errc::unsupported, exceptions::kUnsupportedDataVersion,
                  "versions up to " + std::string(kServerMaximumVersion) + " are supported");
  return std::nullopt;
}

bool understands_batches(const std::optional<VersionData>& version) {
  if (!version || !version->maximum) return false;
  const auto maximum = parse_version(*version->maximum);
  return maximum && *maximum >= kBatches;
}

}  // namespace rms::soap
