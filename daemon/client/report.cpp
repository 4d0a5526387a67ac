// SPDX-License-Identifier: Apache-2.0
#include "client/report.h"

#include <fmt/format.h>

#include "client/names.h"

namespace rms::client {

void Report::title(std::string_view text) {
  text_ += printable(text) + "\n";
}

void Report::line(std::string_view label, std::string_view text) {
  if (!text.empty()) text_ += fmt::format("   {:<12}{}\n", label, printable(text));
}

void Report::verdict(std::string_view label, const Result<void>& result, std::string_view good) {
  line(label, result ? std::string(good) : "NOT GOOD: " + result.error().to_string());
  if (!result) all_good_ = false;
}

}  // namespace rms::client
