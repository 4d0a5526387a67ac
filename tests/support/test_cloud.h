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
#include <vector>

#include <grpcpp/server.h>

#include "rms/v1/certification.grpc.pb.h"
#include "rms/v1/licensing.grpc.pb.h"
#include "rms/v1/publishing.grpc.pb.h"
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

  // What to answer from now on; called on gRPC's threads. Unset, the answers are: to Certify the chain {"rac"}, to
  // GetClientLicensorCert {"clc"} for each chain, to AcquireLicense {"licence for " + the first licensee document}.
  template <class Request, class Response>
  using Answer = std::function<grpc::Status(const Request&, Response&)>;
  void on_certify(Answer<v1::CertifyRequest, v1::CertifyResponse> answer);
  void on_get_client_licensor_cert(Answer<v1::GetClientLicensorCertRequest, v1::GetClientLicensorCertResponse> answer);
  void on_acquire_license(Answer<v1::AcquireLicenseRequest, v1::AcquireLicenseResponse> answer);

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
  class CertificationFront;
  class PublishingFront;
  class LicensingFront;

  template <class Request, class Response>
  grpc::ServerUnaryReactor* receive(grpc::CallbackServerContext* context, const Request* request, Response* response,
                                    const Answer<Request, Response>& answer);
  bool forget(Call* call);

  const Credentials credentials_;
  const std::string client_ca_pem_;
  const std::chrono::milliseconds retire_after_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;  // guards all that follows, but for server_
  Answer<v1::CertifyRequest, v1::CertifyResponse> certify_;
  Answer<v1::GetClientLicensorCertRequest, v1::GetClientLicensorCertResponse> get_client_licensor_cert_;
  Answer<v1::AcquireLicenseRequest, v1::AcquireLicenseResponse> acquire_license_;
  bool holding_ = false;
  std::set<Call*> held_;
  std::size_t cancelled_ = 0;
  std::vector<std::string> request_ids_;
  std::set<std::string> peers_;
  std::unique_ptr<CertificationFront> certification_front_;
  std::unique_ptr<PublishingFront> publishing_front_;
  std::unique_ptr<LicensingFront> licensing_front_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace rms::test
