// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/log.h"

namespace rms::connector {

// docs/events.md
inline constexpr Event kSettingsReloaded{1110};  // other settings are in force since a reload
inline constexpr Event kReloadRefused{2110};     // a reload changed nothing: what it read cannot be used
inline constexpr Event kSettingsReturned{2111};  // after a reload too much was refused or failed: those before are back

}  // namespace rms::connector
