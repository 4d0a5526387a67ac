// SPDX-License-Identifier: Apache-2.0
#include "connector/upstream/channel_watch.h"

#include <utility>

#include <boost/asio/post.hpp>

namespace rms::connector {

ChannelWatch::ChannelWatch(boost::asio::any_io_executor executor)
    : executor_(std::move(executor)), thread_([this] { run(); }) {}

ChannelWatch::~ChannelWatch() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    queue_.Shutdown();
  }
  thread_.join();
}

void ChannelWatch::add(const std::shared_ptr<grpc::Channel>& channel, const std::shared_ptr<OnState>& on_state) {
  look(std::make_unique<Watched>(Watched{channel, on_state, GRPC_CHANNEL_IDLE}));
}

void ChannelWatch::run() {
  void* tag = nullptr;
  bool changed = false;
  while (queue_.Next(&tag, &changed)) look(std::unique_ptr<Watched>(static_cast<Watched*>(tag)));
}

void ChannelWatch::look(std::unique_ptr<Watched> watched) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  const std::shared_ptr<grpc::Channel> channel = watched->channel.lock();
  if (!channel) return;
  const grpc_connectivity_state state = channel->GetState(/*try_to_connect=*/true);
  if (state == GRPC_CHANNEL_SHUTDOWN) return;
  if (std::exchange(watched->last, state) != state) report(*watched);
  // No deadline: destroying the channel ends the watch.
  channel->NotifyOnStateChange(state, gpr_inf_future(GPR_CLOCK_MONOTONIC), &queue_, watched.release());
}

void ChannelWatch::report(const Watched& watched) {
  boost::asio::post(executor_, [on_state = watched.on_state, state = watched.last] {
    if (const auto listener = on_state.lock()) (*listener)(state);
  });
}

}  // namespace rms::connector
