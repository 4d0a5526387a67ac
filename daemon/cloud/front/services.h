// SPDX-License-Identifier: Apache-2.0
//
// The services of proto/rms/v1: each operation goes over the desk to the rights service.
#pragma once

#include "cloud/front/desk.h"
#include "cloud/front/health.h"
#include "cloud/heads/head_book.h"
#include "cloud/rights_service.h"
#include "rms/v1/audit.grpc.pb.h"
#include "rms/v1/certification.grpc.pb.h"
#include "rms/v1/licensing.grpc.pb.h"
#include "rms/v1/publishing.grpc.pb.h"
#include "rms/v1/server.grpc.pb.h"
#include "rms/v1/templates.grpc.pb.h"

namespace rms::cloud {

// What each of them stands on.
template <class Service>
class Front : public Service::CallbackService {
 public:
  Front(Desk& desk, RightsService& rights) : desk_(desk), rights_(rights) {}

 protected:
  Desk& desk_;
  RightsService& rights_;
};

class CertificationFront final : public Front<v1::Certification> {
 public:
  using Front::Front;
  grpc::ServerUnaryReactor* Certify(grpc::CallbackServerContext* context, const v1::CertifyRequest* request,
                                    v1::CertifyResponse* response) override;
  grpc::ServerUnaryReactor* Precertify(grpc::CallbackServerContext* context, const v1::PrecertifyRequest* request,
                                       v1::PrecertifyResponse* response) override;
};

class PublishingFront final : public Front<v1::Publishing> {
 public:
  using Front::Front;
  grpc::ServerUnaryReactor* GetClientLicensorCert(grpc::CallbackServerContext* context,
                                                  const v1::GetClientLicensorCertRequest* request,
                                                  v1::GetClientLicensorCertResponse* response) override;
  grpc::ServerUnaryReactor* AcquireIssuanceLicense(grpc::CallbackServerContext* context,
                                                   const v1::AcquireIssuanceLicenseRequest* request,
                                                   v1::AcquireIssuanceLicenseResponse* response) override;
};

class LicensingFront final : public Front<v1::Licensing> {
 public:
  using Front::Front;
  grpc::ServerUnaryReactor* AcquireLicense(grpc::CallbackServerContext* context,
                                           const v1::AcquireLicenseRequest* request,
                                           v1::AcquireLicenseResponse* response) override;
  grpc::ServerUnaryReactor* AcquirePreLicense(grpc::CallbackServerContext* context,
                                              const v1::AcquirePreLicenseRequest* request,
                                              v1::AcquirePreLicenseResponse* response) override;
};

class TemplatesFront final : public Front<v1::Templates> {
 public:
  using Front::Front;
  grpc::ServerUnaryReactor* AcquireTemplateInformation(grpc::CallbackServerContext* context,
                                                       const v1::AcquireTemplateInformationRequest* request,
                                                       v1::AcquireTemplateInformationResponse* response) override;
  grpc::ServerUnaryReactor* AcquireTemplates(grpc::CallbackServerContext* context,
                                             const v1::AcquireTemplatesRequest* request,
                                             v1::AcquireTemplatesResponse* response) override;
};

class ServerFront final : public Front<v1::Server> {
 public:
  using Front::Front;
  grpc::ServerUnaryReactor* GetLicensorCertificate(grpc::CallbackServerContext* context,
                                                   const v1::GetLicensorCertificateRequest* request,
                                                   v1::GetLicensorCertificateResponse* response) override;
  grpc::ServerUnaryReactor* FindServiceLocationsForUser(grpc::CallbackServerContext* context,
                                                        const v1::FindServiceLocationsRequest* request,
                                                        v1::FindServiceLocationsResponse* response) override;
  grpc::ServerUnaryReactor* GetServerInfo(grpc::CallbackServerContext* context, const v1::GetServerInfoRequest* request,
                                          v1::GetServerInfoResponse* response) override;
};

// The connectors' own service: what is kept of their audit journals.
class AuditFront final : public v1::Audit::CallbackService {
 public:
  AuditFront(Desk& desk, HeadBook& heads) : desk_(desk), heads_(heads) {}
  grpc::ServerUnaryReactor* KeepHead(grpc::CallbackServerContext* context, const v1::KeepHeadRequest* request,
                                     v1::KeepHeadResponse* response) override;

 private:
  Desk& desk_;
  HeadBook& heads_;
};

// All of them, with what they stand on.
struct Services {
  Services(Desk& desk, RightsService& rights, HeadBook& heads, HealthFront& state)
      : health(state),
        audit(desk, heads),
        certification(desk, rights),
        publishing(desk, rights),
        licensing(desk, rights),
        templates(desk, rights),
        server(desk, rights) {}
  HealthFront& health;
  AuditFront audit;
  CertificationFront certification;
  PublishingFront publishing;
  LicensingFront licensing;
  TemplatesFront templates;
  ServerFront server;
};

}  // namespace rms::cloud
