// SPDX-License-Identifier: Apache-2.0
#include "cloud/front/services.h"

namespace rms::cloud {

grpc::ServerUnaryReactor* CertificationFront::Certify(grpc::CallbackServerContext* context,
                                                      const v1::CertifyRequest* request,
                                                      v1::CertifyResponse* response) {
  return desk_.take(context, request, response, [this](const Asked& asked, const v1::CertifyRequest& message) {
    return rights_.certify(asked, to_request(message), message.server_certification());
  });
}

grpc::ServerUnaryReactor* CertificationFront::Precertify(grpc::CallbackServerContext* context,
                                                         const v1::PrecertifyRequest* request,
                                                         v1::PrecertifyResponse* response) {
  return desk_.take(context, request, response, [this](const Asked& asked, const v1::PrecertifyRequest& message) {
    return rights_.precertify(asked, to_request(message));
  });
}

grpc::ServerUnaryReactor* PublishingFront::GetClientLicensorCert(grpc::CallbackServerContext* context,
                                                                 const v1::GetClientLicensorCertRequest* request,
                                                                 v1::GetClientLicensorCertResponse* response) {
  return desk_.take(context, request, response,
                    [this](const Asked& asked, const v1::GetClientLicensorCertRequest& message) {
                      return rights_.get_client_licensor_cert(asked, to_request(message));
                    });
}

grpc::ServerUnaryReactor* PublishingFront::AcquireIssuanceLicense(grpc::CallbackServerContext* context,
                                                                  const v1::AcquireIssuanceLicenseRequest* request,
                                                                  v1::AcquireIssuanceLicenseResponse* response) {
  return desk_.take(context, request, response,
                    [this](const Asked& asked, const v1::AcquireIssuanceLicenseRequest& message) {
                      return rights_.acquire_issuance_license(asked, to_request(message));
                    });
}

grpc::ServerUnaryReactor* LicensingFront::AcquireLicense(grpc::CallbackServerContext* context,
                                                         const v1::AcquireLicenseRequest* request,
                                                         v1::AcquireLicenseResponse* response) {
  return desk_.take(
      context, request, response, [this, context](const Asked& asked, const v1::AcquireLicenseRequest& message) {
        return rights_.acquire_license(asked, to_request(message), [context] { return context->IsCancelled(); });
      });
}

grpc::ServerUnaryReactor* LicensingFront::AcquirePreLicense(grpc::CallbackServerContext* context,
                                                            const v1::AcquirePreLicenseRequest* request,
                                                            v1::AcquirePreLicenseResponse* response) {
  return desk_.take(
      context, request, response, [this, context](const Asked& asked, const v1::AcquirePreLicenseRequest& message) {
        return rights_.acquire_pre_license(asked, to_request(message), [context] { return context->IsCancelled(); });
      });
}

grpc::ServerUnaryReactor* TemplatesFront::AcquireTemplateInformation(
    grpc::CallbackServerContext* context, const v1::AcquireTemplateInformationRequest* request,
    v1::AcquireTemplateInformationResponse* response) {
  return desk_.take(context, request, response,
                    [this](const Asked& asked, const v1::AcquireTemplateInformationRequest&) {
                      return rights_.acquire_template_information(asked);
                    });
}

grpc::ServerUnaryReactor* TemplatesFront::AcquireTemplates(grpc::CallbackServerContext* context,
                                                           const v1::AcquireTemplatesRequest* request,
                                                           v1::AcquireTemplatesResponse* response) {
  return desk_.take(context, request, response, [this](const Asked& asked, const v1::AcquireTemplatesRequest& message) {
    return rights_.acquire_templates(asked, to_request(message));
  });
}

grpc::ServerUnaryReactor* ServerFront::GetLicensorCertificate(grpc::CallbackServerContext* context,
                                                              const v1::GetLicensorCertificateRequest* request,
                                                              v1::GetLicensorCertificateResponse* response) {
  return desk_.take(context, request, response, [this](const Asked& asked, const v1::GetLicensorCertificateRequest&) {
    return rights_.get_licensor_certificate(asked);
  });
}

grpc::ServerUnaryReactor* ServerFront::FindServiceLocationsForUser(grpc::CallbackServerContext* context,
                                                                   const v1::FindServiceLocationsRequest* request,
                                                                   v1::FindServiceLocationsResponse* response) {
  return desk_.take(
      context, request, response, [this](const Asked& asked, const v1::FindServiceLocationsRequest& message) {
        return rights_.find_service_locations_for_user(asked, to_request(message), message.published_base());
      });
}

grpc::ServerUnaryReactor* ServerFront::GetServerInfo(grpc::CallbackServerContext* context,
                                                     const v1::GetServerInfoRequest* request,
                                                     v1::GetServerInfoResponse* response) {
  return desk_.take(context, request, response, [this](const Asked& asked, const v1::GetServerInfoRequest& message) {
    return rights_.get_server_info(asked, to_request(message), message.published_base());
  });
}

grpc::ServerUnaryReactor* AuditFront::KeepHead(grpc::CallbackServerContext* context, const v1::KeepHeadRequest* request,
                                               v1::KeepHeadResponse* response) {
  return desk_.take(context, request, response,
                    [this](const ConnectorRecord& connector, const v1::KeepHeadRequest& message) {
                      return heads_.keep(connector, to_head(message));
                    });
}

}  // namespace rms::cloud
