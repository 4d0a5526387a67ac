// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace rms::soap {

// A refusal as MS-RMPR callers know it: a .NET exception name and a sentence (MS-RMPR 3.1.4.5). faultcode is always
// Server; faultstring is "name: text".
struct Fault {
  std::string exception;  // "Microsoft.DigitalRightsManagement.Licensing.NoRightsForRequestedPrincipalException"
  std::string text;       // one sentence for the caller; nothing from inside
  // Which grant of the calling server would have to reach further (grants/scope.h); empty: none would help. For those
  // who administer it: no part of the fault that the caller gets.
  std::string missing_grant{};
  std::string to_string() const;

  friend bool operator==(const Fault&, const Fault&) = default;
};

// Reads "Name", "Name: text", "Name-text", "Name text" back (the grammar of MS-RMPR 3.1.4.5), also behind the words
// that ASP.NET puts before it. Text that starts with no name has an empty `exception`.
Fault parse_fault_string(std::string_view text);

namespace exceptions {
// Names verbatim from MS-RMPR 3.1.4.6, 3.3-3.7.
inline constexpr std::string_view kUnsupportedDataVersion =
    "Microsoft.DigitalRightsManagement.Core.UnsupportedDataVersionException";
inline constexpr std::string_view kMalformedDataVersion =
    "Microsoft.DigitalRightsManagement.Core.MalformedDataVersionException";
inline constexpr std::string_view kArgumentNull = "System.ArgumentNullException";
inline constexpr std::string_view kArgument = "System.ArgumentException";
inline constexpr std::string_view kUnauthorizedAccess = "System.UnauthorizedAccessException";
inline constexpr std::string_view kUnspecifiedError =
    "Microsoft.DigitalRightsManagement.Utilities.UnspecifiedErrorException";
inline constexpr std::string_view kVerifyMachineCertificateChainFailed =
    "Microsoft.DigitalRightsManagement.Core.VerifyMachineCertificateChainFailedException";
inline constexpr std::string_view kUnsupportedCryptographicSet =
    "Microsoft.DigitalRightsManagement.Cryptography.UnsupportedCryptographicSetException";
inline constexpr std::string_view kInvalidPersonaCertSignature =
    "Microsoft.DigitalRightsManagement.Licensing.InvalidPersonaCertSignatureException";
inline constexpr std::string_view kInvalidPersonaCertTime =
    "Microsoft.DigitalRightsManagement.Licensing.InvalidPersonaCertTimeException";
inline constexpr std::string_view kUnexpectedPersonaCert =
    "Microsoft.DigitalRightsManagement.Licensing.UnexpectedPersonaCertException";
inline constexpr std::string_view kUntrustedPersonaCert =
    "Microsoft.DigitalRightsManagement.Licensing.UntrustedPersonaCertException";
inline constexpr std::string_view kNoRightsForRequestedPrincipal =
    "Microsoft.DigitalRightsManagement.Licensing.NoRightsForRequestedPrincipalException";
inline constexpr std::string_view kInvalidRightsLabelSignature =
    "Microsoft.DigitalRightsManagement.Licensing.InvalidRightsLabelSignatureException";
inline constexpr std::string_view kIssuanceLicenseNotWithinValidTime =
    "Microsoft.DigitalRightsManagement.Licensing.IssuanceLicenseIsNotWithinValidTimeRangeException";
inline constexpr std::string_view kRightsLabelNoMatchingIssuedPrincipal =
    "Microsoft.DigitalRightsManagement.Licensing.RightsLabelNoMatchingIssuedPrincipalException";
inline constexpr std::string_view kCredentialCreationTime =
    "Microsoft.DigitalRightsManagement.Licensing.CredentialCreationTimeException";
inline constexpr std::string_view kInvalidOperation = "System.InvalidOperationException";
inline constexpr std::string_view kVerifyEmailAddressFailed =
    "Microsoft.DigitalRightsManagement.Core.VerifyEmailAddressFailedException";
inline constexpr std::string_view kDrmsArgument = "Microsoft.DigitalRightsManagement.Core.DRMSArgumentException";
inline constexpr std::string_view kADEntrySearchFailed =
    "Microsoft.DigitalRightsManagement.Utilities.ADEntrySearchFailedException";
// The specification gives this one without a namespace (MS-RMSI 3.5.4.1).
inline constexpr std::string_view kAcquirePreLicenseInvalidLicensee = "AcquirePreLicenseInvalidLicenseeException";
inline constexpr std::string_view kOnlinePublishingDisabled =
    "Microsoft.DigitalRightsManagement.Licensing.OnlinePublishingDisabledException";
inline constexpr std::string_view kUnsignedIssuanceLicenseNoMatchingIssuedPrincipal =
    "Microsoft.DigitalRightsManagement.Licensing.UnsignedIssuanceLicenseNoMatchingIssuedPrincipalException";
inline constexpr std::string_view kInvalidOfficialRightsTemplate =
    "Microsoft.DigitalRightsManagement.Licensing.InvalidOfficialRightsTemplateException";
inline constexpr std::string_view kCryptoUnsupportedSymKey =
    "Microsoft.DigitalRightsManagement.Cryptography.CryptoUnsupportedSymKeyException";
// The table of MS-RMPR 3.5.4.1 and its prose differ in the namespace; this is the table's.
inline constexpr std::string_view kEnablingBitsHashDoesNotMatch =
    "Microsoft.RightsManagementServices.EnablingBitsHashDoesNotMatchException";
// What ASP.NET calls an envelope that it does not take.
inline constexpr std::string_view kSoap = "System.Web.Services.Protocols.SoapException";
inline constexpr std::string_view kSoapHeader = "System.Web.Services.Protocols.SoapHeaderException";
inline constexpr std::string_view kXmlFormat = "System.Xml.XmlException";
}  // namespace exceptions

}  // namespace rms::soap
