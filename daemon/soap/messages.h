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

struct AcquirePreLicenseRequest {       // MS-RMSI 3.5.4.1
  std::vector<std::string> identities;  // mail addresses or SIDs; at least one; answers are correlated by index
  ChainView issuance_license;           // the PL, by the text its leaf alone
  std::string_view application_data;    // exact characters, may be empty
};

struct AcquireIssuanceLicenseRequest {  // MS-RMPR 3.5.4.1: online publishing
  std::string_view unsigned_license;    // one XrML document, exact characters
};

struct AcquireTemplateInformationRequest {};  // MS-RMPR 3.4.4.2

struct AcquireTemplatesRequest {   // MS-RMPR 3.4.4.3
  std::vector<std::string> guids;  // as spelled by the caller, at most kMaxTemplates
};

struct GetLicensorCertificateRequest {};  // MS-RMPR 3.7.4.1

struct FindServiceLocationsRequest {  // MS-RMPR 3.7.4.2
  std::vector<std::string> types;     // "LicensingService"; unknown ones are no error of the reader's
};

struct ServerInfoItem {
  std::string type;  // "VersionInfo"; MS-RMPR 3.7.4.3
  std::optional<std::string> additional_info;
};
struct GetServerInfoRequest {
  std::vector<ServerInfoItem> items;
};

// MS-RMSI 3.3.4.1. One user; absent elements are empty.
struct PrecertifyRequest {
  std::string user_name, id, mail;
  std::vector<std::string> proxy_addresses;
};

// In the order of Operation.
using Request =
    std::variant<CertifyRequest, GetClientLicensorCertRequest, AcquireLicenseRequest, AcquirePreLicenseRequest,
                 AcquireIssuanceLicenseRequest, AcquireTemplateInformationRequest, AcquireTemplatesRequest,
                 GetLicensorCertificateRequest, FindServiceLocationsRequest, GetServerInfoRequest, PrecertifyRequest>;
static_assert(std::variant_size_v<Request> == kOperationCount);
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
  // How many of them only open_any of the calling server allowed (grants/scope.h). No part of what the caller gets.
  std::size_t opened_any = 0;
};

// One licence for each identity, in order, or why not; all share one chain.
using PreLicenseAnswer = std::variant<std::string, Fault>;
struct AcquirePreLicenseResponse {
  std::vector<PreLicenseAnswer> answers;
  Chain server_chain;  // SLC, ...
};

struct AcquireIssuanceLicenseResponse {
  Chain chain;  // PL, SLC, ...
};

struct TemplateHash {
  std::string guid;  // in braces
  std::string hash;  // base64, the DIGEST of the template's own SIGNATURE
};
struct AcquireTemplateInformationResponse {
  std::string server_public_key;  // base64 of the PKCS#1 RSAPublicKey of the SLC
  std::vector<TemplateHash> templates;
};

struct Template {
  std::string guid;                 // as asked
  std::string hash;                 // empty if there is no such template
  std::optional<std::string> xrml;  // exact text
};
struct AcquireTemplatesResponse {
  std::vector<Template> templates;  // one per GUID, in order
};

struct GetLicensorCertificateResponse {
  Chain chain;  // SLC, ..., each issued by the next
};

struct ServiceLocation {
  std::string type;  // as asked
  std::optional<std::string> url;
};
struct FindServiceLocationsResponse {
  std::vector<ServiceLocation> locations;  // one per type, in order
};

struct GetServerInfoResponse {
  std::string results;  // the <Results> element, exact text
};

struct PrecertifyResponse {
  std::string certificate;  // a RAC without FEDERATIONPRINCIPALS, exact text
};

// In the order of Operation. A Fault here is the service's own answer to the whole request.
using Response =
    std::variant<CertifyResponse, GetClientLicensorCertResponse, AcquireLicenseResponse, AcquirePreLicenseResponse,
                 AcquireIssuanceLicenseResponse, AcquireTemplateInformationResponse, AcquireTemplatesResponse,
                 GetLicensorCertificateResponse, FindServiceLocationsResponse, GetServerInfoResponse,
                 PrecertifyResponse, Fault>;
static_assert(std::variant_size_v<Response> == kOperationCount + 1);

}  // namespace rms::soap
