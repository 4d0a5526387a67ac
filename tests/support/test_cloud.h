// SPDX-License-Identifier: Apache-2.0
//
// The rights service's front inside the test: real gRPC over real mutual TLS; what it answers, and when, the test says.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <grpcpp/server.h>

#include "rms/v1/audit.grpc.pb.h"
#include "rms/v1/certification.grpc.pb.h"
#include "rms/v1/licensing.grpc.pb.h"
#include "rms/v1/publishing.grpc.pb.h"
#include "rms/v1/server.grpc.pb.h"
#include "rms/v1/templates.grpc.pb.h"
#include "support/test_ca.h"

namespace rms::test {

// Any thread, but for start() and stop(). Listens on 127.0.0.1, a port of its own that stays the same over restarts.
class TestCloud {
 public:
  // `client_ca_pem`: who signs the callers' certificates; each must show one.
  // `retire_after`: how old a connection gets before the service asks its peer to leave (GOAWAY); zero is for ever.
  TestCloud(const Credentials& server, std::string client_ca_pem,
            std::chrono::milliseconds retire_after = std::chrono::milliseconds(0));
  TestCloud(const TestCloud&) = delete;
  TestCloud& operator=(const TestCloud&) = delete;
  ~TestCloud();

  std::uint16_t port() const { return port_; }
  void start();
  // Ends every connection and every call at once.
  void stop();

  // What to answer from now on; called on gRPC's threads. Unset, each answer is short and good: to Certify the chain
  // {"rac"}, to GetClientLicensorCert {"clc"} for each chain, to AcquireLicense {"licence for " + the first licensee
  // document} and so on.
  template <class Request, class Response>
  using Answer = std::function<grpc::Status(const Request&, Response&)>;
  template <class Request, class Response>
  void on(Answer<Request, Response> answer) {
    const std::lock_guard lock(mutex_);
    std::get<Answer<Request, Response>>(answers_) = std::move(answer);
  }
  void on_acquire_license(Answer<v1::AcquireLicenseRequest, v1::AcquireLicenseResponse> answer) {
    on(std::move(answer));
  }

  // What it says of its health from now on; at first that it serves.
  void say_serving(bool serving);

  // Answers carry grpc-retry-pushback-ms: `value` from now on; empty: they do not.
  void push_back(std::string value);

  // From now on, calls wait without an answer until release() or until the caller gives up.
  void hold();
  // Answers those that wait, and holds no more.
  void release();

  std::size_t waiting() const;                   // held now
  std::size_t cancelled() const;                 // held, and then cancelled by the caller or by stop()
  std::size_t calls() const;                     // that came, in all
  std::vector<std::string> request_ids() const;  // of all calls, in the order in which they came
  std::set<std::string> peers() const;           // "ipv4:127.0.0.1:40000" of each connection that a call came over

 private:
  class Call;
  template <class Request, class Response>
  class CallOf;
  struct Fronts;
  using Answers =
      std::tuple<Answer<v1::KeepHeadRequest, v1::KeepHeadResponse>, Answer<v1::CertifyRequest, v1::CertifyResponse>,
                 Answer<v1::PrecertifyRequest, v1::PrecertifyResponse>,
                 Answer<v1::GetClientLicensorCertRequest, v1::GetClientLicensorCertResponse>,
                 Answer<v1::AcquireIssuanceLicenseRequest, v1::AcquireIssuanceLicenseResponse>,
                 Answer<v1::AcquireLicenseRequest, v1::AcquireLicenseResponse>,
                 Answer<v1::AcquirePreLicenseRequest, v1::AcquirePreLicenseResponse>,
                 Answer<v1::AcquireTemplateInformationRequest, v1::AcquireTemplateInformationResponse>,
                 Answer<v1::AcquireTemplatesRequest, v1::AcquireTemplatesResponse>,
                 Answer<v1::GetLicensorCertificateRequest, v1::GetLicensorCertificateResponse>,
                 Answer<v1::FindServiceLocationsRequest, v1::FindServiceLocationsResponse>,
                 Answer<v1::GetServerInfoRequest, v1::GetServerInfoResponse>>;

  template <class Request, class Response>
  grpc::ServerUnaryReactor* receive(grpc::CallbackServerContext* context, const Request* request, Response* response);
  template <class Request>
  static const std::string& request_id_of(const Request& request);
  bool forget(Call* call);

  const Credentials credentials_;
  const std::string client_ca_pem_;
  const std::chrono::milliseconds retire_after_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;  // guards all that follows, but for server_
  Answers answers_;
  bool holding_ = false;
  bool serving_ = true;
  std::string pushback_;
  std::set<Call*> held_;
  std::size_t cancelled_ = 0;
  std::vector<std::string> request_ids_;
  std::set<std::string> peers_;
  std::unique_ptr<Fronts> fronts_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace rms::test
