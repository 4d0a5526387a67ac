// SPDX-License-Identifier: Apache-2.0
#include "grants/refusal.h"

namespace rms {
namespace {

constexpr std::string_view kBegin = "The grants of the calling server do not reach so far: ";
constexpr std::string_view kEnd = ".";

}  // namespace

std::string not_granted_text(std::string_view grant) {
  return std::string(kBegin).append(grant).append(kEnd);
}

std::optional<std::string_view> grant_of_text(std::string_view text) {
  if (!text.starts_with(kBegin) || !text.ends_with(kEnd)) return std::nullopt;
  text.remove_prefix(kBegin.size());
  text.remove_suffix(kEnd.size());
  return text;
}

}  // namespace rms
