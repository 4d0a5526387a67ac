// SPDX-License-Identifier: Apache-2.0
#include "cloud/heads/head_book.h"

#include <string>
#include <utility>

namespace rms::cloud {
namespace {

std::string text_of(std::uint64_t sequence, const std::string& hash) {
  return std::to_string(sequence) + ":" + hash;
}

}  // namespace

Result<KeptHead> HeadBook::keep(const ConnectorRecord& connector, HeadRecord head) {
  head.connector = connector.name;
  head.kept = clock_.wall();
  RMS_TRY(auto kept, store_.keep_head(connector.tenant, head));
  if (kept.repeated) return kept;

  const auto warn = [&](Event event, std::string_view what) {
    log_.event(Level::warning, event, what,
               {{"connector", connector.name},
                {"journal", head.journal},
                {"head", text_of(head.sequence, head.hash)},
                {"previous", kept.previous ? text_of(kept.previous->sequence, kept.previous->hash) : std::string()}});
  };
  if (kept.finding == HeadFinding::other_hash)
    warn(Event::head_contradicted, "a connector's audit journal has another hash for a line that was kept before");
  else if (kept.finding == HeadFinding::backwards)
    warn(Event::head_contradicted, "a connector's audit journal is shorter than it was");
  if (kept.journal_anew) warn(Event::journal_anew, "a connector has begun a new audit journal");
  return kept;
}

}  // namespace rms::cloud
