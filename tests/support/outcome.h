// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>

#include <gtest/gtest.h>

#include "base/result.h"

namespace rms::test {

// The value; a test that has none cannot go on.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().to_string());
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

template <class T>
testing::AssertionResult succeeds(const Result<T>& result) {
  if (result) return testing::AssertionSuccess();
  return testing::AssertionFailure() << result.error().to_string();
}

template <class T>
testing::AssertionResult fails_with(const Result<T>& result, Errc code) {
  if (!result && result.error() == code) return testing::AssertionSuccess();
  return testing::AssertionFailure() << (result ? "it succeeded" : result.error().to_string()) << "; expected "
                                     << make_error_code(code).message();
}

}  // namespace rms::test
