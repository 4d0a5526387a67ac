// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "xml/document.h"
#include "xml/tree.h"

namespace rms::xml::detail {

// Reads `utf8` into a tree; outcomes as of Document::parse.
Result<std::unique_ptr<const Tree>> build_tree(std::string utf8, const Limits& limits);

}  // namespace rms::xml::detail
