// SPDX-License-Identifier: Apache-2.0
// Private to yaml/.
#pragma once

#include <filesystem>
#include <vector>

#include "yaml/file.h"
#include "yaml/node.h"

namespace rms::yaml {

struct File::State {
  std::filesystem::path shown_as;
  std::string text;
  TreeNode root;
  std::vector<Problem> problems;
  std::vector<KnownKey> known_keys;
};

}  // namespace rms::yaml
