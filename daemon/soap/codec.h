// SPDX-License-Identifier: Apache-2.0
//
// How each message is read and written: one source file for each service, with both directions of its operations side
// by side. Private to this folder.
//
// read() of a request takes the element <Operation>, of a response <OperationResponse>, and fills what is empty.
// write() writes what stands inside them.
#pragma once

#include "soap/messages.h"
#include "soap/reader.h"
#include "soap/writer.h"

namespace rms::soap {

struct Asked {
  std::string_view ns;
  bool batches;  // the caller understands more than one answer (MS-RMPR 3.4.4.1)
};

// What answers may hold: as large as anything that may be asked.
inline constexpr ChainLimits kAnswerLimits{kMaxLicenseeCerts, kMaxIssuanceLicenseBytes, kMaxEnvelopeBytes};
// A chain of at least one document, copied.
Read<Chain> read_answer_chain(const xml::Element& parent, std::string_view ns, std::string_view name);
// The one response that stands in an array of them: {ns}result / {ns}name.
Read<xml::Element> read_only_answer(const xml::Element& response, std::string_view ns, std::string_view result,
                                    std::string_view name);

// The chains that prove who somebody is: SPC, RAC (MS-RMPR notes 42, 43).
inline constexpr ChainLimits kIdentityLimits{kMaxLicenseeCerts, kMaxLicenseeCertBytes,
                                             kMaxLicenseeCerts* kMaxLicenseeCertBytes};

// certification.cpp
Read<void> read(const xml::Element& element, const Asked& asked, CertifyRequest& request);
Read<void> read(const xml::Element& element, const Asked& asked, PrecertifyRequest& request);
Read<void> read(const xml::Element& element, std::string_view ns, CertifyResponse& response);
Read<void> read(const xml::Element& element, std::string_view ns, PrecertifyResponse& response);
void write(Writer& out, const CertifyRequest& request);
void write(Writer& out, const PrecertifyRequest& request);
void write(Writer& out, const CertifyResponse& response);
void write(Writer& out, const PrecertifyResponse& response);

// licensing.cpp
Read<void> read(const xml::Element& element, const Asked& asked, AcquireLicenseRequest& request);
Read<void> read(const xml::Element& element, const Asked& asked, AcquirePreLicenseRequest& request);
Read<void> read(const xml::Element& element, std::string_view ns, AcquireLicenseResponse& response);
Read<void> read(const xml::Element& element, std::string_view ns, AcquirePreLicenseResponse& response);
void write(Writer& out, const AcquireLicenseRequest& request);
void write(Writer& out, const AcquirePreLicenseRequest& request);
void write(Writer& out, const AcquireLicenseResponse& response);
void write(Writer& out, const AcquirePreLicenseResponse& response);

// publishing.cpp
Read<void> read(const xml::Element& element, const Asked& asked, GetClientLicensorCertRequest& request);
Read<void> read(const xml::Element& element, const Asked& asked, AcquireIssuanceLicenseRequest& request);
Read<void> read(const xml::Element& element, std::string_view ns, GetClientLicensorCertResponse& response);
Read<void> read(const xml::Element& element, std::string_view ns, AcquireIssuanceLicenseResponse& response);
void write(Writer& out, const GetClientLicensorCertRequest& request);
void write(Writer& out, const AcquireIssuanceLicenseRequest& request);
void write(Writer& out, const GetClientLicensorCertResponse& response);
void write(Writer& out, const AcquireIssuanceLicenseResponse& response);

// templates.cpp
Read<void> read(const xml::Element& element, const Asked& asked, AcquireTemplateInformationRequest& request);
Read<void> read(const xml::Element& element, const Asked& asked, AcquireTemplatesRequest& request);
Read<void> read(const xml::Element& element, std::string_view ns, AcquireTemplateInformationResponse& response);
Read<void> read(const xml::Element& element, std::string_view ns, AcquireTemplatesResponse& response);
void write(Writer& out, const AcquireTemplateInformationRequest& request);
void write(Writer& out, const AcquireTemplatesRequest& request);
void write(Writer& out, const AcquireTemplateInformationResponse& response);
void write(Writer& out, const AcquireTemplatesResponse& response);

// server.cpp
Read<void> read(const xml::Element& element, const Asked& asked, GetLicensorCertificateRequest& request);
Read<void> read(const xml::Element& element, const Asked& asked, FindServiceLocationsRequest& request);
Read<void> read(const xml::Element& element, const Asked& asked, GetServerInfoRequest& request);
Read<void> read(const xml::Element& element, std::string_view ns, GetLicensorCertificateResponse& response);
Read<void> read(const xml::Element& element, std::string_view ns, FindServiceLocationsResponse& response);
Read<void> read(const xml::Element& element, std::string_view ns, GetServerInfoResponse& response);
void write(Writer& out, const GetLicensorCertificateRequest& request);
void write(Writer& out, const FindServiceLocationsRequest& request);
void write(Writer& out, const GetServerInfoRequest& request);
void write(Writer& out, const GetLicensorCertificateResponse& response);
void write(Writer& out, const FindServiceLocationsResponse& response);
void write(Writer& out, const GetServerInfoResponse& response);

}  // namespace rms::soap
