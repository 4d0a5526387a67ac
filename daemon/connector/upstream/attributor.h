// SPDX-License-Identifier: Apache-2.0
//
// What this connector vouches for, signed: who asks, by which entry, for which operation, and how far its grants reach
// (docs/wire.md). For sources of this room only.
#pragma once

#include <chrono>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "connector/upstream/cloud_client.h"
#include "net/signing.h"
#include "rms/v1/common.pb.h"
#include "soap/operation.h"

namespace rms::connector {

inline constexpr std::string_view kAttributionPurpose = "rms.v1.Attribution";

// Loop thread only. Signs each set of words once in half a lifetime and uses it for all requests that it is true of: a
// signature with RSA takes longer than the rest of a request does. `clock` outlives it.
class Attributor {
 public:
  static constexpr std::chrono::minutes kLifetime{60};
  // From before now, for clocks that differ a little.
  static constexpr std::chrono::minutes kBackdated{5};
  // Kept at one time; beyond that all are made anew. A server uses a handful.
  static constexpr std::size_t kMostKept = 16'384;

  Attributor(net::Signer signer, const Clock& clock) : signer_(std::move(signer)), clock_(clock) {}

  // Good until the next call.
  const v1::SignedAttribution& words_for(const Identity& identity, soap::Operation operation);

  std::size_t kept_for_test() const { return kept_.size(); }

 private:
  struct Kept {
    v1::SignedAttribution words;
    WallTime made;
  };
  v1::SignedAttribution sign(v1::Attribution attribution, WallTime now) const;

  net::Signer signer_;
  const Clock& clock_;
  std::unordered_map<std::string, Kept> kept_;  // by what is said, without its times
};

}  // namespace rms::connector
