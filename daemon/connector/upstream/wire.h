// SPDX-License-Identifier: Apache-2.0
//
// soap::Request and soap::Response as messages of proto/rms/v1 and back. Pure; any thread. For sources of this room
// only.
#pragma once

#include <string_view>

#include "base/result.h"
#include "connector/upstream/cloud_client.h"
#include "rms/v1/certification.pb.h"
#include "rms/v1/licensing.pb.h"
#include "rms/v1/publishing.pb.h"

namespace rms::connector {

// What a call adds to its request. Views; none outlives the mapping.
struct Sender {
  const CloudCall& call;
  unsigned attempt;  // from 1
  std::string_view connector_id;
};

// Documents are copied once, character by character as they are. A User-Agent is the caller's own text: what is not
// printable ASCII in it becomes '?' (a protobuf string must be UTF-8, or the service cannot read the whole message),
// and it ends after kMaxUserAgentBytes.
inline constexpr std::size_t kMaxUserAgentBytes = 512;
v1::CertifyRequest to_wire(const soap::CertifyRequest& request, const Sender& sender);
v1::GetClientLicensorCertRequest to_wire(const soap::GetClientLicensorCertRequest& request, const Sender& sender);
v1::AcquireLicenseRequest to_wire(const soap::AcquireLicenseRequest& request, const Sender& sender);

// Documents are moved out. Errc::malformed unless there are as many answers as `request` has items, each of them a
// fault with a name or a chain of at least one non-empty document.
Result<soap::Response> from_wire(v1::CertifyResponse& response, const soap::CertifyRequest& request);
Result<soap::Response> from_wire(v1::GetClientLicensorCertResponse& response,
                                 const soap::GetClientLicensorCertRequest& request);
Result<soap::Response> from_wire(v1::AcquireLicenseResponse& response, const soap::AcquireLicenseRequest& request);

}  // namespace rms::connector
