// SPDX-License-Identifier: Apache-2.0
#include "soap/schema.h"

#include <array>

namespace rms::soap {
namespace {

using enum Often;

// In the order of Operation.
constexpr std::array<Message, kOperationCount> kMessages{{
    {"requestParams", "CertifyParams", "CertifyResponse"},
    {"RequestParams", "ArrayOfGetClientLicensorCertParams", "ArrayOfGetClientLicensorCertResponse"},
    {"RequestParams", "ArrayOfAcquireLicenseParams", "ArrayOfAcquireLicenseResponse"},
    {"RequestParams", "ArrayOfAcquirePreLicenseParams", "ArrayOfAcquirePreLicenseResponse"},
    {"RequestParams", "ArrayOfAcquireIssuanceLicenseParams", "ArrayOfAcquireIssuanceLicenseResponse"},
    {"", "", "TemplateInformation"},
    {"guids", "ArrayOfString", "ArrayOfGuidTemplate"},
    {"", "", "LicensorCertChain"},
    {"ServiceNames", "ArrayOfServiceLocationRequest", "ArrayOfServiceLocationResponse"},
    {"requests", "ArrayOfServerInfoRequest", kAnything, false},
    {"requestParams", "ArrayOfPrecertifyParams", "ArrayOfPrecertifyResponse"},
}};

constexpr std::array kChildren{
    Child{"VersionData", "MinimumVersion", "xs:string"},
    Child{"VersionData", "MaximumVersion", "xs:string"},
    Child{"ArrayOfXmlNode", "Certificate", kAnything, many},
    Child{"ArrayOfString", "string", "xs:string", many},

    Child{"CertifyParams", "MachineCertificateChain", "ArrayOfXmlNode"},
    Child{"CertifyParams", "Persistent", "xs:boolean", once},
    Child{"CertifyResponse", "CertificateChain", "ArrayOfXmlNode"},
    Child{"CertifyResponse", "Quota", "QuotaResponse"},
    Child{"QuotaResponse", "Verified", "xs:boolean", once},
    Child{"QuotaResponse", "CurrentConsumption", "xs:int", once},
    Child{"QuotaResponse", "Maximum", "xs:int", once},

    Child{"ArrayOfGetClientLicensorCertParams", "GetClientLicensorCertParams", "GetClientLicensorCertParams", many},
    Child{"GetClientLicensorCertParams", "PersonaCerts", "ArrayOfXmlNode"},
    Child{"ArrayOfGetClientLicensorCertResponse", "GetClientLicensorCertResponse", "GetClientLicensorCertResponse",
          many},
    Child{"GetClientLicensorCertResponse", "CertificateChain", "ArrayOfXmlNode"},

    Child{"ArrayOfAcquireLicenseParams", "AcquireLicenseParams", "AcquireLicenseParams", many},
    Child{"AcquireLicenseParams", "LicenseeCerts", "ArrayOfXmlNode"},
    Child{"AcquireLicenseParams", "IssuanceLicense", "ArrayOfXmlNode"},
    Child{"AcquireLicenseParams", "ApplicationData", kAnything},
    Child{"ArrayOfAcquireLicenseResponse", "AcquireLicenseResponse", "AcquireLicenseResponse", many},
    Child{"AcquireLicenseResponse", "CertificateChain", "ArrayOfXmlNode"},
    Child{"AcquireLicenseResponse", "ReferenceCertificates", "ArrayOfXmlNode"},

    Child{"ArrayOfAcquirePreLicenseParams", "AcquirePreLicenseParams", "AcquirePreLicenseParams", many},
    Child{"AcquirePreLicenseParams", "LicenseeIdentities", "ArrayOfString"},
    Child{"AcquirePreLicenseParams", "IssuanceLicense", "ArrayOfXmlNode"},
    Child{"AcquirePreLicenseParams", "ApplicationData", kAnything},
    Child{"ArrayOfAcquirePreLicenseResponse", "AcquirePreLicenseResponse", "AcquirePreLicenseResponse", many},
    Child{"AcquirePreLicenseResponse", "Licenses", "ArrayOfXmlNode"},
    Child{"AcquirePreLicenseResponse", "CertificateChain", "ArrayOfXmlNode"},
    Child{"AcquirePreLicenseResponse", "ReferenceCertificates", "ArrayOfXmlNode"},

    Child{"ArrayOfAcquireIssuanceLicenseParams", "AcquireIssuanceLicenseParams", "AcquireIssuanceLicenseParams", many},
    Child{"AcquireIssuanceLicenseParams", "UnsignedIssuanceLicense", kAnything},
    Child{"ArrayOfAcquireIssuanceLicenseResponse", "AcquireIssuanceLicenseResponse", "AcquireIssuanceLicenseResponse",
          many},
    Child{"AcquireIssuanceLicenseResponse", "CertificateChain", "ArrayOfXmlNode"},

    Child{"TemplateInformation", "ServerPublicKey", "xs:string"},
    Child{"TemplateInformation", "GuidHashCount", "xs:int", once},
    Child{"TemplateInformation", "GuidHash", "GuidHash", many},
    Child{"GuidHash", "Guid", "xs:string"},
    Child{"GuidHash", "Hash", "xs:string"},
    Child{"ArrayOfGuidTemplate", "GuidTemplate", "GuidTemplate", many},
    Child{"GuidTemplate", "Guid", "xs:string"},
    Child{"GuidTemplate", "Hash", "xs:string"},
    Child{"GuidTemplate", "Template", "xs:string"},  // XrML as a text, not as an element

    Child{"LicensorCertChain", "CertificateChain", "ArrayOfXmlNode"},
    Child{"ArrayOfServiceLocationRequest", "ServiceLocationRequest", "ServiceLocationRequest", many},
    Child{"ServiceLocationRequest", "Type", "ServiceType", once},
    Child{"ArrayOfServiceLocationResponse", "ServiceLocationResponse", "ServiceLocationResponse", many},
    Child{"ServiceLocationResponse", "URL", "xs:string"},
    Child{"ServiceLocationResponse", "Type", "ServiceType", once},
    Child{"ArrayOfServerInfoRequest", "ServerInfoRequest", "ServerInfoRequest", many},
    Child{"ServerInfoRequest", "Type", "ServerInfoType", once},
    Child{"ServerInfoRequest", "AdditionalInfo", "xs:string"},

    Child{"ArrayOfPrecertifyParams", "PrecertifyParams", "PrecertifyParams", many},
    Child{"PrecertifyParams", "UserName", "xs:string"},
    Child{"PrecertifyParams", "Identification", "Identification"},
    Child{"Identification", "AuthenticationMode", "AuthenticationMode", once},
    Child{"Identification", "Id", "xs:string"},
    Child{"Identification", "Email", "xs:string"},
    Child{"Identification", "ProxyAddresses", "ArrayOfString"},
    Child{"ArrayOfPrecertifyResponse", "PrecertifyResponse", "PrecertifyResponse", many},
    Child{"PrecertifyResponse", "Certificate", kAnything},
};

// The two kinds of Internal service are in the prose of MS-RMPR 3.7.4.2.4.1 and not in its WSDL; callers ask for them.
constexpr std::array kValues{
    Value{"ServiceType", "EnrollmentService"},
    Value{"ServiceType", "LicensingService"},
    Value{"ServiceType", "PublishingService"},
    Value{"ServiceType", "CertificationService"},
    Value{"ServiceType", "ActivationService"},
    Value{"ServiceType", "PrecertificationService"},
    Value{"ServiceType", "ServerService"},
    Value{"ServiceType", "DrmRemoteDirectoryServices"},
    Value{"ServiceType", "GroupExpansionService"},
    Value{"ServiceType", "LicensingInternalService"},
    Value{"ServiceType", "CertificationInternalService"},
    Value{"ServerInfoType", "VersionInfo"},
    Value{"ServerInfoType", "ServerFeatureInfo"},
    Value{"ServerInfoType", "ServerLicensorCertificate"},
    Value{"ServerInfoType", "ServiceLocations"},
    Value{"AuthenticationMode", "Windows"},
};

}  // namespace

std::span<const Child> children() {
  return kChildren;
}
std::span<const Value> values() {
  return kValues;
}
const Message& message_of(Operation operation) {
  return kMessages[static_cast<std::size_t>(operation)];
}

}  // namespace rms::soap
