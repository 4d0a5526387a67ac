// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/system/result.hpp>

#include "base/error.h"

namespace rms {

// A value or an Error. Boost's result, made [[nodiscard]].
template <class T>
class [[nodiscard]] Result : public boost::system::result<T, Error> {
 public:
  using boost::system::result<T, Error>::result;
};

// Called by Result::value() when there is none: a bug in the caller, who should have looked.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

}  // namespace rms

// RMS_TRY(auto x, expression): x is the value, or the function returns the error.
// RMS_CHECK(expression): the function returns the error if there is one.
// Plain functions only; a coroutine says `if (!r) co_return r.error();`.
#define RMS_CONCAT_(a, b) a##b
#define RMS_CONCAT(a, b) RMS_CONCAT_(a, b)
#define RMS_TRY_(result, declaration, ...)       \
  auto result = (__VA_ARGS__);                   \
  if (!result) return std::move(result).error(); \
  declaration = *std::move(result)
#define RMS_TRY(declaration, ...) RMS_TRY_(RMS_CONCAT(rms_result_, __LINE__), declaration, __VA_ARGS__)
#define RMS_CHECK(...) \
  if (auto rms_checked = (__VA_ARGS__); !rms_checked) return std::move(rms_checked).error()
