// SPDX-License-Identifier: Apache-2.0
#include "soap/operation.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace rms::soap {
namespace {

struct Names {
  std::string_view element;
  std::string_view setting;
};

// In the order of Operation.
constexpr std::array<Names, kOperationCount> kNames{{
    {"Certify", "certify"},
    {"GetClientLicensorCert", "get_client_licensor_cert"},
    {"AcquireLicense", "acquire_license"},
    {"AcquirePreLicense", "acquire_pre_license"},
    {"AcquireIssuanceLicense", "acquire_issuance_license"},
    {"AcquireTemplateInformation", "acquire_template_information"},
    {"AcquireTemplates", "acquire_templates"},
    {"GetLicensorCertificate", "get_licensor_certificate"},
    {"FindServiceLocationsForUser", "find_service_locations_for_user"},
    {"GetServerInfo", "get_server_info"},
    {"Precertify", "precertify"},
}};

constexpr std::string_view kCertificationNs = "http://microsoft.com/DRM/CertificationService";
constexpr std::array kCertification{Operation::certify};
constexpr std::array kPublishing{Operation::get_client_licensor_cert};
constexpr std::array kLicensing{Operation::acquire_license};

// Titles are the service names of the WSDLs (MS-RMPR 6.2, 6.3, 6.5). ServerCertification.asmx has no public WSDL:
// its messages are those of Certify (MS-RMPR 3.1.4.2), its title is the one that administrators look for.
constexpr std::array<Service, 4> kServices{{
    {kServerCertificationPath, "ServerCertificationWebService", kCertificationNs, kCertification},
    {"/_wmcs/certification/certification.asmx", "CertificationWebService", kCertificationNs, kCertification},
    {"/_wmcs/licensing/publish.asmx", "Publish", "http://microsoft.com/DRM/PublishingService", kPublishing},
    {"/_wmcs/licensing/license.asmx", "License", "http://microsoft.com/DRM/LicensingService", kLicensing},
}};

const Names& names_of(Operation operation) {
  return kNames[static_cast<std::size_t>(operation)];
}

}  // namespace

std::string_view to_string(Operation operation) {
  return names_of(operation).element;
}
std::string_view setting_name(Operation operation) {
  return names_of(operation).setting;
}

std::optional<Operation> operation_from_setting(std::string_view name) {
  const auto* found = std::ranges::find(kNames, name, &Names::setting);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Operation>(found - kNames.begin());
}

std::span<const Service> services() {
  return kServices;
}

const Service* find_service(std::string_view path) {
  const auto same = [path](const Service& service) { return equal_without_case(path, service.path); };
  const auto* found = std::ranges::find_if(kServices, same);
  return found == kServices.end() ? nullptr : found;
}

}  // namespace rms::soap
