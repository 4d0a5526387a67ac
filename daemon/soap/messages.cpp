// SPDX-License-Identifier: Apache-2.0
#include "soap/messages.h"

namespace rms::soap {
namespace {

struct OperationOf {
  Operation operator()(const CertifyRequest&) const { return Operation::certify; }
  Operation operator()(const GetClientLicensorCertRequest&) const { return Operation::get_client_licensor_cert; }
  Operation operator()(const AcquireLicenseRequest&) const { return Operation::acquire_license; }
};

}  // namespace

Operation operation_of(const Request& request) {
  return std::visit(OperationOf(), request);
}

}  // namespace rms::soap
