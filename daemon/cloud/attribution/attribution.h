// SPDX-License-Identifier: Apache-2.0
//
// What connectors vouch for: who asks, for what, how far its grants reach; signed, so that it can be shown later. Read
// when a request comes, and again by who checks the usage log. Any thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "cloud/caller.h"
#include "cloud/store/records.h"
#include "cloud/usage_log/row.h"

namespace rms::cloud {

// Three full lists of the longest addresses, and who asks.
inline constexpr std::size_t kMaxAttributionBytes = 1024 * 1024;

// Nothing is signed for longer.
inline constexpr std::chrono::hours kLongestAttribution{24};

// What a SignedAttribution says. Whether it is true only its signer knows.
struct Attributed {
  Caller caller;
  std::string operation;  // "AcquireLicense"
  WallTime not_before, not_after;
};

// Packs what came with a request, and the certificate (PEM) that its connection showed; `fingerprint` is that of it.
AttributionRecord attribution_record(std::string_view attribution, std::string_view signature,
                                     std::string_view fingerprint, std::string_view certificate);

// Reads what `record` says, after the signature was found to be good. Errc::signature_invalid; Errc::malformed: it is
// no Attribution, or lacks what the contract demands (an entry, a role, times); Errc::too_large; Errc::unsupported.
Result<Attributed> read_attribution(const AttributionRecord& record);

// Whether it may be used for `operation` at `now`. Errc::untrusted: signed for another operation, or for too long.
// Errc::not_valid_now: too old, or from the future; the context says how far the clocks are apart.
Result<void> check_use(const Attributed& said, std::string_view operation, WallTime now);

// Holds a row of the usage log against what the connector signed: signature, certificate, and each field that both
// have; and that open_any was used only where it was granted. What the service alone knows (result, content) nobody
// signed. Errc::signature_invalid names what is wrong; others as read_attribution().
Result<void> check_row(const UsageRow& row, const AttributionRecord& record);

}  // namespace rms::cloud
