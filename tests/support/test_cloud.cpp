// SPDX-License-Identifier: Apache-2.0
#include "support/test_cloud.h"

#include <chrono>
#include <stdexcept>
#include <utility>

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

namespace rms::test {

// A call that came in. It is finished exactly once, by whoever takes it out of held_ (or never put it there): gRPC's
// Shutdown() waits for ever for a call that nobody finishes.
class TestCloud::Call : public grpc::ServerUnaryReactor {
 public:
  explicit Call(TestCloud& cloud) : cloud_(cloud) {}
  virtual void answer() = 0;
  void OnCancel() override {
    if (cloud_.forget(this)) Finish(grpc::Status::CANCELLED);
  }
  void OnDone() override { delete this; }

 private:
  TestCloud& cloud_;
};

template <class Request, class Response>
class TestCloud::CallOf final : public Call {
 public:
  CallOf(TestCloud& cloud, const Request& request, Response& response, Answer<Request, Response> answer)
      : Call(cloud), request_(request), response_(response), answer_(std::move(answer)) {}
  void answer() override { Finish(answer_(request_, response_)); }

 private:
  const Request& request_;  // gRPC's, until Finish
  Response& response_;
  const Answer<Request, Response> answer_;
};

class TestCloud::CertificationFront final : public v1::Certification::CallbackService {
 public:
  explicit CertificationFront(TestCloud& cloud) : cloud_(cloud) {}
  grpc::ServerUnaryReactor* Certify(grpc::CallbackServerContext* context, const v1::CertifyRequest* request,
                                    v1::CertifyResponse* response) override {
    return cloud_.receive(context, request, response, cloud_.certify_);
  }

 private:
  TestCloud& cloud_;
};

class TestCloud::PublishingFront final : public v1::Publishing::CallbackService {
 public:
  explicit PublishingFront(TestCloud& cloud) : cloud_(cloud) {}
  grpc::ServerUnaryReactor* GetClientLicensorCert(grpc::CallbackServerContext* context,
                                                  const v1::GetClientLicensorCertRequest* request,
                                                  v1::GetClientLicensorCertResponse* response) override {
    return cloud_.receive(context, request, response, cloud_.get_client_licensor_cert_);
  }

 private:
  TestCloud& cloud_;
};

class TestCloud::LicensingFront final : public v1::Licensing::CallbackService {
 public:
  explicit LicensingFront(TestCloud& cloud) : cloud_(cloud) {}
  grpc::ServerUnaryReactor* AcquireLicense(grpc::CallbackServerContext* context,
                                           const v1::AcquireLicenseRequest* request,
                                           v1::AcquireLicenseResponse* response) override {
    return cloud_.receive(context, request, response, cloud_.acquire_license_);
  }

 private:
  TestCloud& cloud_;
};

TestCloud::TestCloud(const Credentials& server, std::string client_ca_pem, std::chrono::milliseconds retire_after)
    : credentials_(server),
      client_ca_pem_(std::move(client_ca_pem)),
      retire_after_(retire_after),
      certify_([](const auto&, auto& response) {
        response.mutable_chain()->add_documents("rac");
        return grpc::Status::OK;
      }),
      get_client_licensor_cert_([](const auto& request, auto& response) {
        for (int i = 0; i < request.persona_chains_size(); ++i) response.add_chains()->add_documents("clc");
        return grpc::Status::OK;
      }),
      acquire_license_([](const auto& request, auto& response) {
        for (const v1::AcquireLicenseItem& item : request.items())
          response.add_answers()->mutable_chain()->add_documents("licence for " + item.licensee_certs().documents(0));
        return grpc::Status::OK;
      }),
      certification_front_(std::make_unique<CertificationFront>(*this)),
      publishing_front_(std::make_unique<PublishingFront>(*this)),
      licensing_front_(std::make_unique<LicensingFront>(*this)) {
  start();
}

TestCloud::~TestCloud() {
  stop();
}

void TestCloud::start() {
  grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = client_ca_pem_;
  options.pem_key_cert_pairs.push_back({credentials_.key_pem, credentials_.certificate_pem});

  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // or another test could share our port
  if (retire_after_.count() > 0)
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, static_cast<int>(retire_after_.count()));
  builder.AddListeningPort("127.0.0.1:" + std::to_string(port_), grpc::SslServerCredentials(options), &port);
  builder.RegisterService(certification_front_.get());
  builder.RegisterService(publishing_front_.get());
  builder.RegisterService(licensing_front_.get());
  server_ = builder.BuildAndStart();
  if (!server_ || port == 0) throw std::runtime_error("the test cloud cannot listen");
  port_ = static_cast<std::uint16_t>(port);
}

void TestCloud::stop() {
  if (!server_) return;
  server_->Shutdown(std::chrono::system_clock::now());
  server_.reset();
}

void TestCloud::on_certify(Answer<v1::CertifyRequest, v1::CertifyResponse> answer) {
  const std::lock_guard lock(mutex_);
  certify_ = std::move(answer);
}

void TestCloud::on_get_client_licensor_cert(
    Answer<v1::GetClientLicensorCertRequest, v1::GetClientLicensorCertResponse> answer) {
  const std::lock_guard lock(mutex_);
  get_client_licensor_cert_ = std::move(answer);
}

void TestCloud::on_acquire_license(Answer<v1::AcquireLicenseRequest, v1::AcquireLicenseResponse> answer) {
  const std::lock_guard lock(mutex_);
  acquire_license_ = std::move(answer);
}

template <class Request, class Response>
grpc::ServerUnaryReactor* TestCloud::receive(grpc::CallbackServerContext* context, const Request* request,
                                             Response* response, const Answer<Request, Response>& answer) {
  CallOf<Request, Response>* call = nullptr;
  {
    const std::lock_guard lock(mutex_);
    request_ids_.push_back(request->context().request_id());
    peers_.insert(context->peer());
    call = new CallOf<Request, Response>(*this, *request, *response, answer);  // deletes itself in OnDone()
    if (holding_) {
      held_.insert(call);
      return call;
    }
  }
  call->answer();
  return call;
}

bool TestCloud::forget(Call* call) {
  const std::lock_guard lock(mutex_);
  if (held_.erase(call) == 0) return false;
  ++cancelled_;
  return true;
}

void TestCloud::hold() {
  const std::lock_guard lock(mutex_);
  holding_ = true;
}

void TestCloud::release() {
  std::set<Call*> waiting;
  {
    const std::lock_guard lock(mutex_);
    holding_ = false;
    waiting.swap(held_);
  }
  for (Call* call : waiting) call->answer();
}

std::size_t TestCloud::waiting() const {
  const std::lock_guard lock(mutex_);
  return held_.size();
}

std::size_t TestCloud::cancelled() const {
  const std::lock_guard lock(mutex_);
  return cancelled_;
}

std::size_t TestCloud::calls() const {
  const std::lock_guard lock(mutex_);
  return request_ids_.size();
}

std::vector<std::string> TestCloud::request_ids() const {
  const std::lock_guard lock(mutex_);
  return request_ids_;
}

std::set<std::string> TestCloud::peers() const {
  const std::lock_guard lock(mutex_);
  return peers_;
}

}  // namespace rms::test
