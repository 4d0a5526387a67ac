// SPDX-License-Identifier: Apache-2.0
//
// GetClientLicensorCert (MS-RMPR 3.5.4.2) and AcquireIssuanceLicense (MS-RMPR 3.5.4.1).
#include <utility>

#include "soap/codec.h"

namespace rms::soap {

Read<void> read(const xml::Element& element, const Asked& asked, GetClientLicensorCertRequest& request) {
  RMS_TRY(const auto array, required_child(element, asked.ns, "RequestParams"));
  RMS_TRY(const auto items, read_items(array, asked.ns, "GetClientLicensorCertParams", {1, kMaxPersonas}));
  for (const xml::Element& item : items) {
    RMS_TRY(auto chain, read_required_chain(item, asked.ns, "PersonaCerts", kIdentityLimits));
    request.persona_chains.push_back(std::move(chain));
  }
  return {};
}

void write(Writer& out, const GetClientLicensorCertRequest& request) {
  out.open("RequestParams");
  for (const ChainView& chain : request.persona_chains) {
    out.open("GetClientLicensorCertParams");
    out.chain("PersonaCerts", chain);
    out.close("GetClientLicensorCertParams");
  }
  out.close("RequestParams");
}

Read<void> read(const xml::Element& element, std::string_view ns, GetClientLicensorCertResponse& response) {
  RMS_TRY(const auto array, required_child(element, ns, "GetClientLicensorCertResult"));
  RMS_TRY(const auto items, read_items(array, ns, "GetClientLicensorCertResponse", {0, kMaxPersonas}));
  for (const xml::Element& item : items) {
    RMS_TRY(auto chain, read_answer_chain(item, ns, "CertificateChain"));
    response.chains.push_back(std::move(chain));
  }
  return {};
}

void write(Writer& out, const GetClientLicensorCertResponse& response) {
  out.open("GetClientLicensorCertResult");
  for (const Chain& chain : response.chains) {
    out.open("GetClientLicensorCertResponse");
    out.chain("CertificateChain", chain);
    out.close("GetClientLicensorCertResponse");
  }
  out.close("GetClientLicensorCertResult");
}

Read<void> read(const xml::Element& element, const Asked& asked, AcquireIssuanceLicenseRequest& request) {
  RMS_TRY(const auto array, required_child(element, asked.ns, "RequestParams"));
  RMS_TRY(const auto items, read_items(array, asked.ns, "AcquireIssuanceLicenseParams", {1, 1}));
  RMS_TRY(const auto license, required_child(items.front(), asked.ns, "UnsignedIssuanceLicense"));
  RMS_TRY(const auto document, read_document(license));
  if (!document) return refuse(Errc::malformed, exceptions::kArgumentNull, "expected XrML in UnsignedIssuanceLicense");
  if (document->size() > kMaxIssuanceLicenseBytes)
    return refuse(Errc::too_large, exceptions::kArgument,
                  "expected at most " + std::to_string(kMaxIssuanceLicenseBytes) + " bytes in UnsignedIssuanceLicense");
  request.unsigned_license = *document;
  return {};
}

void write(Writer& out, const AcquireIssuanceLicenseRequest& request) {
  out.open("RequestParams");
  out.open("AcquireIssuanceLicenseParams");
  out.document("UnsignedIssuanceLicense", request.unsigned_license);
  out.close("AcquireIssuanceLicenseParams");
  out.close("RequestParams");
}

Read<void> read(const xml::Element& element, std::string_view ns, AcquireIssuanceLicenseResponse& response) {
  RMS_TRY(const auto only,
          read_only_answer(element, ns, "AcquireIssuanceLicenseResult", "AcquireIssuanceLicenseResponse"));
  RMS_TRY(response.chain, read_answer_chain(only, ns, "CertificateChain"));
  return {};
}

void write(Writer& out, const AcquireIssuanceLicenseResponse& response) {
  out.open("AcquireIssuanceLicenseResult");
  out.open("AcquireIssuanceLicenseResponse");
  out.chain("CertificateChain", response.chain);
  out.close("AcquireIssuanceLicenseResponse");
  out.close("AcquireIssuanceLicenseResult");
}

}  // namespace rms::soap
