// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "soap/envelope.h"
#include "soap/writer.h"

namespace rms::soap {
namespace {

struct Size {
  std::size_t operator()(const CertifyRequest& request) const { return chain_bytes(request.machine_chain); }
  std::size_t operator()(const GetClientLicensorCertRequest& request) const {
    std::size_t bytes = 0;
    for (const ChainView& chain : request.persona_chains) bytes += kItemBytes + chain_bytes(chain);
    return bytes;
  }
  std::size_t operator()(const AcquireLicenseRequest& request) const {
    std::size_t bytes = 0;
    for (const AcquireLicenseItem& item : request.items)
      bytes += kItemBytes + chain_bytes(item.licensee_certs) + chain_bytes(item.issuance_license) +
               item.application_data.size();
    return bytes;
  }
};

struct WriteParams {
  Writer& out;

  void operator()(const CertifyRequest& request) const {
    out.open("requestParams");
    out.chain("MachineCertificateChain", request.machine_chain);
    out.text("Persistent", request.persistent ? "true" : "false");
    out.close("requestParams");
  }
  void operator()(const GetClientLicensorCertRequest& request) const {
    out.open("RequestParams");
    for (const ChainView& chain : request.persona_chains) {
      out.open("GetClientLicensorCertParams");
      out.chain("PersonaCerts", chain);
      out.close("GetClientLicensorCertParams");
    }
    out.close("RequestParams");
  }
  void operator()(const AcquireLicenseRequest& request) const {
    out.open("RequestParams");
    for (const AcquireLicenseItem& item : request.items) {
      out.open("AcquireLicenseParams");
      out.chain("LicenseeCerts", item.licensee_certs);
      if (!item.issuance_license.empty()) out.chain("IssuanceLicense", item.issuance_license);
      out.open("ApplicationData");
      out.exact(item.application_data);
      out.close("ApplicationData");
      out.close("AcquireLicenseParams");
    }
    out.close("RequestParams");
  }
};

}  // namespace

std::string write_request(const Service& service, const Request& request, const VersionData& version) {
  const std::string_view operation = to_string(operation_of(request));
  Writer out(kEnvelopeBytes + std::visit(Size(), request));
  out.begin(service.ns, version.minimum.value_or("1.0.0.0"), version.maximum.value_or("1.0.0.0"));
  out.open(operation, service.ns);
  std::visit(WriteParams{out}, request);
  out.close(operation);
  return std::move(out).end();
}

std::string soap_action(const Service& service, Operation operation) {
  return std::string(service.ns).append("/").append(to_string(operation));
}

}  // namespace rms::soap
