// SPDX-License-Identifier: Apache-2.0
//
// soap::Request and soap::Response as messages of proto/rms/v1 and back. Pure; any thread. For sources of this room
// only.
#pragma once

#include <string_view>

#include "base/result.h"
#include "connector/upstream/cloud_client.h"
#include "connector/upstream/head_call.h"
#include "rms/v1/audit.pb.h"
#include "rms/v1/certification.pb.h"
#include "rms/v1/common.pb.h"
#include "rms/v1/licensing.pb.h"
#include "rms/v1/publishing.pb.h"
#include "rms/v1/server.pb.h"
#include "rms/v1/templates.pb.h"

namespace rms::connector {

// What a call adds to its request. Views; none outlives the mapping.
struct Sender {
  const CloudCall& call;
  unsigned attempt;  // from 1
  std::string_view connector_id;
  const v1::SignedAttribution& attribution;
};

// Documents are copied once, character by character as they are. A User-Agent is the caller's own text: what is not
// printable ASCII in it becomes '?' (a protobuf string must be UTF-8, or the service cannot read the whole message),
// and it ends after kMaxUserAgentBytes.
inline constexpr std::size_t kMaxUserAgentBytes = 512;
v1::CertifyRequest to_wire(const soap::CertifyRequest& request, const Sender& sender);
v1::GetClientLicensorCertRequest to_wire(const soap::GetClientLicensorCertRequest& request, const Sender& sender);
v1::AcquireLicenseRequest to_wire(const soap::AcquireLicenseRequest& request, const Sender& sender);
v1::AcquirePreLicenseRequest to_wire(const soap::AcquirePreLicenseRequest& request, const Sender& sender);
v1::AcquireIssuanceLicenseRequest to_wire(const soap::AcquireIssuanceLicenseRequest& request, const Sender& sender);
v1::AcquireTemplateInformationRequest to_wire(const soap::AcquireTemplateInformationRequest& request,
                                              const Sender& sender);
v1::AcquireTemplatesRequest to_wire(const soap::AcquireTemplatesRequest& request, const Sender& sender);
v1::GetLicensorCertificateRequest to_wire(const soap::GetLicensorCertificateRequest& request, const Sender& sender);
v1::FindServiceLocationsRequest to_wire(const soap::FindServiceLocationsRequest& request, const Sender& sender);
v1::GetServerInfoRequest to_wire(const soap::GetServerInfoRequest& request, const Sender& sender);
v1::PrecertifyRequest to_wire(const soap::PrecertifyRequest& request, const Sender& sender);

// Documents are moved out. Errc::malformed unless there is all that an answer of this kind has: as many answers as
// `request` has items, a fault with a name or a result for each, no chain without documents and no text that is empty
// (but the GUID of a template, which has to be the one that was asked for).
Result<soap::Response> from_wire(v1::CertifyResponse& response, const soap::CertifyRequest& request);
Result<soap::Response> from_wire(v1::GetClientLicensorCertResponse& response,
                                 const soap::GetClientLicensorCertRequest& request);
Result<soap::Response> from_wire(v1::AcquireLicenseResponse& response, const soap::AcquireLicenseRequest& request);
Result<soap::Response> from_wire(v1::AcquirePreLicenseResponse& response,
                                 const soap::AcquirePreLicenseRequest& request);
Result<soap::Response> from_wire(v1::AcquireIssuanceLicenseResponse& response,
                                 const soap::AcquireIssuanceLicenseRequest& request);
Result<soap::Response> from_wire(v1::AcquireTemplateInformationResponse& response,
                                 const soap::AcquireTemplateInformationRequest& request);
Result<soap::Response> from_wire(v1::AcquireTemplatesResponse& response, const soap::AcquireTemplatesRequest& request);
Result<soap::Response> from_wire(v1::GetLicensorCertificateResponse& response,
                                 const soap::GetLicensorCertificateRequest& request);
Result<soap::Response> from_wire(v1::FindServiceLocationsResponse& response,
                                 const soap::FindServiceLocationsRequest& request);
Result<soap::Response> from_wire(v1::GetServerInfoResponse& response, const soap::GetServerInfoRequest& request);
Result<soap::Response> from_wire(v1::PrecertifyResponse& response, const soap::PrecertifyRequest& request);

v1::KeepHeadRequest to_wire(const HeadCall& call, std::string_view connector_id);
// Errc::malformed: no time, or a previous head that is none.
Result<HeadReceipt> from_wire(v1::KeepHeadResponse& response);

}  // namespace rms::connector
