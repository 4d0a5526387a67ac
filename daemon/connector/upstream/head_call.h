// SPDX-License-Identifier: Apache-2.0
//
// The one thing that a connector asks for itself: that the service keeps where its audit journal stands.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"

namespace rms::connector {

// What the service found odd about a head, held against those it had kept before.
enum class ServiceFinding { none, backwards, other_hash, unknown };  // unknown: newer than this program

// Its receipt.
struct HeadReceipt {
  struct Previous {
    std::uint64_t sequence = 0;
    std::string hash;
  };
  struct OtherJournal {
    std::string journal;  // GUID
    Previous last;
    WallTime kept;
  };
  WallTime kept;
  std::optional<Previous> previous;  // that was kept before it, of the same journal
  ServiceFinding finding = ServiceFinding::none;
  std::optional<OtherJournal> before{};  // this connector's, of which a head was kept last before the first of this one
};

struct HeadCall {
  using Answer = HeadReceipt;

  std::string request_id;  // the same for every attempt
  std::string journal;     // GUID
  std::uint64_t sequence = 0;
  std::string hash;  // 64 lower-case hex digits
  WallTime written;
  SteadyTime deadline;  // as CloudCall's
};

}  // namespace rms::connector
