// SPDX-License-Identifier: Apache-2.0
//
// A Channel's inside. For sources of this room only.
#pragma once

#include <list>
#include <memory>
#include <string>

#include <grpcpp/channel.h>
#include <grpcpp/generic/generic_stub.h>

#include "connector/upstream/channel_watch.h"
#include "connector/upstream/upstream.h"
#include "rms/v1/certification.grpc.pb.h"
#include "rms/v1/licensing.grpc.pb.h"
#include "rms/v1/publishing.grpc.pb.h"

namespace rms::connector {

struct Channel::Impl {
  Impl(std::shared_ptr<grpc::Channel> c, std::shared_ptr<ChannelWatch::OnState> listener, std::string id,
       const Clock& time)
      : channel(std::move(c)),
        on_state(std::move(listener)),
        connector_id(std::move(id)),
        clock(time),
        certification(channel),
        publishing(channel),
        licensing(channel),
        health(channel) {}

  // One call from start to end, whatever it asks: see ask().
  template <class Response, class Request, class Launch>
  boost::asio::awaitable<std::pair<grpc::Status, Response>> exchange(Request request, SteadyTime deadline,
                                                                     Launch launch);
  boost::asio::awaitable<Attempt> ask(const soap::CertifyRequest& request, const CloudCall& call, unsigned attempt);
  boost::asio::awaitable<Attempt> ask(const soap::GetClientLicensorCertRequest& request, const CloudCall& call,
                                      unsigned attempt);
  boost::asio::awaitable<Attempt> ask(const soap::AcquireLicenseRequest& request, const CloudCall& call,
                                      unsigned attempt);

  std::shared_ptr<grpc::Channel> channel;
  std::shared_ptr<ChannelWatch::OnState> on_state;  // dropping it ends the reports
  std::string connector_id;
  const Clock& clock;
  v1::Certification::Stub certification;
  v1::Publishing::Stub publishing;
  v1::Licensing::Stub licensing;
  grpc::TemplatedGenericStub<grpc::ByteBuffer, grpc::ByteBuffer> health;
  std::list<grpc::ClientContext*> under_way;  // in the frames of exchange()
};

}  // namespace rms::connector
