// SPDX-License-Identifier: Apache-2.0
#include "cloud/outcome.h"

#include <array>
#include <cstdlib>
#include <string>

namespace rms::cloud {
namespace {

using namespace soap::exceptions;

struct Row {
  Subject subject;
  Errc errc;
  std::string_view exception;
  std::string_view text;
};

constexpr std::array kRows = {
    Row{Subject::machine_chain, Errc::malformed, kVerifyMachineCertificateChainFailed,
        "The machine certificate chain is not one."},
    Row{Subject::machine_chain, Errc::too_large, kVerifyMachineCertificateChainFailed,
        "The machine certificate chain is too large."},
    Row{Subject::machine_chain, Errc::signature_invalid, kVerifyMachineCertificateChainFailed,
        "A signature in the machine certificate chain is not good."},
    Row{Subject::machine_chain, Errc::untrusted, kVerifyMachineCertificateChainFailed,
        "The certificates of the machine certificate chain did not issue one another."},
    Row{Subject::machine_chain, Errc::not_valid_now, kVerifyMachineCertificateChainFailed,
        "A certificate in the machine certificate chain is outside its validity time."},
    Row{Subject::machine_chain, Errc::unsupported, kUnsupportedCryptographicSet,
        "This service works in cryptographic mode 2: RSA-2048 and SHA-256."},

    Row{Subject::persona, Errc::malformed, kUnexpectedPersonaCert, "A rights account certificate was expected."},
    Row{Subject::persona, Errc::too_large, kUnexpectedPersonaCert,
        "At most 100 account certificates of 30720 bytes are read."},
    Row{Subject::persona, Errc::signature_invalid, kInvalidPersonaCertSignature,
        "The signature of the rights account certificate is not good."},
    Row{Subject::persona, Errc::not_valid_now, kInvalidPersonaCertTime,
        "The rights account certificate is outside its validity time."},
    Row{Subject::persona, Errc::untrusted, kUntrustedPersonaCert,
        "The rights account certificate was not issued by this service."},
    Row{Subject::persona, Errc::denied, kUnexpectedPersonaCert,
        "The rights account certificate is not that of the account that asks."},
    Row{Subject::persona, Errc::unsupported, kUnsupportedCryptographicSet,
        "This service works in cryptographic mode 2: RSA-2048 and SHA-256."},

    Row{Subject::rights_label, Errc::malformed, kArgument, "A publishing license was expected."},
    Row{Subject::rights_label, Errc::too_large, kArgument,
        "The publishing license is larger than 8 MiB or has more parts than are read, or grants the account more than "
        "64 rights."},
    Row{Subject::rights_label, Errc::signature_invalid, kInvalidRightsLabelSignature,
        "A signature of the publishing license or of its issuer is not good."},
    Row{Subject::rights_label, Errc::untrusted, kInvalidRightsLabelSignature,
        "The publishing license was not issued under a licensor certificate of this service."},
    Row{Subject::rights_label, Errc::corrupt, kInvalidRightsLabelSignature,
        "The sealed key or the rights of the publishing license were altered."},
    Row{Subject::rights_label, Errc::not_valid_now, kIssuanceLicenseNotWithinValidTime,
        "The publishing license is outside its validity time."},
    Row{Subject::rights_label, Errc::wrong_key, kRightsLabelNoMatchingIssuedPrincipal,
        "The publishing license is not sealed for this service."},
    Row{Subject::rights_label, Errc::no_rights, kNoRightsForRequestedPrincipal,
        "The publishing license grants the requesting account no right."},
    Row{Subject::rights_label, Errc::unsupported, kUnsupportedCryptographicSet,
        "This service works in cryptographic mode 2: RSA-2048, SHA-256 and AES."},

    Row{Subject::rights_label_server, Errc::untrusted, kRightsLabelNoMatchingIssuedPrincipal,
        "The publishing license was made for another service."},

    // AcquireLicense has no name of its own for it (MS-RMPR 3.4.4.1): the template is a part of the licence.
    Row{Subject::rights_label_template, Errc::signature_invalid, kInvalidRightsLabelSignature,
        "The signature of the official template in the publishing license is not good."},
    Row{Subject::rights_label_template, Errc::untrusted, kInvalidRightsLabelSignature,
        "The official template in the publishing license was not issued by this service."},
    Row{Subject::rights_label_template, Errc::unsupported, kInvalidRightsLabelSignature,
        "The official template in the publishing license is not signed in cryptographic mode 2."},
    Row{Subject::rights_label_template, Errc::not_valid_now, kInvalidRightsLabelSignature,
        "The official template in the publishing license is outside its validity time."},
    Row{Subject::rights_label_template, Errc::not_found, kInvalidRightsLabelSignature,
        "This service has no template like that in the publishing license."},

    Row{Subject::use_license, Errc::too_large, kArgument,
        "A use license cannot hold what the publishing license asks to be copied: 16 policy lists and 256 KiB."},

    Row{Subject::unsigned_license, Errc::malformed, kUnspecifiedError, "An unsigned publishing license was expected."},
    Row{Subject::unsigned_license, Errc::too_large, kUnspecifiedError,
        "The unsigned publishing license is larger than 8 MiB, or has more parts than are read."},
    Row{Subject::unsigned_license, Errc::unsupported, kUnspecifiedError,
        "The unsigned publishing license holds what this service does not know, so it is not signed."},
    Row{Subject::unsigned_license, Errc::corrupt, kUnspecifiedError,
        "The rights in the unsigned publishing license cannot be read with its content key."},
    Row{Subject::unsigned_license, Errc::not_valid_now, kUnspecifiedError,
        "The unsigned publishing license is outside its validity time."},
    Row{Subject::unsigned_license, Errc::denied, kUnspecifiedError,
        "The unsigned publishing license names another owner than the account that asks."},

    Row{Subject::unsigned_license_server, Errc::untrusted, kUnsignedIssuanceLicenseNoMatchingIssuedPrincipal,
        "The unsigned publishing license was made for another service."},

    Row{Subject::unsigned_license_key, Errc::wrong_key, kEnablingBitsHashDoesNotMatch,
        "The content key is not sealed for this service."},
    Row{Subject::unsigned_license_key, Errc::corrupt, kEnablingBitsHashDoesNotMatch,
        "The sealed content key was altered, or belongs to another publishing license."},
    Row{Subject::unsigned_license_key, Errc::malformed, kUnspecifiedError,
        "The unsigned publishing license holds no sealed content key."},
    Row{Subject::unsigned_license_key, Errc::unsupported, kCryptoUnsupportedSymKey,
        "The content key must be one of AES."},

    Row{Subject::rights_template, Errc::malformed, kInvalidOfficialRightsTemplate,
        "The rights are no official template."},
    Row{Subject::rights_template, Errc::signature_invalid, kInvalidOfficialRightsTemplate,
        "The signature of the official template is not good."},
    Row{Subject::rights_template, Errc::untrusted, kInvalidOfficialRightsTemplate,
        "The official template was not issued by this service."},
    Row{Subject::rights_template, Errc::unsupported, kInvalidOfficialRightsTemplate,
        "The official template is not signed in cryptographic mode 2."},
    Row{Subject::rights_template, Errc::not_valid_now, kInvalidOfficialRightsTemplate,
        "The official template is outside its validity time."},
    Row{Subject::rights_template, Errc::not_found, kInvalidOfficialRightsTemplate,
        "This service has no such template."},
    Row{Subject::rights_template, Errc::denied, kInvalidOfficialRightsTemplate,
        "The official template is archived: nothing new is published with it."},
};

// For a defect that no row foresees.
soap::Fault otherwise(Subject subject) {
  const auto fault = [](std::string_view exception, std::string_view text) {
    return soap::Fault{std::string(exception), std::string(text)};
  };
  switch (subject) {
    case Subject::machine_chain:
      return fault(kVerifyMachineCertificateChainFailed, "The machine certificate chain cannot be used.");
    case Subject::persona:
      return fault(kUnexpectedPersonaCert, "The rights account certificate cannot be used.");
    case Subject::rights_label:
      return fault(kArgument, "The publishing license cannot be used.");
    case Subject::rights_label_server:
      return fault(kRightsLabelNoMatchingIssuedPrincipal, "The publishing license cannot be used.");
    case Subject::rights_label_template:
      return fault(kInvalidRightsLabelSignature, "The official template in the publishing license cannot be used.");
    case Subject::use_license:
      return fault(kArgument, "A use license cannot hold what the publishing license asks to be copied.");
    case Subject::unsigned_license:
    case Subject::unsigned_license_key:
      return fault(kUnspecifiedError, "The unsigned publishing license cannot be used.");
    case Subject::unsigned_license_server:
      return fault(kUnsignedIssuanceLicenseNoMatchingIssuedPrincipal,
                   "The unsigned publishing license cannot be used.");
    case Subject::rights_template:
      return fault(kInvalidOfficialRightsTemplate, "The official template cannot be used.");
  }
  std::abort();  // no such subject
}

// Whether somebody looked and decided, as against nobody being able to.
bool was_decided(const Error& error) {
  for (const auto code : {Errc::malformed, Errc::too_large, Errc::unsupported, Errc::signature_invalid, Errc::untrusted,
                          Errc::not_valid_now, Errc::wrong_key, Errc::corrupt, Errc::denied, Errc::no_rights,
                          Errc::not_found, Errc::already_exists})
    if (error == code) return true;
  return false;
}

}  // namespace

Unfulfilled refuse(Subject subject, Error error) {
  for (const auto& row : kRows)
    if (row.subject == subject && error == row.errc)
      return soap::Fault{std::string(row.exception), std::string(row.text)};
  if (was_decided(error)) return otherwise(subject);
  return error;
}

}  // namespace rms::cloud
