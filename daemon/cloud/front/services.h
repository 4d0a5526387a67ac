// SPDX-License-Identifier: Apache-2.0
//
// The services of proto/rms/v1: each operation goes over the desk to the rights service.
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
  grpc::ServerUnaryReactor* Precertify(grpc::CallbackServerContext* context, const v1::PrecertifyRequest* request,
                                       v1::PrecertifyResponse* response) override;

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
  grpc::ServerUnaryReactor* AcquireIssuanceLicense(grpc::CallbackServerContext* context,
                                                   const v1::AcquireIssuanceLicenseRequest* request,
                                                   v1::AcquireIssuanceLicenseResponse* response) override;

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
  grpc::ServerUnaryReactor* AcquirePreLicense(grpc::CallbackServerContext* context,
                                              const v1::AcquirePreLicenseRequest* request,
                                              v1::AcquirePreLicenseResponse* response) override;

 private:
  Desk& desk_;
  RightsService& rights_;
};

class TemplatesFront final : public v1::Templates::CallbackService {
 public:
  TemplatesFront(Desk& desk, RightsService& rights) : desk_(desk), rights_(rights) {}
  grpc::ServerUnaryReactor* AcquireTemplateInformation(grpc::CallbackServerContext* context,
                                                       const v1::AcquireTemplateInformationRequest* request,
                                                       v1::AcquireTemplateInformationResponse* response) override;
  grpc::ServerUnaryReactor* AcquireTemplates(grpc::CallbackServerContext* context,
                                             const v1::AcquireTemplatesRequest* request,
                                             v1::AcquireTemplatesResponse* response) override;

 private:
  Desk& desk_;
  RightsService& rights_;
};

class ServerFront final : public v1::Server::CallbackService {
 public:
  ServerFront(Desk& desk, RightsService& rights) : desk_(desk), rights_(rights) {}
  grpc::ServerUnaryReactor* GetLicensorCertificate(grpc::CallbackServerContext* context,
                                                   const v1::GetLicensorCertificateRequest* request,
                                                   v1::GetLicensorCertificateResponse* response) override;
  grpc::ServerUnaryReactor* FindServiceLocationsForUser(grpc::CallbackServerContext* context,
                                                        const v1::FindServiceLocationsRequest* request,
                                                        v1::FindServiceLocationsResponse* response) override;
  grpc::ServerUnaryReactor* GetServerInfo(grpc::CallbackServerContext* context, const v1::GetServerInfoRequest* request,
                                          v1::GetServerInfoResponse* response) override;

 private:
  Desk& desk_;
  RightsService& rights_;
};

// All of them, with what they stand on.
struct Services {
  Services(Desk& desk, RightsService& rights)
      : certification(desk, rights),
        publishing(desk, rights),
        licensing(desk, rights),
        templates(desk, rights),
        server(desk, rights) {}
  CertificationFront certification;
  PublishingFront publishing;
  LicensingFront licensing;
  TemplatesFront templates;
  ServerFront server;
};

}  // namespace rms::cloud
