// SPDX-License-Identifier: Apache-2.0
#include "connector/pool/health.h"

#include <algorithm>
#include <utility>

namespace rms::connector {

void SlotHealth::renewed(SteadyTime now) {
  heard_ = now;
  losses_ = 0;
  ejected_until_.reset();
  suspect_ = silent_ = not_serving_ = checking_ = false;
}

void SlotHealth::heard(SteadyTime now) {
  heard_ = now;
  losses_ = 0;
  suspect_ = silent_ = false;
}

void SlotHealth::ejected(SteadyTime now) {
  if (ejections_ > 0 && now - last_ejection_over_ > kForget) ejections_ = 0;
  ++ejections_;
  ejected_until_ = now + jitter_->around(std::min(kEjection * ejections_, kLongestEjection * 5 / 6));
  last_ejection_over_ = *ejected_until_;
  losses_ = 0;
}

bool SlotHealth::trial_due(SteadyTime now) {
  if (!ejected_until_ || now < *ejected_until_) return false;
  ejected_until_.reset();
  losses_ = kLossesToEject - 1;  // one more loss, and it is ejected again
  return true;
}

bool SlotHealth::check_due(SteadyTime now, bool calls_wait) const {
  if (checking_) return false;
  if (silent_ || suspect_) return true;
  if (not_serving_) return now >= checked_ + kNotServing;
  if (calls_wait && now >= std::max(heard_, first_sent_) + kSuspicion) return true;
  return now >= heard_ + quiet_;
}

SlotHealth::Finding SlotHealth::checked(ServiceHealth said, SteadyTime now) {
  const SteadyTime asked_at = now - kCheckPatience;
  checking_ = suspect_ = false;
  checked_ = now;
  quiet_ = jitter_->around(kQuiet);
  switch (said) {
    case ServiceHealth::serving:
      // It lives; whether calls get answers, only calls can tell.
      heard_ = now;
      silent_ = not_serving_ = false;
      return Finding::fine;
    case ServiceHealth::not_serving:
      heard_ = now;
      silent_ = false;
      not_serving_ = true;
      return Finding::not_serving;
    case ServiceHealth::silent:
      if (heard_ > asked_at) return Finding::fine;  // a call was answered meanwhile: it is slow, not dead
      return std::exchange(silent_, true) ? Finding::dead : Finding::silent;
    case ServiceHealth::away:
      heard_ = now;  // asked again later, unless the watch says so first
      return Finding::nothing;
  }
  return Finding::nothing;
}

}  // namespace rms::connector
