// SPDX-License-Identifier: Apache-2.0
//
// The whole front on a loopback port: real gRPC, real mutual TLS, a real store; and connectors that call it.
#pragma once

#include <future>
#include <latch>
#include <thread>

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include "cloud/front/server.h"
#include "support/attribution.h"
#include "support/eventually.h"
#include "unit/cloud/rights_fixture.h"

namespace rms::cloud {

using test::eventually;

class FrontTest : public RightsTest {
 protected:
  explicit FrontTest(std::size_t workers = 1, std::size_t queue = 2) : pool_(workers, queue) {
    const auto certificate = must(net::read_certificate_pem(client_.certificate_pem));
    must(store_->add_connector({tenant().guid(), "registered", certificate.fingerprint, kNow, false}));
  }
  ~FrontTest() override {
    if (thread_.joinable()) {
      stop();
      work_.reset();
      thread_.join();
    }
  }

  Server::Options options_;

  void start() {
    const auto credentials = ca_.server();
    const auto tls = must(net::read_pem_files(credentials.certificate, credentials.key, ca_.certificate()));
    must(server_.start(options_, tls, services_));
    thread_ = std::thread([this] { loop_.run(); });
  }
  bool stop(std::chrono::milliseconds drain = std::chrono::seconds(10)) {
    if (stopped_) return true;
    stopped_ = true;
    return boost::asio::co_spawn(loop_, server_.stop(drain), boost::asio::use_future).get();
  }
  // Asked on the loop, where the count lives.
  std::size_t connections() {
    std::promise<std::size_t> count;
    boost::asio::post(loop_, [&] { count.set_value(server_.connections()); });
    return count.get_future().get();
  }

  std::size_t waiting_calls() { return pool_.queued(); }
  bool is_listening() {
    boost::asio::io_context context;
    boost::system::error_code error;
    boost::asio::ip::tcp::socket(context).connect(server_.address(), error);
    return !error;
  }

  std::string address() const { return "127.0.0.1:" + std::to_string(server_.address().port()); }
  std::shared_ptr<grpc::Channel> channel(const test::Credentials& client) const {
    return channel_to(address(), client);
  }
  std::shared_ptr<grpc::Channel> channel_to(const std::string& address, const test::Credentials& client) const {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = ca_.certificate_pem();
    options.pem_private_key = client.key_pem;
    options.pem_cert_chain = client.certificate_pem;
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own
    return grpc::CreateCustomChannel(address, grpc::SslCredentials(options), arguments);
  }

  // What the registered connector says of bob for this kind of request; and how it signs that.
  template <class Request>
  v1::Attribution said() const {
    return test::attribution("entry-bob", mail_of("bob"), operation_of<Request>, clock_.wall());
  }
  template <class Request>
  void sign(Request& request, const v1::Attribution& what) const {
    *request.mutable_context()->mutable_attribution() = test::signed_by(client_, what);
  }

  v1::AcquireLicenseRequest license_request() const {
    v1::AcquireLicenseRequest request;
    sign(request, said<v1::AcquireLicenseRequest>());
    auto* item = request.add_items();
    item->mutable_licensee_certs()->add_documents(std::string(persona_.text()));
    for (const auto& document : label_) item->mutable_issuance_license()->add_documents(std::string(document.text()));
    return request;
  }
  static grpc::Status call(const std::shared_ptr<grpc::Channel>& channel, const v1::AcquireLicenseRequest& request,
                           v1::AcquireLicenseResponse* response = nullptr,
                           std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    v1::AcquireLicenseResponse ignored;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + patience);
    context.set_wait_for_ready(false);
    return v1::Licensing::NewStub(channel)->AcquireLicense(&context, request, response ? response : &ignored);
  }

  test::TestCa ca_;
  test::Credentials client_ = ca_.client("connector-1.contoso.test");
  const xrml::Document persona_ = account_certificate("bob");
  const std::vector<xrml::Document> label_ = published();

  HealthFront health_;
  StoreWatch watch_{*store_, health_, log_, {std::chrono::hours(1), std::chrono::milliseconds(10)}};
  WorkPool pool_;
  Desk desk_{*store_, watch_, pool_, clock_, log_};
  HeadBook heads_{*store_, clock_, log_};
  Services services_{desk_, service_, heads_, health_};
  boost::asio::io_context loop_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{loop_.get_executor()};
  SystemClock system_clock_;
  Server server_{loop_.get_executor(), system_clock_, log_};
  std::thread thread_;
  bool stopped_ = false;
};

}  // namespace rms::cloud
