// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "client/progress.h"
#include "xrml/content.h"

namespace rms::client {

struct Inspection {
  std::string text;  // for people, lines
  bool good = true;  // every signature and digest that could be checked is right, and every link of the chain
};

// Says in words what a protected file, or a file of XrML documents, claims, and which signatures and digests are right.
// Needs no keys and asks nobody; so it cannot say whom to believe, only whether a chain holds together and whose root
// it names, and says so. `now` tells what is past; that is no fault. Errc::not_found, Errc::io_error, Errc::malformed,
// Errc::too_large, Errc::cancelled.
Result<Inspection> inspect(const std::filesystem::path& path, xrml::Time now, Progress& progress);

}  // namespace rms::client
