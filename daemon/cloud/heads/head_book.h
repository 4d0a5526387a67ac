// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "cloud/store/store.h"

namespace rms::cloud {

// Where the audit journals of connectors stood, for whoever holds a journal against it later. Whatever is odd about a
// head is a warning in the log, and the head is kept all the same: it is the evidence. Any thread; what it is given
// outlives it.
class HeadBook {
 public:
  HeadBook(HeadStore& store, const Clock& clock, Log& log) : store_(store), clock_(clock), log_(log) {}

  // Keeps `head` as `connector`'s, from now: name and times that say otherwise are not looked at. Kept before, it stays
  // as it is. Errors: as HeadStore::keep_head.
  Result<KeptHead> keep(const ConnectorRecord& connector, HeadRecord head);

 private:
  HeadStore& store_;
  const Clock& clock_;
  Log& log_;
};

}  // namespace rms::cloud
