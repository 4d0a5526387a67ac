// SPDX-License-Identifier: Apache-2.0
#include "connector/cloud_heads.h"

#include <utility>

#include "base/guid.h"

namespace rms::connector {
namespace {

std::string_view name_of(ServiceFinding finding) {
  switch (finding) {
    case ServiceFinding::none:
      return {};
    case ServiceFinding::backwards:
      return "backwards";
    case ServiceFinding::other_hash:
      return "other_hash";
    case ServiceFinding::unknown:
      return "unknown";
  }
  return "unknown";
}

}  // namespace

boost::asio::awaitable<Result<HeadKept>> CloudHeads::keep(SentHead head, SteadyTime deadline) {
  HeadCall call;
  call.request_id = new_guid();
  call.journal = std::move(head.journal);
  call.sequence = head.head.sequence;
  call.hash = std::move(head.head.hash);
  call.written = head.written;
  call.deadline = deadline;
  auto receipt = co_await pool_.keep_head(std::move(call));
  if (!receipt) co_return std::move(receipt).error();
  HeadKept kept{receipt->kept, std::nullopt, name_of(receipt->finding), std::nullopt};
  if (receipt->previous) kept.previous = JournalHead{receipt->previous->sequence, std::move(receipt->previous->hash)};
  if (auto& before = receipt->before)
    kept.before = OtherJournal{std::move(before->journal),
                               JournalHead{before->last.sequence, std::move(before->last.hash)}, before->kept};
  co_return kept;
}

}  // namespace rms::connector
