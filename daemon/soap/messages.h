// SPDX-License-Identifier: Apache-2.0
//
// The operations' parameters and results as plain values. XrML documents are exact UTF-8 texts, never re-serialized.
// Requests view into the envelope they were read from (or into the caller's own strings); responses own their texts.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "soap/fault.h"
#include "soap/operation.h"

namespace rms::soap {

using ChainView = std::vector<std::string_view>;  // one text per document, leaf first
using Chain = std::vector<std::string>;

struct VersionData {  // MS-RMPR 2.2.4.2, "a.b.c.d"
  std::optional<std::string> minimum, maximum;
};

// ---- requests

struct CertifyRequest {
  ChainView machine_chain;
  bool persistent = true;
};

struct GetClientLicensorCertRequest {
  std::vector<ChainView> persona_chains;  // one per item; Windows clients send one
};

struct AcquireLicenseItem {
  ChainView licensee_certs;           // RAC, optionally its chain
  ChainView issuance_license;         // PL, CLC...; empty: the most recent one before it in the batch (MS-RMPR 3.4.4.1)
  std::string_view application_data;  // exact characters, may be empty
};
struct AcquireLicenseRequest {
  std::vector<AcquireLicenseItem> items;  // at least one; the first has an issuance licence
};

using Request = std::variant<CertifyRequest, GetClientLicensorCertRequest, AcquireLicenseRequest>;
Operation operation_of(const Request& request);

// ---- responses

struct CertifyResponse {
  Chain chain;  // RAC, SLC, ...
};

struct GetClientLicensorCertResponse {
  std::vector<Chain> chains;  // CLC, SLC, ...; one per item
};

// One answer per item, in order: a chain (use licence, SLC, ...) or why not.
using AcquireLicenseAnswer = std::variant<Chain, Fault>;
struct AcquireLicenseResponse {
  std::vector<AcquireLicenseAnswer> answers;
};

// A Fault here is the service's own answer to the whole request.
using Response = std::variant<CertifyResponse, GetClientLicensorCertResponse, AcquireLicenseResponse, Fault>;

}  // namespace rms::soap
