// SPDX-License-Identifier: Apache-2.0
//
// For Pool's own sources.
#pragma once

#include <optional>
#include <utility>

#include "connector/pool/pool.h"

namespace rms::connector {

// A place on a connection and in its server's share, given back when it goes. Moves.
class Pool::Lease {
 public:
  Lease(Pool& pool, std::string flow, Fleet::Lease connection)
      : pool_(&pool), flow_(std::move(flow)), connection_(std::move(connection)) {
    pool_->queue_.went(flow_);
  }
  Lease(Lease&& other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)),
        flow_(std::move(other.flow_)),
        connection_(std::move(other.connection_)) {}
  Lease& operator=(Lease&&) = delete;
  // First the share, then the connection: that is what calls the next one.
  ~Lease() {
    if (pool_ != nullptr) pool_->queue_.came_back(flow_);
  }
  Fleet::Lease& connection() { return connection_; }
  std::size_t slot() const { return connection_.slot(); }
  Fleet& fleet() const { return connection_.fleet(); }

 private:
  Pool* pool_;
  std::string flow_;
  Fleet::Lease connection_;
};

// A call that waits for a place. Whoever grants one has taken the place for it already.
struct Pool::Waiter : FairQueue::Entry {
  Waiter(boost::asio::any_io_executor executor, std::string flow, const Avoid& failed, std::uint64_t of)
      : Entry(std::move(flow)), timer(std::move(executor), SteadyTime::max()), avoid(failed), generation(of) {}
  boost::asio::steady_timer timer;
  const Avoid avoid;               // slots of ...
  const std::uint64_t generation;  // ... this fleet
  std::optional<Lease> granted;
  bool crowded_out = false;
};

// Counts a frame of call(): stop() waits for the last one.
class Pool::Presence {
 public:
  explicit Presence(Pool& pool) : pool_(pool) { ++pool_.calls_; }
  Presence(const Presence&) = delete;
  Presence& operator=(const Presence&) = delete;
  ~Presence() {
    if (--pool_.calls_ == 0) pool_.idle_.cancel();
  }

 private:
  Pool& pool_;
};

}  // namespace rms::connector
