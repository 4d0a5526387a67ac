// SPDX-License-Identifier: Apache-2.0
#include "support/test_cloud.h"

#include <chrono>
#include <stdexcept>
#include <utility>

#include <grpcpp/health_check_service_interface.h>
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

template <class Request>
const std::string& TestCloud::request_id_of(const Request& request) {
  if constexpr (requires { request.context(); })
    return request.context().request_id();
  else
    return request.request_id();
}

// One object for each service of proto/rms/v1; all receive in the same way.
struct TestCloud::Fronts {
  explicit Fronts(TestCloud& cloud)
      : audit(cloud), certification(cloud), publishing(cloud), licensing(cloud), templates(cloud), server(cloud) {}

  template <class Service>
  struct Front : Service {
    explicit Front(TestCloud& c) : cloud(c) {}
    TestCloud& cloud;
  };
  struct AuditFront final : Front<v1::Audit::CallbackService> {
    using Front::Front;
    grpc::ServerUnaryReactor* KeepHead(grpc::CallbackServerContext* context, const v1::KeepHeadRequest* request,
                                       v1::KeepHeadResponse* response) override {
      return cloud.receive(context, request, response);
    }
  };
  struct CertificationFront final : Front<v1::Certification::CallbackService> {
    using Front::Front;
    grpc::ServerUnaryReactor* Certify(grpc::CallbackServerContext* context, const v1::CertifyRequest* request,
                                      v1::CertifyResponse* response) override {
      return cloud.receive(context, request, response);
    }
    grpc::ServerUnaryReactor* Precertify(grpc::CallbackServerContext* context, const v1::PrecertifyRequest* request,
                                         v1::PrecertifyResponse* response) override {
      return cloud.receive(context, request, response);
    }
  };
  struct PublishingFront final : Front<v1::Publishing::CallbackService> {
    using Front::Front;
    grpc::ServerUnaryReactor* GetClientLicensorCert(grpc::CallbackServerContext* context,
                                                    const v1::GetClientLicensorCertRequest* request,
                                                    v1::GetClientLicensorCertResponse* response) override {
      return cloud.receive(context, request, response);
    }
    grpc::ServerUnaryReactor* AcquireIssuanceLicense(grpc::CallbackServerContext* context,
                                                     const v1::AcquireIssuanceLicenseRequest* request,
                                                     v1::AcquireIssuanceLicenseResponse* response) override {
      return cloud.receive(context, request, response);
    }
  };
  struct LicensingFront final : Front<v1::Licensing::CallbackService> {
    using Front::Front;
    grpc::ServerUnaryReactor* AcquireLicense(grpc::CallbackServerContext* context,
                                             const v1::AcquireLicenseRequest* request,
                                             v1::AcquireLicenseResponse* response) override {
      return cloud.receive(context, request, response);
    }
    grpc::ServerUnaryReactor* AcquirePreLicense(grpc::CallbackServerContext* context,
                                                const v1::AcquirePreLicenseRequest* request,
                                                v1::AcquirePreLicenseResponse* response) override {
      return cloud.receive(context, request, response);
    }
  };
  struct TemplatesFront final : Front<v1::Templates::CallbackService> {
    using Front::Front;
    grpc::ServerUnaryReactor* AcquireTemplateInformation(grpc::CallbackServerContext* context,
                                                         const v1::AcquireTemplateInformationRequest* request,
                                                         v1::AcquireTemplateInformationResponse* response) override {
      return cloud.receive(context, request, response);
    }
    grpc::ServerUnaryReactor* AcquireTemplates(grpc::CallbackServerContext* context,
                                               const v1::AcquireTemplatesRequest* request,
                                               v1::AcquireTemplatesResponse* response) override {
      return cloud.receive(context, request, response);
    }
  };
  struct ServerFront final : Front<v1::Server::CallbackService> {
    using Front::Front;
    grpc::ServerUnaryReactor* GetLicensorCertificate(grpc::CallbackServerContext* context,
                                                     const v1::GetLicensorCertificateRequest* request,
                                                     v1::GetLicensorCertificateResponse* response) override {
      return cloud.receive(context, request, response);
    }
    grpc::ServerUnaryReactor* FindServiceLocationsForUser(grpc::CallbackServerContext* context,
                                                          const v1::FindServiceLocationsRequest* request,
                                                          v1::FindServiceLocationsResponse* response) override {
      return cloud.receive(context, request, response);
    }
    grpc::ServerUnaryReactor* GetServerInfo(grpc::CallbackServerContext* context,
                                            const v1::GetServerInfoRequest* request,
                                            v1::GetServerInfoResponse* response) override {
      return cloud.receive(context, request, response);
    }
  };
  AuditFront audit;
  CertificationFront certification;
  PublishingFront publishing;
  LicensingFront licensing;
  TemplatesFront templates;
  ServerFront server;
};

TestCloud::TestCloud(const Credentials& server, std::string client_ca_pem, std::chrono::milliseconds retire_after)
    : credentials_(server),
      client_ca_pem_(std::move(client_ca_pem)),
      retire_after_(retire_after),
      fronts_(std::make_unique<Fronts>(*this)) {
  const auto ok = [](auto fill) {
    return [fill](const auto& request, auto& response) {
      fill(request, response);
      return grpc::Status::OK;
    };
  };
  const auto chain = [&](const char* document) {
    return ok([document](const auto&, auto& response) { response.mutable_chain()->add_documents(document); });
  };
  answers_ = {
      ok([](const auto&, auto& response) { response.set_kept_ms(1'800'000'000'000); }),
      chain("rac"),
      ok([](const auto&, auto& response) { response.set_certificate("rac of a person"); }),
      ok([](const auto& request, auto& response) {
        for (int i = 0; i < request.persona_chains_size(); ++i) response.add_chains()->add_documents("clc");
      }),
      chain("pl"),
      ok([](const auto& request, auto& response) {
        for (const v1::AcquireLicenseItem& item : request.items())
          response.add_answers()->mutable_chain()->add_documents("licence for " + item.licensee_certs().documents(0));
      }),
      ok([](const auto& request, auto& response) {
        for (const std::string& identity : request.licensee_identities())
          response.add_answers()->set_license("licence for " + identity);
        response.mutable_server_chain()->add_documents("slc");
      }),
      ok([](const auto&, auto& response) {
        response.set_server_public_key("key");
        v1::TemplateHash& one = *response.add_templates();
        one.set_guid("{guid}");
        one.set_hash("hash");
      }),
      ok([](const auto& request, auto& response) {
        for (const std::string& guid : request.guids()) response.add_templates()->set_guid(guid);
      }),
      chain("slc"),
      ok([](const auto& request, auto& response) {
        for (const std::string& type : request.service_types()) {
          v1::ServiceLocation& location = *response.add_locations();
          location.set_type(type);
          location.set_url(request.published_base() + "/" + type);
        }
      }),
      ok([](const auto&, auto& response) { response.set_results("<Results/>"); })};
  start();
}

TestCloud::~TestCloud() {
  stop();
}

void TestCloud::start() {
  grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = client_ca_pem_;
  options.pem_key_cert_pairs.push_back({credentials_.key_pem, credentials_.certificate_pem});

  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // or another test could share our port
  if (retire_after_.count() > 0)
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, static_cast<int>(retire_after_.count()));
  builder.AddListeningPort("127.0.0.1:" + std::to_string(port_), grpc::SslServerCredentials(options), &port);
  for (grpc::Service* service :
       std::initializer_list<grpc::Service*>{&fronts_->audit, &fronts_->certification, &fronts_->publishing,
                                             &fronts_->licensing, &fronts_->templates, &fronts_->server})
    builder.RegisterService(service);
  server_ = builder.BuildAndStart();
  if (!server_ || port == 0) throw std::runtime_error("the test cloud cannot listen");
  port_ = static_cast<std::uint16_t>(port);
  server_->GetHealthCheckService()->SetServingStatus(serving_);
}

void TestCloud::say_serving(bool serving) {
  serving_ = serving;
  if (server_) server_->GetHealthCheckService()->SetServingStatus(serving);
}

void TestCloud::stop() {
  if (!server_) return;
  server_->Shutdown(std::chrono::system_clock::now());
  server_.reset();
}

template <class Request, class Response>
grpc::ServerUnaryReactor* TestCloud::receive(grpc::CallbackServerContext* context, const Request* request,
                                             Response* response) {
  CallOf<Request, Response>* call = nullptr;
  {
    const std::lock_guard lock(mutex_);
    request_ids_.push_back(request_id_of(*request));
    peers_.insert(context->peer());
    if (!pushback_.empty()) context->AddTrailingMetadata("grpc-retry-pushback-ms", pushback_);
    // Deletes itself in OnDone().
    call = new CallOf<Request, Response>(*this, *request, *response, std::get<Answer<Request, Response>>(answers_));
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

void TestCloud::push_back(std::string value) {
  const std::lock_guard lock(mutex_);
  pushback_ = std::move(value);
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
