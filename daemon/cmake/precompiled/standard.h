// SPDX-License-Identifier: Apache-2.0
//
// What nearly every file includes, parsed once a build. Nothing may depend on it: each file includes what it uses, and
// -DRMS_PRECOMPILED=OFF shows whether it does.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>
