// SPDX-License-Identifier: Apache-2.0
#include "cloud/front/health.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace rms::cloud {

namespace v1 = grpc::health::v1;
using grpc::StatusCode;

namespace {

constexpr std::array<std::string_view, 7> kServices = {"",
                                                       "rms.v1.Audit",
                                                       "rms.v1.Certification",
                                                       "rms.v1.Licensing",
                                                       "rms.v1.Publishing",
                                                       "rms.v1.Server",
                                                       "rms.v1.Templates"};

}  // namespace

// One Watch: says each status that differs from the last that was said. Every member is guarded by the front's mutex;
// gRPC calls none of the reactions from within StartWrite() or Finish().
class HealthFront::Watcher final : public grpc::ServerWriteReactor<v1::HealthCheckResponse> {
 public:
  Watcher(HealthFront& front, std::string service) : front_(front), service_(std::move(service)) {}

  // REQUIRES: the front's mutex is held, for these two.
  void look() {
    wanted_ = front_.status_of(service_);
    go_on();
  }
  void end(grpc::Status why) {
    if (!ending_) ending_ = std::move(why);
    go_on();
  }

  void OnWriteDone(bool ok) override {
    const std::scoped_lock lock(front_.mutex_);
    writing_ = false;
    if (!ok && !ending_) ending_ = grpc::Status(StatusCode::UNAVAILABLE, "the connection is gone");
    if (!ok) said_ = wanted_;
    go_on();
  }
  void OnCancel() override {
    const std::scoped_lock lock(front_.mutex_);
    said_ = wanted_;  // nobody hears it
    end(grpc::Status(StatusCode::CANCELLED, "nobody listens"));
  }
  void OnDone() override {
    front_.forget(this);
    delete this;
  }

 private:
  void go_on() {
    if (writing_ || finished_) return;
    if (wanted_ != said_) {
      writing_ = true;
      said_ = wanted_;
      message_.set_status(*wanted_);
      StartWrite(&message_);
    } else if (ending_) {
      finished_ = true;
      Finish(*ending_);
    }
  }

  HealthFront& front_;
  const std::string service_;
  v1::HealthCheckResponse message_;
  std::optional<Status> wanted_, said_;
  std::optional<grpc::Status> ending_;
  bool writing_ = false, finished_ = false;
};

HealthFront::~HealthFront() {
  std::unique_lock lock(mutex_);
  none_left_.wait(lock, [&] { return watchers_.empty(); });
}

void HealthFront::set_serving(bool serving) {
  const std::scoped_lock lock(mutex_);
  serving_ = serving;
  tell_all();
}

void HealthFront::drain() {
  const std::scoped_lock lock(mutex_);
  draining_ = true;
  tell_all();
  for (auto* watcher : watchers_) watcher->end(grpc::Status(StatusCode::UNAVAILABLE, "the service is stopping"));
}

bool HealthFront::is_serving() const {
  const std::scoped_lock lock(mutex_);
  return serving_ && !draining_;
}

HealthFront::Status HealthFront::status_of(std::string_view service) const {
  if (std::ranges::find(kServices, service) == kServices.end()) return v1::HealthCheckResponse::SERVICE_UNKNOWN;
  return serving_ && !draining_ ? v1::HealthCheckResponse::SERVING : v1::HealthCheckResponse::NOT_SERVING;
}

void HealthFront::tell_all() {
  for (auto* watcher : watchers_) watcher->look();
}

void HealthFront::forget(Watcher* watcher) {
  const std::scoped_lock lock(mutex_);
  watchers_.erase(watcher);
  if (watchers_.empty()) none_left_.notify_all();
}

grpc::ServerUnaryReactor* HealthFront::Check(grpc::CallbackServerContext* context,
                                             const v1::HealthCheckRequest* request, v1::HealthCheckResponse* response) {
  auto* reactor = context->DefaultReactor();
  Status status{};
  {
    const std::scoped_lock lock(mutex_);
    status = status_of(request->service());
  }
  if (status == v1::HealthCheckResponse::SERVICE_UNKNOWN) {
    reactor->Finish({StatusCode::NOT_FOUND, "there is no such service"});
  } else {
    response->set_status(status);
    reactor->Finish(grpc::Status::OK);
  }
  return reactor;
}

grpc::ServerWriteReactor<v1::HealthCheckResponse>* HealthFront::Watch(grpc::CallbackServerContext*,
                                                                      const v1::HealthCheckRequest* request) {
  auto* watcher = new Watcher(*this, request->service());  // deletes itself in OnDone()
  const std::scoped_lock lock(mutex_);
  const bool room = watchers_.size() < kMostWatches;
  watchers_.insert(watcher);
  if (!room) {
    watcher->end(grpc::Status(StatusCode::RESOURCE_EXHAUSTED, "too many watch"));
    return watcher;
  }
  watcher->look();
  if (draining_) watcher->end(grpc::Status(StatusCode::UNAVAILABLE, "the service is stopping"));
  return watcher;
}

}  // namespace rms::cloud
