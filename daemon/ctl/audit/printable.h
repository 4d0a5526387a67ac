// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace rms::ctl {

// `text` as a terminal may get it: what is not printable ASCII, and may steer the terminal, has become '?'.
inline std::string printable(std::string_view text) {
  std::string safe(text);
  std::ranges::replace_if(
      safe, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return safe;
}

}  // namespace rms::ctl
