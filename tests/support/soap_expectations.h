// SPDX-License-Identifier: Apache-2.0
//
// What tests of requests expect of them.
#pragma once

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/soap_messages.h"

namespace rms::soap {

inline void expect_refused(std::string bytes, Errc code, std::string_view exception, const std::string& text,
                           const Service& service = licensing(),
                           std::optional<std::string_view> action = std::nullopt) {
  const auto read = RequestEnvelope::parse(service, std::move(bytes), action);
  const auto* refused = std::get_if<Refused>(&read);
  ASSERT_NE(refused, nullptr) << "expected: " << text;
  EXPECT_EQ(refused->why, code) << refused->why.to_string();
  EXPECT_EQ(refused->fault.exception, exception) << text;
  EXPECT_THAT(refused->fault.text, testing::HasSubstr(text));
}

inline bool is_read(const Service& service, std::string bytes, std::optional<std::string_view> action = std::nullopt) {
  return std::holds_alternative<RequestEnvelope>(RequestEnvelope::parse(service, std::move(bytes), action));
}

}  // namespace rms::soap
