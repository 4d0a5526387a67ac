// SPDX-License-Identifier: Apache-2.0
#include "base/secret.h"

namespace rms {

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    bytes_ = std::move(other.bytes_);
  }
  return *this;
}

bool Secret::equals(std::span<const std::uint8_t> other) const {
  if (bytes_.size() != other.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < bytes_.size(); ++i) difference |= unsigned{bytes_[i]} ^ other[i];
  return difference == 0;
}

void Secret::wipe() noexcept {
  // Through a volatile pointer: the compiler may not leave out writes to memory that is about to be freed.
  volatile std::uint8_t* at = bytes_.data();
  for (std::size_t i = 0; i < bytes_.size(); ++i) at[i] = 0;
}

}  // namespace rms
