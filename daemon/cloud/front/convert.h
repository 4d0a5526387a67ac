// SPDX-License-Identifier: Apache-2.0
//
// Between the messages of proto/rms/v1 and our own values. Values read from a message view into it.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "base/result.h"
#include "cloud/caller.h"
#include "rms/v1/certification.pb.h"
#include "rms/v1/common.pb.h"
#include "rms/v1/licensing.pb.h"
#include "rms/v1/publishing.pb.h"
#include "rms/v1/server.pb.h"
#include "rms/v1/templates.pb.h"
#include "soap/messages.h"

namespace rms::cloud {

// What each kind of message asks for, as its attribution must say: "AcquireLicense".
template <class Request>
constexpr std::string_view operation_of = "";
template <>
inline constexpr std::string_view operation_of<v1::CertifyRequest> = "Certify";
template <>
inline constexpr std::string_view operation_of<v1::PrecertifyRequest> = "Precertify";
template <>
inline constexpr std::string_view operation_of<v1::GetClientLicensorCertRequest> = "GetClientLicensorCert";
template <>
inline constexpr std::string_view operation_of<v1::AcquireIssuanceLicenseRequest> = "AcquireIssuanceLicense";
template <>
inline constexpr std::string_view operation_of<v1::AcquireLicenseRequest> = "AcquireLicense";
template <>
inline constexpr std::string_view operation_of<v1::AcquirePreLicenseRequest> = "AcquirePreLicense";
template <>
inline constexpr std::string_view operation_of<v1::AcquireTemplateInformationRequest> = "AcquireTemplateInformation";
template <>
inline constexpr std::string_view operation_of<v1::AcquireTemplatesRequest> = "AcquireTemplates";
template <>
inline constexpr std::string_view operation_of<v1::GetLicensorCertificateRequest> = "GetLicensorCertificate";
template <>
inline constexpr std::string_view operation_of<v1::FindServiceLocationsRequest> = "FindServiceLocationsForUser";
template <>
inline constexpr std::string_view operation_of<v1::GetServerInfoRequest> = "GetServerInfo";

// Whether a message keeps to the limits of the contract: how many entries, how long texts are. Errc::malformed says
// which field, and what would be right.
Result<void> check(const v1::CertifyRequest& message);
Result<void> check(const v1::PrecertifyRequest& message);
Result<void> check(const v1::GetClientLicensorCertRequest& message);
Result<void> check(const v1::AcquireIssuanceLicenseRequest& message);
Result<void> check(const v1::AcquireLicenseRequest& message);
Result<void> check(const v1::AcquirePreLicenseRequest& message);
Result<void> check(const v1::AcquireTemplateInformationRequest& message);
Result<void> check(const v1::AcquireTemplatesRequest& message);
Result<void> check(const v1::GetLicensorCertificateRequest& message);
Result<void> check(const v1::FindServiceLocationsRequest& message);
Result<void> check(const v1::GetServerInfoRequest& message);

// REQUIRES: checked.
soap::CertifyRequest to_request(const v1::CertifyRequest& message);
soap::PrecertifyRequest to_request(const v1::PrecertifyRequest& message);
soap::GetClientLicensorCertRequest to_request(const v1::GetClientLicensorCertRequest& message);
soap::AcquireIssuanceLicenseRequest to_request(const v1::AcquireIssuanceLicenseRequest& message);
soap::AcquireLicenseRequest to_request(const v1::AcquireLicenseRequest& message);
soap::AcquirePreLicenseRequest to_request(const v1::AcquirePreLicenseRequest& message);
soap::AcquireTemplatesRequest to_request(const v1::AcquireTemplatesRequest& message);
soap::FindServiceLocationsRequest to_request(const v1::FindServiceLocationsRequest& message);
soap::GetServerInfoRequest to_request(const v1::GetServerInfoRequest& message);

void write(const soap::Chain& chain, v1::Chain* message);
void write(const soap::Fault& fault, v1::Fault* message);

// An answer as a whole: what was asked for, or the refusal.
void write(const soap::Chain& chain, v1::CertifyResponse* message);
void write(const soap::PrecertifyResponse& response, v1::PrecertifyResponse* message);
void write(const std::vector<soap::Chain>& chains, v1::GetClientLicensorCertResponse* message);
void write(const soap::Chain& chain, v1::AcquireIssuanceLicenseResponse* message);
void write(const soap::AcquireLicenseResponse& response, v1::AcquireLicenseResponse* message);
void write(const soap::AcquirePreLicenseResponse& response, v1::AcquirePreLicenseResponse* message);
void write(const soap::AcquireTemplateInformationResponse& response, v1::AcquireTemplateInformationResponse* message);
void write(const soap::AcquireTemplatesResponse& response, v1::AcquireTemplatesResponse* message);
void write(const soap::GetLicensorCertificateResponse& response, v1::GetLicensorCertificateResponse* message);
void write(const soap::FindServiceLocationsResponse& response, v1::FindServiceLocationsResponse* message);
void write(const soap::GetServerInfoResponse& response, v1::GetServerInfoResponse* message);

}  // namespace rms::cloud
