// SPDX-License-Identifier: Apache-2.0
//
// GetLicensorCertificate, FindServiceLocationsForUser and GetServerInfo (MS-RMPR 3.7).
#include <utility>

#include "soap/codec.h"

namespace rms::soap {

Read<void> read(const xml::Element&, const Asked&, GetLicensorCertificateRequest&) {
  return {};
}

void write(Writer&, const GetLicensorCertificateRequest&) {}

Read<void> read(const xml::Element& element, std::string_view ns, GetLicensorCertificateResponse& response) {
  RMS_TRY(const auto result, required_child(element, ns, "GetLicensorCertificateResult"));
  RMS_TRY(response.chain, read_answer_chain(result, ns, "CertificateChain"));
  return {};
}

void write(Writer& out, const GetLicensorCertificateResponse& response) {
  out.open("GetLicensorCertificateResult");
  out.chain("CertificateChain", response.chain);
  out.close("GetLicensorCertificateResult");
}

// Any type passes: the enumerations of prose and WSDL differ, and real callers know more. Which there are is the
// service's business; an empty one is improperly formed to everybody (MS-RMPR 3.7.4.2).
Read<void> read(const xml::Element& element, const Asked& asked, FindServiceLocationsRequest& request) {
  RMS_TRY(const auto array, required_child(element, asked.ns, "ServiceNames"));
  RMS_TRY(const auto items, read_items(array, asked.ns, "ServiceLocationRequest", {1, kMaxServiceTypes}));
  for (const xml::Element& item : items) {
    RMS_TRY(auto type, optional_text(item, asked.ns, "Type"));
    if (!type || type->empty())
      return refuse(Errc::malformed, exceptions::kInvalidOperation, "expected a Type in each ServiceLocationRequest");
    request.types.push_back(*std::move(type));
  }
  return {};
}

void write(Writer& out, const FindServiceLocationsRequest& request) {
  out.open("ServiceNames");
  for (const std::string& type : request.types) {
    out.open("ServiceLocationRequest");
    out.text("Type", type);
    out.close("ServiceLocationRequest");
  }
  out.close("ServiceNames");
}

Read<void> read(const xml::Element& element, std::string_view ns, FindServiceLocationsResponse& response) {
  RMS_TRY(const auto array, required_child(element, ns, "FindServiceLocationsForUserResult"));
  RMS_TRY(const auto items, read_items(array, ns, "ServiceLocationResponse", {0, kMaxServiceTypes}));
  for (const xml::Element& item : items) {
    ServiceLocation location;
    RMS_TRY(const auto type, required_child(item, ns, "Type"));
    RMS_TRY(location.type, read_text(type));
    RMS_TRY(location.url, optional_text(item, ns, "URL"));
    response.locations.push_back(std::move(location));
  }
  return {};
}

void write(Writer& out, const FindServiceLocationsResponse& response) {
  out.open("FindServiceLocationsForUserResult");
  for (const ServiceLocation& location : response.locations) {
    out.open("ServiceLocationResponse");
    if (location.url) out.text("URL", *location.url);
    out.text("Type", location.type);
    out.close("ServiceLocationResponse");
  }
  out.close("FindServiceLocationsForUserResult");
}

// What is wrong here is System.ArgumentNullException or nothing (MS-RMPR 3.7.4.3).
Read<void> read(const xml::Element& element, const Asked& asked, GetServerInfoRequest& request) {
  RMS_TRY(const auto array, required_child(element, asked.ns, "requests"));
  RMS_TRY(const auto items, read_items(array, asked.ns, "ServerInfoRequest", {1, kMaxServerInfoItems}));
  for (const xml::Element& item : items) {
    ServerInfoItem info;
    RMS_TRY(const auto type, required_child(item, asked.ns, "Type"));
    RMS_TRY(info.type, read_text(type));
    if (info.type.empty())
      return refuse(Errc::malformed, exceptions::kArgumentNull, "expected a Type in each ServerInfoRequest");
    RMS_TRY(info.additional_info, optional_text(item, asked.ns, "AdditionalInfo"));
    request.items.push_back(std::move(info));
  }
  return {};
}

void write(Writer& out, const GetServerInfoRequest& request) {
  out.open("requests");
  for (const ServerInfoItem& item : request.items) {
    out.open("ServerInfoRequest");
    out.text("Type", item.type);
    if (item.additional_info) out.text("AdditionalInfo", *item.additional_info);
    out.close("ServerInfoRequest");
  }
  out.close("requests");
}

Read<void> read(const xml::Element& element, std::string_view ns, GetServerInfoResponse& response) {
  RMS_TRY(const auto result, required_child(element, ns, "GetServerInfoResult"));
  const auto results = result.first_child();
  if (!results || !results->is("Results") || results->next_sibling())
    return refuse(Errc::malformed, exceptions::kSoap, "expected exactly one element, Results, in GetServerInfoResult");
  response.results = results->source();
  return {};
}

void write(Writer& out, const GetServerInfoResponse& response) {
  out.document("GetServerInfoResult", response.results);
}

}  // namespace rms::soap
