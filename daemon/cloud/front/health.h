// SPDX-License-Identifier: Apache-2.0
//
// What load balancers and connectors are told of our health (grpc.health.v1), for the whole server and for each of its
// services: SERVING, or NOT_SERVING while the store is away and from the moment that we stop.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string_view>
#include <unordered_set>

#include "grpc/health/v1/health.grpc.pb.h"

namespace rms::cloud {

// Any thread. Outlives the gRPC server; the destructor waits for watches that gRPC has not let go of yet.
class HealthFront final : public grpc::health::v1::Health::CallbackService {
 public:
  static constexpr std::size_t kMostWatches = 1'024;  // above: RESOURCE_EXHAUSTED

  HealthFront() = default;
  ~HealthFront() override;

  void set_serving(bool serving);
  // NOT_SERVING from now on, whatever set_serving() says; every Watch is told so and ended, so that nobody waits for
  // it.
  void drain();
  bool is_serving() const;

  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const grpc::health::v1::HealthCheckRequest* request,
                                  grpc::health::v1::HealthCheckResponse* response) override;
  grpc::ServerWriteReactor<grpc::health::v1::HealthCheckResponse>* Watch(
      grpc::CallbackServerContext* context, const grpc::health::v1::HealthCheckRequest* request) override;

 private:
  class Watcher;
  using Status = grpc::health::v1::HealthCheckResponse::ServingStatus;
  Status status_of(std::string_view service) const;  // REQUIRES: mutex_ is held
  void tell_all();                                   // the same
  void forget(Watcher* watcher);

  mutable std::mutex mutex_;  // guards what follows, and the watchers
  bool serving_ = true, draining_ = false;
  std::unordered_set<Watcher*> watchers_;
  std::condition_variable none_left_;
};

}  // namespace rms::cloud
