// SPDX-License-Identifier: Apache-2.0
//
// One thread that hears of every change of every channel's state. For sources of this room only.
//
// Without a watch nobody polls an idle gRPC channel but a timer of 5 s: a dead peer, a GOAWAY and even a TLS handshake
// are noticed in steps of 5 s. With one outstanding NotifyOnStateChange per channel a dead peer is noticed in < 10 ms.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include <grpcpp/channel.h>
#include <grpcpp/completion_queue.h>
#include <boost/asio/any_io_executor.hpp>

namespace rms::connector {

// Keeps every channel it watches connected, or trying to be: an idle channel is told to connect.
// The thread does nothing but watch and post.
// REQUIRES at destruction: every watched channel is gone (its end completes its watch). Destruction joins the thread.
class ChannelWatch {
 public:
  // Called on `executor` with the new state; never after its owner has dropped it.
  using OnState = std::function<void(grpc_connectivity_state)>;

  explicit ChannelWatch(boost::asio::any_io_executor executor);
  ChannelWatch(const ChannelWatch&) = delete;
  ChannelWatch& operator=(const ChannelWatch&) = delete;
  ~ChannelWatch();

  // Any thread.
  void add(const std::shared_ptr<grpc::Channel>& channel, const std::shared_ptr<OnState>& on_state);

 private:
  // What is watched. gRPC holds it as a tag while the watch lasts; between two watches, whoever looks at it.
  struct Watched {
    std::weak_ptr<grpc::Channel> channel;
    std::weak_ptr<OnState> on_state;
    grpc_connectivity_state last;
  };
  void run();
  void look(std::unique_ptr<Watched> watched);
  void report(const Watched& watched);

  boost::asio::any_io_executor executor_;
  std::mutex mutex_;       // held by look(): hands a Watched from add() to the thread
  bool stopping_ = false;  // guarded by mutex_: nothing may be added to a queue that was shut down
  grpc::CompletionQueue queue_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace rms::connector
