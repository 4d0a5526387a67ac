// SPDX-License-Identifier: Apache-2.0
//
// Where directories come from: docs/directory.md says what the files look like.
#pragma once

#include <filesystem>
#include <functional>

#include "base/result.h"
#include "ctl/directory/contents.h"

namespace rms::ctl {

// Called now and then with the number of entries read so far.
using Reading = std::function<void(std::size_t)>;
inline constexpr std::size_t kEntriesPerReport = 50'000;

// Errors: those of the readers and of Contents; the first one that is met, with file, line and column.
Result<Contents> read_csv(const std::filesystem::path& users, const std::filesystem::path& groups,
                          const Reading& reading, const ImportLimits& limits = {});
Result<Contents> read_ldif(const std::filesystem::path& file, const Reading& reading, const ImportLimits& limits = {});

}  // namespace rms::ctl
