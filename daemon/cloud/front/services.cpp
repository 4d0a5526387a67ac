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

grpc::ServerUnaryReactor* PublishingFront::GetClientLicensorCert(grpc::CallbackServerContext* context,
                                                                 const v1::GetClientLicensorCertRequest* request,
                                                                 v1::GetClientLicensorCertResponse* response) {
  return desk_.take(context, request, response,
                    [this](const Asked& asked, const v1::GetClientLicensorCertRequest& message) {
                      return rights_.get_client_licensor_cert(asked, to_request(message));
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

}  // namespace rms::cloud
