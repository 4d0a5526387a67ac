// SPDX-License-Identifier: Apache-2.0
#include "cloud/front/convert_head.h"

#include <limits>

#include "base/guid.h"
#include "base/milliseconds.h"
#include "base/text.h"
#include "soap/envelope.h"

namespace rms::cloud {
namespace {

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

void write(const HeadRecord& head, v1::JournalHead* message) {
  message->set_sequence(head.sequence);
  message->set_hash(head.hash);
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
  return must(message.written_ms() >= 0 && message.written_ms() <= kLastMilliseconds,
              "written_ms must be a time from 1970 to 9999");
}

HeadRecord to_head(const v1::KeepHeadRequest& message) {
  HeadRecord head;
  head.journal = to_lower(message.journal_id());
  head.sequence = message.head().sequence();
  head.hash = message.head().hash();
  head.written = from_milliseconds(message.written_ms());
  return head;
}

void write(const KeptHead& kept, v1::KeepHeadResponse* message) {
  message->set_kept_ms(to_milliseconds(kept.kept));
  if (kept.previous) write(*kept.previous, message->mutable_previous());
  if (kept.before) {
    auto& before = *message->mutable_before_this_journal();
    before.set_journal_id(kept.before->journal);
    write(*kept.before, before.mutable_head());
    before.set_kept_ms(to_milliseconds(kept.before->kept));
  }
  message->set_finding(to_wire(kept.finding));
}

}  // namespace rms::cloud
