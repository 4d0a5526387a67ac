// SPDX-License-Identifier: Apache-2.0
#include "cloud/front/convert_head.h"

#include <chrono>
#include <limits>

#include "base/guid.h"
#include "base/text.h"
#include "soap/envelope.h"

namespace rms::cloud {
namespace {

// The end of the year 9999: beyond it nobody can print a time.
constexpr std::int64_t kLastMs = 253'402'300'799'999;

std::int64_t to_ms(WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

Result<void> must(bool holds, const char* what) {
  if (holds) return {};
  return Error(Errc::malformed, what);
}

bool is_hash(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

v1::HeadFinding to_wire(HeadFinding finding) {
  switch (finding) {
    case HeadFinding::none:
      return v1::HEAD_FINDING_NONE;
    case HeadFinding::backwards:
      return v1::HEAD_FINDING_BACKWARDS;
    case HeadFinding::other_hash:
      return v1::HEAD_FINDING_OTHER_HASH;
  }
  return v1::HEAD_FINDING_NONE;
}

}  // namespace

Result<void> check(const v1::KeepHeadRequest& message) {
  constexpr auto kMostSequence = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const v1::JournalHead& head = message.head();
  RMS_CHECK(must(message.request_id().size() <= soap::kMaxStringBytes, "request_id must have at most 1024 bytes"));
  RMS_CHECK(must(message.connector_id().size() <= soap::kMaxStringBytes, "connector_id must have at most 1024 bytes"));
  RMS_CHECK(must(message.journal_id().size() == 36 && is_guid(message.journal_id()),
                 "journal_id must be a GUID without braces"));
  RMS_CHECK(must(head.sequence() >= 1 && head.sequence() <= kMostSequence, "head.sequence must be 1 to 2^63 - 1"));
  RMS_CHECK(must(is_hash(head.hash()), "head.hash must be 64 lower-case hex digits"));
  return must(message.written_ms() >= 0 && message.written_ms() <= kLastMs,
              "written_ms must be a time from 1970 to 9999");
}

HeadRecord to_head(const v1::KeepHeadRequest& message) {
  HeadRecord head;
  head.journal = to_lower(message.journal_id());
  head.sequence = message.head().sequence();
  head.hash = message.head().hash();
  head.written = WallTime(std::chrono::milliseconds(message.written_ms()));
  return head;
}

void write(const KeptHead& kept, v1::KeepHeadResponse* message) {
  message->set_kept_ms(to_ms(kept.kept));
  if (kept.previous) {
    message->mutable_previous()->set_sequence(kept.previous->sequence);
    message->mutable_previous()->set_hash(kept.previous->hash);
  }
  message->set_finding(to_wire(kept.finding));
}

}  // namespace rms::cloud
