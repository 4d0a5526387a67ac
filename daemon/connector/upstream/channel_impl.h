// SPDX-License-Identifier: Apache-2.0
//
// A Channel's inside. For sources of this room only.
#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include <grpcpp/channel.h>
#include <grpcpp/generic/generic_stub.h>

#include "connector/upstream/attributor.h"
#include "connector/upstream/channel_watch.h"
#include "connector/upstream/upstream.h"
#include "connector/upstream/way_out.h"
#include "rms/v1/audit.grpc.pb.h"
#include "rms/v1/certification.grpc.pb.h"
#include "rms/v1/licensing.grpc.pb.h"
#include "rms/v1/publishing.grpc.pb.h"
#include "rms/v1/server.grpc.pb.h"
#include "rms/v1/templates.grpc.pb.h"

namespace rms::connector {

// The services of proto/rms/v1 over one channel.
struct Stubs {
  explicit Stubs(const std::shared_ptr<grpc::Channel>& channel)
      : audit(channel),
        certification(channel),
        publishing(channel),
        licensing(channel),
        templates(channel),
        server(channel) {}
  v1::Audit::Stub audit;
  v1::Certification::Stub certification;
  v1::Publishing::Stub publishing;
  v1::Licensing::Stub licensing;
  v1::Templates::Stub templates;
  v1::Server::Stub server;
};

// What came of one exchange.
template <class Response>
struct Exchanged {
  grpc::Status status;
  Response response;
  std::optional<std::chrono::milliseconds> pushback;
};

struct Channel::Impl {
  Impl(std::shared_ptr<grpc::Channel> c, std::shared_ptr<ChannelWatch::OnState> listener, std::string id,
       Attributor& words, const Clock& time, WayOut& path)
      : channel(std::move(c)),
        on_state(std::move(listener)),
        connector_id(std::move(id)),
        attributor(words),
        clock(time),
        way(path),
        stubs(channel),
        health(channel) {}

  // One call from start to end, whatever it asks: see ask().
  template <class Response, class Request, class Launch>
  boost::asio::awaitable<Exchanged<Response>> exchange(Request request, SteadyTime deadline, Launch launch);
  // Asks `request`, one of soap::Request's kinds.
  template <class Request>
  boost::asio::awaitable<Attempt> ask(const Request& request, const CloudCall& call, unsigned attempt);

  boost::asio::awaitable<Exchanged<grpc::ByteBuffer>> ask_for_health(std::chrono::milliseconds patience);

  std::shared_ptr<grpc::Channel> channel;
  std::shared_ptr<ChannelWatch::OnState> on_state;  // dropping it ends the reports
  std::string connector_id;
  Attributor& attributor;
  const Clock& clock;
  WayOut& way;
  Stubs stubs;
  grpc::TemplatedGenericStub<grpc::ByteBuffer, grpc::ByteBuffer> health;
  std::list<grpc::ClientContext*> under_way;  // in the frames of exchange()
};

}  // namespace rms::connector
