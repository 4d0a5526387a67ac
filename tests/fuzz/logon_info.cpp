// SPDX-License-Identifier: Apache-2.0
//
// KERB_VALIDATION_INFO out of a ticket's PAC. Input: its bytes, as a domain controller marshalled them.
#include <algorithm>

#include "connector/authenticator/logon_info.h"
#include "fuzz/support.h"

namespace rms::fuzz {
namespace {

bool is_sid(const std::string& text) {
  return text.starts_with("S-1-") && text.size() <= 184 &&
         text.find_first_not_of("S-0123456789") == std::string::npos && !text.ends_with('-');
}

}  // namespace
}  // namespace rms::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rms;
  const auto info = connector::read_logon_info(fuzz::text_of(data, size));
  if (!info) return 0;
  fuzz::expect(fuzz::is_sid(info->sid) && info->sid.starts_with(info->domain_sid + "-"), "an account is of its domain");
  fuzz::expect(info->primary_group.starts_with(info->domain_sid + "-"), "and so is its primary group");
  for (const auto* groups : {&info->groups, &info->extra, &info->resource}) {
    fuzz::expect(groups->size() <= connector::kMostGroups, "groups are bounded");
    // Each takes 8 bytes at least.
    fuzz::expect(groups->size() * 8 <= size, "no more groups than bytes for them");
    fuzz::expect(std::ranges::all_of(*groups, fuzz::is_sid), "groups are SIDs");
  }
  return 0;
}
