// SPDX-License-Identifier: Apache-2.0
//
// Every setting of one value, by its key: what a reload compares, shows, and says that it needs a restart.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "connector/settings/settings.h"

namespace rms::connector {

struct SettingKey {
  std::string_view path;                 // "limits.in_flight"
  std::string (*text)(const Settings&);  // what is in force, as an administrator would write it; empty: nothing
  bool restart = false;                  // a reload cannot change it
};

// All keys but those of servers: and cloud.endpoints, which difference.h compares one by one. In the order of the
// reference.
std::span<const SettingKey> setting_keys();

}  // namespace rms::connector
