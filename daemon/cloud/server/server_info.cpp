// SPDX-License-Identifier: Apache-2.0
#include "cloud/server/server_info.h"

#include "cloud/server/locations.h"
#include "xml/document.h"

namespace rms::cloud {
namespace {

// The version that MS-RMPR 4.6 shows, which is that of AD RMS in Windows Server 2008. What callers make of it is not
// public.
constexpr std::string_view kVersionInfo = "<VersionInfo Version=\"6.0.0.0\"/>";

// Capabilities by the names of MS-RMPR 4.6. Groups are expanded here, not by a service that callers could ask.
constexpr std::string_view kFeatures =
    "<ServerFeatureInfo><Feature Name=\"GroupExpansionWebService\" Value=\"false\"/>"
    "<Feature Name=\"ActiveDirectoryServicesRemoting\" Value=\"false\"/>"
    "<Feature Name=\"FederatedServicesEnabled\" Value=\"0\"/></ServerFeatureInfo>";

std::string attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + xml::escape(value) + "\"";
}

std::string chain_of(const IssuingTenant& tenant) {
  std::string out = "<ServerLicensorCertificateChain>";
  for (const auto& document : tenant.chain()) out += document.text();
  return out + "</ServerLicensorCertificateChain>";
}

std::string locations_of(const xrml::ServiceUrls& urls) {
  std::string out = "<ServiceLocations>";
  for (const auto type : offered_services())
    out += "<ServiceLocation" + attribute("Type", type) + attribute("Url", *location_of(type, urls)) + "/>";
  return out + "</ServiceLocations>";
}

}  // namespace

soap::GetLicensorCertificateResponse licensor_certificate(const IssuingTenant& tenant) {
  soap::GetLicensorCertificateResponse response;
  for (const auto& document : tenant.chain()) response.chain.emplace_back(document.text());
  return response;
}

Outcome<soap::GetServerInfoResponse> server_info(const IssuingTenant& tenant, const soap::GetServerInfoRequest& request,
                                                 const xrml::ServiceUrls& urls) {
  // xmlns: the element goes into an envelope with a default namespace, and is in none itself.
  std::string out = "<Results xmlns=\"\">";
  for (const auto& [type, additional_info] : request.items) {
    out += "<ServerInfoRequest" + attribute("Type", type) +
           attribute("AdditionalInfo", additional_info.value_or(std::string())) + ">";
    if (type == "VersionInfo")
      out += kVersionInfo;
    else if (type == "ServerFeatureInfo")
      out += kFeatures;
    else if (type == "ServerLicensorCertificate")
      out += chain_of(tenant);
    else if (type == "ServiceLocations")
      out += locations_of(urls);
    else
      return soap::Fault{std::string(soap::exceptions::kArgumentNull),
                         "What can be asked is VersionInfo, ServerFeatureInfo, ServerLicensorCertificate and "
                         "ServiceLocations."};
    out += "</ServerInfoRequest>";
  }
  return soap::GetServerInfoResponse{out + "</Results>"};
}

}  // namespace rms::cloud
