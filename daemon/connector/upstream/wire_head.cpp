// SPDX-License-Identifier: Apache-2.0
#include <chrono>

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

}  // namespace

v1::KeepHeadRequest to_wire(const HeadCall& call, std::string_view connector_id) {
  v1::KeepHeadRequest message;
  message.set_request_id(call.request_id);
  message.set_connector_id(connector_id.data(), connector_id.size());
  message.set_journal_id(call.journal);
  message.mutable_head()->set_sequence(call.sequence);
  message.mutable_head()->set_hash(call.hash);
  message.set_written_ms(
      std::chrono::duration_cast<std::chrono::milliseconds>(call.written.time_since_epoch()).count());
  return message;
}

Result<HeadReceipt> from_wire(v1::KeepHeadResponse& response) {
  HeadReceipt receipt;
  // A receipt without a time is none; and a time that no calendar has cannot be written down.
  constexpr std::int64_t kEndOf9999 = 253'402'300'799'999;
  if (response.kept_ms() <= 0 || response.kept_ms() > kEndOf9999)
    return Error(Errc::malformed, "the receipt of a head has no time");
  receipt.kept = WallTime(std::chrono::milliseconds(response.kept_ms()));
  receipt.finding = from_wire(response.finding());
  if (!response.has_previous()) return receipt;
  if (response.previous().sequence() == 0 || !is_hash(response.previous().hash()))
    return Error(Errc::malformed, "the receipt of a head names another that is none");
  receipt.previous = HeadReceipt::Previous{response.previous().sequence(), response.previous().hash()};
  return receipt;
}

}  // namespace rms::connector
