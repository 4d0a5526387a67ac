// SPDX-License-Identifier: Apache-2.0
//
// Between the messages of proto/rms/v1 and our own values. Values read from a message view into it.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "base/result.h"
#include "cloud/caller.h"
#include "rms/v1/certification.pb.h"
#include "rms/v1/common.pb.h"
#include "rms/v1/licensing.pb.h"
#include "rms/v1/publishing.pb.h"
#include "soap/messages.h"

namespace rms::cloud {

// Errc::malformed says what the contract demands and the message lacks: a caller with an entry and a role.
Result<Asked> to_asked(const v1::RequestContext& context, ConnectorRecord connector);

// Whether there are as many items as the contract allows. Errc::malformed says how many that are.
Result<void> check(const v1::CertifyRequest& message);
Result<void> check(const v1::GetClientLicensorCertRequest& message);
Result<void> check(const v1::AcquireLicenseRequest& message);

// REQUIRES: checked.
soap::CertifyRequest to_request(const v1::CertifyRequest& message);
soap::GetClientLicensorCertRequest to_request(const v1::GetClientLicensorCertRequest& message);
soap::AcquireLicenseRequest to_request(const v1::AcquireLicenseRequest& message);

void write(const soap::Chain& chain, v1::Chain* message);
void write(const soap::Fault& fault, v1::Fault* message);

// An answer as a whole: what was asked for, or the refusal.
void write(const soap::Chain& chain, v1::CertifyResponse* message);
void write(const std::vector<soap::Chain>& chains, v1::GetClientLicensorCertResponse* message);
void write(const std::vector<soap::AcquireLicenseAnswer>& answers, v1::AcquireLicenseResponse* message);

}  // namespace rms::cloud
