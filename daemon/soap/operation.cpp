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
constexpr std::string_view kPublishingNs = "http://microsoft.com/DRM/PublishingService";
constexpr std::string_view kLicensingNs = "http://microsoft.com/DRM/LicensingService";
constexpr std::string_view kTemplatesNs = "http://microsoft.com/DRM/TemplateDistributionService";
// The WSDL of FindServiceLocationsForUser says ServerService (MS-RMPR 6.7); clients ask ServiceLocator.asmx in a
// namespace of its own. Both are taken on each page that has the operation.
constexpr std::string_view kServerNs = "http://microsoft.com/DRM/ServerService";
constexpr std::string_view kLocatorNs = "http://microsoft.com/DRM/ServiceLocatorService";

constexpr std::array kCertification{Operation::certify};
constexpr std::array kPrecertification{Operation::precertify};
constexpr std::array kServer{Operation::get_licensor_certificate, Operation::get_server_info,
                             Operation::find_service_locations_for_user};
constexpr std::array kLocator{Operation::find_service_locations_for_user};
constexpr std::array kPublishing{Operation::get_client_licensor_cert, Operation::acquire_issuance_license};
constexpr std::array kLicensing{Operation::acquire_license, Operation::acquire_pre_license};
constexpr std::array kTemplates{Operation::acquire_template_information, Operation::acquire_templates};

// Titles are the service names of the WSDLs (MS-RMPR 6, MS-RMSI 6). ServerCertification.asmx has no public WSDL:
// its messages are those of Certify (MS-RMPR 3.1.4.2), its title is the one that administrators look for.
// ServiceLocator.asmx has none either.
constexpr std::array kServices{
    Service{kServerCertificationPath, "ServerCertificationWebService", kCertificationNs, kCertification},
    Service{"/_wmcs/certification/certification.asmx", "CertificationWebService", kCertificationNs, kCertification},
    Service{"/_wmcs/certification/Precertification.asmx", "PrecertificationWebService", kCertificationNs,
            kPrecertification},
    Service{"/_wmcs/certification/server.asmx", "Server", kServerNs, kServer, kLocatorNs},
    Service{"/_wmcs/certification/ServiceLocator.asmx", "ServiceLocator", kLocatorNs, kLocator, kServerNs},
    Service{"/_wmcs/licensing/server.asmx", "Server", kServerNs, kServer, kLocatorNs},
    Service{"/_wmcs/licensing/ServiceLocator.asmx", "ServiceLocator", kLocatorNs, kLocator, kServerNs},
    Service{"/_wmcs/licensing/publish.asmx", "Publish", kPublishingNs, kPublishing},
    Service{"/_wmcs/licensing/license.asmx", "License", kLicensingNs, kLicensing},
    Service{"/_wmcs/licensing/templateDistribution.asmx", "TemplateDistributionWebService", kTemplatesNs, kTemplates},
};

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

std::optional<std::string_view> namespace_of(const Service& service, Operation operation, std::string_view ns) {
  if (std::ranges::find(service.operations, operation) == service.operations.end()) return std::nullopt;
  if (ns == service.ns) return service.ns;
  if (operation == Operation::find_service_locations_for_user && ns == service.other_ns) return service.other_ns;
  return std::nullopt;
}

std::string soap_action(std::string_view ns, Operation operation) {
  return std::string(ns).append("/").append(to_string(operation));
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
