// SPDX-License-Identifier: Apache-2.0
//
// The services of proto/rms/v1 that we answer. Operations that are not overridden answer UNIMPLEMENTED by themselves.
#pragma once

#include "cloud/front/desk.h"
#include "cloud/rights_service.h"
#include "rms/v1/certification.grpc.pb.h"
#include "rms/v1/licensing.grpc.pb.h"
#include "rms/v1/publishing.grpc.pb.h"
#include "rms/v1/server.grpc.pb.h"
#include "rms/v1/templates.grpc.pb.h"

namespace rms::cloud {

class CertificationFront final : public v1::Certification::CallbackService {
 public:
  CertificationFront(Desk& desk, RightsService& rights) : desk_(desk), rights_(rights) {}
  grpc::ServerUnaryReactor* Certify(grpc::CallbackServerContext* context, const v1::CertifyRequest* request,
                                    v1::CertifyResponse* response) override;

 private:
  Desk& desk_;
  RightsService& rights_;
};

class PublishingFront final : public v1::Publishing::CallbackService {
 public:
  PublishingFront(Desk& desk, RightsService& rights) : desk_(desk), rights_(rights) {}
  grpc::ServerUnaryReactor* GetClientLicensorCert(grpc::CallbackServerContext* context,
                                                  const v1::GetClientLicensorCertRequest* request,
                                                  v1::GetClientLicensorCertResponse* response) override;

 private:
  Desk& desk_;
  RightsService& rights_;
};

class LicensingFront final : public v1::Licensing::CallbackService {
 public:
  LicensingFront(Desk& desk, RightsService& rights) : desk_(desk), rights_(rights) {}
  grpc::ServerUnaryReactor* AcquireLicense(grpc::CallbackServerContext* context,
                                           const v1::AcquireLicenseRequest* request,
                                           v1::AcquireLicenseResponse* response) override;

 private:
  Desk& desk_;
  RightsService& rights_;
};

// All of them, with what they stand on.
struct Services {
  Services(Desk& desk, RightsService& rights)
      : certification(desk, rights), publishing(desk, rights), licensing(desk, rights) {}
  CertificationFront certification;
  PublishingFront publishing;
  LicensingFront licensing;
  v1::Server::CallbackService server;        // nothing implemented yet
  v1::Templates::CallbackService templates;  // nothing implemented yet
};

}  // namespace rms::cloud
