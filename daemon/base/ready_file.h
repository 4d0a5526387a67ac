// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace rms {

// Tells whoever started this process that it can be asked, and where: writes `lines` to `path` as KEY=value, and pid=
// as the last of them. Complete or not at all: who waits for the file may read it as soon as it is there. A file of
// that name is replaced. Errc::io_error names it; nothing is left behind then. REQUIRES: no line ends in `lines`.
Result<void> write_ready_file(const std::filesystem::path& path,
                              const std::vector<std::pair<std::string_view, std::string>>& lines);

}  // namespace rms
