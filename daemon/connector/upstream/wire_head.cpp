// SPDX-License-Identifier: Apache-2.0
#include "base/guid.h"
#include "base/milliseconds.h"
#include "connector/upstream/wire.h"

namespace rms::connector {
namespace {

ServiceFinding from_wire(v1::HeadFinding finding) {
  switch (finding) {
    case v1::HEAD_FINDING_NONE:
      return ServiceFinding::none;
    case v1::HEAD_FINDING_BACKWARDS:
      return ServiceFinding::backwards;
    case v1::HEAD_FINDING_OTHER_HASH:
      return ServiceFinding::other_hash;
    default:
      return ServiceFinding::unknown;
  }
}

bool is_hash(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

bool is_head(const v1::JournalHead& head) {
  return head.sequence() != 0 && is_hash(head.hash());
}

// A receipt without a time is none; and a time that no calendar has cannot be written down.
bool is_time(std::int64_t milliseconds) {
  return milliseconds > 0 && milliseconds <= kLastMilliseconds;
}

HeadReceipt::Previous from_wire(const v1::JournalHead& head) {
  return {head.sequence(), head.hash()};
}

}  // namespace

v1::KeepHeadRequest to_wire(const HeadCall& call, std::string_view connector_id) {
  v1::KeepHeadRequest message;
  message.set_request_id(call.request_id);
  message.set_connector_id(connector_id.data(), connector_id.size());
  message.set_journal_id(call.journal);
  message.mutable_head()->set_sequence(call.sequence);
  message.mutable_head()->set_hash(call.hash);
  message.set_written_ms(to_milliseconds(call.written));
  return message;
}

Result<HeadReceipt> from_wire(v1::KeepHeadResponse& response) {
  HeadReceipt receipt;
  if (!is_time(response.kept_ms())) return Error(Errc::malformed, "the receipt of a head has no time");
  receipt.kept = from_milliseconds(response.kept_ms());
  receipt.finding = from_wire(response.finding());
  if (response.has_previous()) {
    if (!is_head(response.previous()))
      return Error(Errc::malformed, "the receipt of a head names another that is none");
    receipt.previous = from_wire(response.previous());
  }
  if (response.has_before_this_journal()) {
    const auto& before = response.before_this_journal();
    if (!is_guid(before.journal_id()) || !is_head(before.head()) || !is_time(before.kept_ms()))
      return Error(Errc::malformed, "the receipt of a head names another journal that is none");
    receipt.before =
        HeadReceipt::OtherJournal{before.journal_id(), from_wire(before.head()), from_milliseconds(before.kept_ms())};
  }
  return receipt;
}

}  // namespace rms::connector
