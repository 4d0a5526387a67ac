// SPDX-License-Identifier: Apache-2.0
//
// A YAML document as this room sees it: texts, lists and maps, each with its place. Private to yaml/.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rms::yaml {

struct Entry;

struct TreeNode {
  enum class Kind { nothing, text, list, map };

  Kind kind = Kind::nothing;
  bool quoted = false;  // a text in quotes or a block: never a number or a boolean
  bool broken = false;  // a problem has been noted: no second one
  int line = 1, column = 1;
  std::string text;
  std::vector<TreeNode> items;  // of a list
  std::vector<Entry> entries;   // of a map; keys are unique
};

struct Entry {
  std::string key;
  int line = 1, column = 1;  // of the key
  TreeNode value;
};

struct Problem {
  int line = 1, column = 1;
  std::string path;
  std::string what;
};

// Reads exactly one document of UTF-8 text. What can be noted without losing the thread (a duplicate key, an anchor, a
// tag, an alias, a key that is no text) goes to `problems`; Errc::malformed or Errc::too_large with "line:column: what"
// is the end.
Result<TreeNode> parse_document(std::string_view text, std::vector<Problem>& problems);

}  // namespace rms::yaml
