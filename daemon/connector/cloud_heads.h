// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connector/audit/head_keeper.h"
#include "connector/pool/pool.h"

namespace rms::connector {

// Has the rights service keep the journal's heads, over the pool that carries everything else. Loop thread; `pool`
// outlives it.
class CloudHeads final : public HeadService {
 public:
  explicit CloudHeads(Pool& pool) : pool_(pool) {}
  boost::asio::awaitable<Result<HeadKept>> keep(SentHead head, SteadyTime deadline) override;
  bool reachable() const override { return pool_.ready(); }

 private:
  Pool& pool_;
};

}  // namespace rms::connector
