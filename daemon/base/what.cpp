// SPDX-License-Identifier: Apache-2.0
#include "base/what.h"

namespace rms {

std::string what(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "unknown";
  }
}

}  // namespace rms
