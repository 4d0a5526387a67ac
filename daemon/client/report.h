// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace rms::client {

// Text for people: titles, and below each of them lines of a label and what it says. What documents and peers wrote
// goes in as it is; what comes out cannot move a terminal's cursor or pass for a line of ours.
class Report {
 public:
  void title(std::string_view text);
  // Nothing is no line. An empty label continues the line above.
  void line(std::string_view label, std::string_view text);
  // What could be checked: `good`, or NOT GOOD and why.
  void verdict(std::string_view label, const Result<void>& result, std::string_view good);

  const std::string& text() const { return text_; }
  bool all_good() const { return all_good_; }  // every verdict

 private:
  std::string text_;
  bool all_good_ = true;
};

}  // namespace rms::client
