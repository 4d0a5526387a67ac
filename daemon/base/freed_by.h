// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace rms {

// The deleter of a std::unique_ptr to what a C library made: calls `Free`, whose result, if it has one, is dropped.
// As large as nothing, so that the pointer is as large as a plain one.
template <auto Free>
struct FreedBy {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

}  // namespace rms
