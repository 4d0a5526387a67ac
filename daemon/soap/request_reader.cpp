// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "soap/envelope.h"
#include "soap/reader.h"
#include "soap/version.h"

namespace rms::soap {
namespace {

constexpr ChainLimits kIdentityLimits{kMaxLicenseeCerts, kMaxLicenseeCertBytes,
                                      kMaxLicenseeCerts* kMaxLicenseeCertBytes};
constexpr ChainLimits kLicenseLimits{kMaxLicenseeCerts, kMaxIssuanceLicenseBytes, kMaxIssuanceLicenseBytes};

std::string expected_operations(const Service& service) {
  std::string text = "expected";
  for (const Operation operation : service.operations)
    text.append(operation == service.operations.front() ? " " : " or ").append(to_string(operation));
  return text.append(" in namespace ").append(service.ns);
}

Read<Operation> read_operation(const Service& service, const xml::Element& payload) {
  for (const Operation operation : service.operations)
    if (payload.is(service.ns, to_string(operation))) return operation;
  return refuse(Errc::malformed, exceptions::kSoap, expected_operations(service));
}

// An envelope under another operation's SOAPAction is how filters on the way are deceived: refused.
std::optional<Refused> refuse_soap_action(const Service& service, Operation operation, std::string_view action) {
  if (action.size() >= 2 && action.front() == '"' && action.back() == '"') action = action.substr(1, action.size() - 2);
  std::string expected = soap_action(service, operation);
  if (action.empty() || action == expected) return std::nullopt;
  return refuse(Errc::denied, exceptions::kSoap, "expected SOAPAction " + expected + " for this envelope");
}

Read<bool> read_boolean(const xml::Element& parent, std::string_view ns, std::string_view name, bool if_absent) {
  RMS_TRY(const auto element, optional_child(parent, ns, name));
  if (!element) return if_absent;
  const std::string text = element->text();
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return refuse(Errc::malformed, exceptions::kArgument, "expected true or false in " + std::string(name));
}

// The chain `name`, which must not be empty.
Read<ChainView> read_required_chain(const xml::Element& parent, std::string_view ns, std::string_view name) {
  RMS_TRY(auto chain, read_chain(parent, ns, name, kIdentityLimits));
  if (chain.empty())
    return refuse(Errc::malformed, exceptions::kArgumentNull,
                  "expected at least one Certificate in " + std::string(name) + " (namespace " + std::string(ns) + ")");
  return chain;
}

// The elements `name` in RequestParams: one to `most`, none of them nil, for answers are correlated by their place.
Read<std::vector<xml::Element>> read_items(const xml::Element& payload, std::string_view ns, std::string_view name,
                                           std::size_t most) {
  RMS_TRY(const auto array, required_child(payload, ns, "RequestParams"));
  std::vector<xml::Element> items;
  for (auto at = array.first_child(); at; at = at->next_sibling()) {
    if (!at->is(ns, name)) continue;
    if (is_nil(*at)) return refuse(Errc::malformed, exceptions::kArgumentNull, "expected no nil " + std::string(name));
    if (items.size() == most)
      return refuse(Errc::too_large, exceptions::kArgument,
                    "expected at most " + std::to_string(most) + " " + std::string(name));
    items.push_back(*at);
  }
  if (items.empty())
    return refuse(Errc::malformed, exceptions::kArgumentNull,
                  "expected at least one " + std::string(name) + " (namespace " + std::string(ns) + ")");
  return items;
}

Read<Request> read_certify(const xml::Element& payload, std::string_view ns) {
  CertifyRequest request;
  RMS_TRY(const auto params, required_child(payload, ns, "requestParams"));
  RMS_TRY(request.machine_chain, read_required_chain(params, ns, "MachineCertificateChain"));
  RMS_TRY(request.persistent, read_boolean(params, ns, "Persistent", request.persistent));
  return Request(std::move(request));
}

Read<Request> read_get_client_licensor_cert(const xml::Element& payload, std::string_view ns) {
  GetClientLicensorCertRequest request;
  RMS_TRY(const auto items, read_items(payload, ns, "GetClientLicensorCertParams", kMaxPersonas));
  for (const xml::Element& item : items) {
    RMS_TRY(auto chain, read_required_chain(item, ns, "PersonaCerts"));
    request.persona_chains.push_back(std::move(chain));
  }
  return Request(std::move(request));
}

Read<AcquireLicenseItem> read_license_item(const xml::Element& params, std::string_view ns) {
  AcquireLicenseItem item;
  RMS_TRY(item.licensee_certs, read_required_chain(params, ns, "LicenseeCerts"));
  RMS_TRY(item.issuance_license, read_chain(params, ns, "IssuanceLicense", kLicenseLimits));
  RMS_TRY(const auto data, optional_child(params, ns, "ApplicationData"));
  if (data) item.application_data = data->content();
  if (item.application_data.size() > kMaxApplicationDataBytes)
    return refuse(Errc::too_large, exceptions::kUnspecifiedError,
                  "expected at most " + std::to_string(kMaxApplicationDataBytes) + " bytes in ApplicationData");
  return item;
}

Read<Request> read_acquire_license(const xml::Element& payload, std::string_view ns, bool batches) {
  AcquireLicenseRequest request;
  RMS_TRY(const auto items, read_items(payload, ns, "AcquireLicenseParams", kMaxBatchItems));
  if (items.size() > 1 && !batches)
    return refuse(Errc::malformed, exceptions::kArgument,
                  "expected exactly one AcquireLicenseParams; more need MaximumVersion 1.1.0.0 or higher");
  for (const xml::Element& params : items) {
    RMS_TRY(auto item, read_license_item(params, ns));
    request.items.push_back(std::move(item));
  }
  if (request.items.front().issuance_license.empty())
    return refuse(Errc::malformed, exceptions::kArgumentNull,
                  "expected an IssuanceLicense in the first AcquireLicenseParams (namespace " + std::string(ns) + ")");
  return Request(std::move(request));
}

Read<Request> read_request(Operation operation, const xml::Element& payload, std::string_view ns, bool batches) {
  switch (operation) {
    case Operation::certify:
      return read_certify(payload, ns);
    case Operation::get_client_licensor_cert:
      return read_get_client_licensor_cert(payload, ns);
    case Operation::acquire_license:
      return read_acquire_license(payload, ns, batches);
    default:
      break;
  }
  // No entry of services() names another operation.
  return refuse(Errc::unsupported, exceptions::kSoap, std::string(to_string(operation)) + " is not answered here");
}

struct Content {
  Request request;
  std::optional<VersionData> version;
};

Read<Content> read_content(const Service& service, const xml::Document& document,
                           std::optional<std::string_view> action) {
  RMS_TRY(const auto parts, parts_of(document));
  RMS_TRY(const auto operation, read_operation(service, parts.payload));
  if (action)
    if (auto refused = refuse_soap_action(service, operation, *action)) return *std::move(refused);
  RMS_TRY(auto version, read_header(parts.header, service.ns));
  if (version)
    if (auto refused = refuse_version(*version)) return *std::move(refused);
  RMS_TRY(auto request, read_request(operation, parts.payload, service.ns, understands_batches(version)));
  return Content{std::move(request), std::move(version)};
}

}  // namespace

RequestEnvelope::RequestEnvelope(xml::Document document, Request request, std::optional<VersionData> version)
    : document_(std::move(document)), request_(std::move(request)), version_(std::move(version)) {}

std::variant<RequestEnvelope, Refused> RequestEnvelope::parse(const Service& service, std::string bytes,
                                                              std::optional<std::string_view> soap_action) {
  auto document = read_envelope(std::move(bytes));
  if (!document) return document.error();
  auto content = read_content(service, *document, soap_action);
  if (!content) return content.error();
  return RequestEnvelope(*std::move(document), std::move(content->request), std::move(content->version));
}

}  // namespace rms::soap
