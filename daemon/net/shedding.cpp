// SPDX-License-Identifier: Apache-2.0
#include "net/shedding.h"

namespace rms::net {

void Shedding::refused(std::string_view why, std::string_view who) {
  ++refused_;
  const SteadyTime now = clock_.steady();
  if (said_ && now - *said_ < kEvery) return;
  log_.event(Level::warning, Event::shedding, "requests are refused for want of room",
             {{"why", why}, {"principal", who}, {"refused", refused_}});
  said_ = now;
  refused_ = 0;
}

}  // namespace rms::net
