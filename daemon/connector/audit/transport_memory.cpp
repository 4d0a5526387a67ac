// SPDX-License-Identifier: Apache-2.0
#include "connector/audit/transport_memory.h"

#include <utility>

namespace rms::connector {

TransportMemory::News TransportMemory::saw(std::string_view account, bool tls) {
  const auto known = plain_now_.find(account);
  if (known == plain_now_.end()) {
    if (tls) return News::none;
    if (plain_now_.size() >= most_) plain_now_.clear();
    plain_now_.emplace(account, true);
    return News::plain_http;
  }
  if (std::exchange(known->second, !tls) == !tls) return News::none;
  return tls ? News::secured : News::plain_http;
}

}  // namespace rms::connector
