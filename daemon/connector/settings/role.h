// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace rms::connector {

// What a server is to the organization; each has its default grants.
enum class Role { exchange, sharepoint, file_classification };

// "file-classification": as settings, logs and the usage log write it.
constexpr std::string_view to_string(Role role) {
  switch (role) {
    case Role::exchange:
      return "exchange";
    case Role::sharepoint:
      return "sharepoint";
    case Role::file_classification:
      return "file-classification";
  }
  return "exchange";
}

}  // namespace rms::connector
