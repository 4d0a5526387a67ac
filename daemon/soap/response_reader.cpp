// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "soap/envelope.h"
#include "soap/reader.h"

namespace rms::soap {
namespace {

constexpr ChainLimits kLimits{kMaxLicenseeCerts, kMaxIssuanceLicenseBytes, kMaxEnvelopeBytes};

Refused unexpected(std::string text) {
  return refuse(Errc::malformed, exceptions::kSoap, std::move(text));
}

Chain copy(const ChainView& views) {
  return Chain(views.begin(), views.end());
}

Read<Chain> read_certificate_chain(const xml::Element& parent, std::string_view ns) {
  RMS_TRY(const auto views, read_chain(parent, ns, "CertificateChain", kLimits));
  if (views.empty()) return unexpected("expected at least one Certificate in CertificateChain");
  return copy(views);
}

Read<Response> read_fault(const xml::Element& fault) {
  RMS_TRY(const auto text, required_child(fault, "", "faultstring"));
  return Response(parse_fault_string(text.text()));
}

// The elements `name` in the array `result`.
Read<std::vector<xml::Element>> read_items(const xml::Element& payload, std::string_view ns, std::string_view result,
                                           std::string_view name) {
  RMS_TRY(const auto array, required_child(payload, ns, result));
  std::vector<xml::Element> items;
  for (auto at = array.first_child(); at; at = at->next_sibling()) {
    if (!at->is(ns, name)) continue;
    if (items.size() == kMaxBatchItems)
      return refuse(Errc::too_large, exceptions::kArgument,
                    "expected at most " + std::to_string(kMaxBatchItems) + " " + std::string(name));
    items.push_back(*at);
  }
  return items;
}

// The failure that stands in the place of a use licence (MS-RMPR 3.4.4.1.3.5); nullopt if there is none.
Read<std::optional<Fault>> read_item_fault(const xml::Element& item, std::string_view ns) {
  RMS_TRY(const auto chain, optional_child(item, ns, "CertificateChain"));
  const auto first = chain ? chain->first_child() : std::nullopt;
  if (!first) return std::optional<Fault>();
  // By its type the array holds Certificate elements; the text of the specification can also be read without them.
  const auto failure = first->is("AcquireLicenseException") ? first : first->child("AcquireLicenseException");
  if (!failure) return std::optional<Fault>();
  RMS_TRY(const auto text, optional_child(*failure, ns, "ExceptionString"));
  return std::optional(parse_fault_string(text ? text->text() : std::string()));
}

Read<Response> read_certify(const xml::Element& payload, std::string_view ns) {
  RMS_TRY(const auto result, required_child(payload, ns, "CertifyResult"));
  RMS_TRY(auto chain, read_certificate_chain(result, ns));
  return Response(CertifyResponse{std::move(chain)});
}

Read<Response> read_get_client_licensor_cert(const xml::Element& payload, std::string_view ns) {
  GetClientLicensorCertResponse response;
  RMS_TRY(const auto items, read_items(payload, ns, "GetClientLicensorCertResult", "GetClientLicensorCertResponse"));
  for (const xml::Element& item : items) {
    RMS_TRY(auto chain, read_certificate_chain(item, ns));
    response.chains.push_back(std::move(chain));
  }
  return Response(std::move(response));
}

Read<Response> read_acquire_license(const xml::Element& payload, std::string_view ns) {
  AcquireLicenseResponse response;
  RMS_TRY(const auto items, read_items(payload, ns, "AcquireLicenseResult", "AcquireLicenseResponse"));
  for (const xml::Element& item : items) {
    RMS_TRY(auto fault, read_item_fault(item, ns));
    if (fault) {
      response.answers.emplace_back(*std::move(fault));
    } else {
      RMS_TRY(auto chain, read_certificate_chain(item, ns));
      response.answers.emplace_back(std::move(chain));
    }
  }
  return Response(std::move(response));
}

Read<Response> read_response(Operation operation, const xml::Element& payload, std::string_view ns) {
  switch (operation) {
    case Operation::certify:
      return read_certify(payload, ns);
    case Operation::get_client_licensor_cert:
      return read_get_client_licensor_cert(payload, ns);
    case Operation::acquire_license:
      return read_acquire_license(payload, ns);
    default:
      break;
  }
  return refuse(Errc::unsupported, exceptions::kSoap, std::string(to_string(operation)) + " is not read here");
}

bool answers_in(const Service& service, Operation operation, std::string_view ns) {
  return service.ns == ns && std::ranges::find(service.operations, operation) != service.operations.end();
}

Read<Response> read(Operation operation, std::string bytes) {
  RMS_TRY(const auto document, read_envelope(std::move(bytes)));
  RMS_TRY(const auto parts, parts_of(document));
  const std::string_view ns = parts.payload.namespace_uri();
  RMS_CHECK(read_header(parts.header, ns));
  if (parts.payload.is(kSoap11Ns, "Fault")) return read_fault(parts.payload);

  const auto here = [&](const Service& service) { return answers_in(service, operation, ns); };
  if (!parts.payload.is(std::string(to_string(operation)) + "Response") || std::ranges::none_of(services(), here))
    return unexpected("expected " + std::string(to_string(operation)) + "Response in the namespace of its service");
  return read_response(operation, parts.payload, ns);
}

}  // namespace

Result<Response> parse_response(Operation operation, std::string bytes) {
  auto response = read(operation, std::move(bytes));
  if (!response) return response.error().why;
  return *std::move(response);
}

}  // namespace rms::soap
