// SPDX-License-Identifier: Apache-2.0
//
// SOAP 1.1 envelopes of MS-RMPR, read and written. Dispatch is by page and body-root QName, SOAPAction cross-checked.
// Parsing goes by QName, never by position: order, unknown attributes, re-declared xmlns, comments and encodings of
// real clients are tolerated (reference: rmpr.md appendix B).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "soap/messages.h"
#include "xml/document.h"

namespace rms::soap {

// MS-RMPR notes 41-43, and our own bound on a batch.
inline constexpr std::size_t kMaxLicenseeCerts = 100;
inline constexpr std::size_t kMaxLicenseeCertBytes = 30'720;
inline constexpr std::size_t kMaxIssuanceLicenseBytes = 8 * 1024 * 1024;
inline constexpr std::size_t kMaxApplicationDataBytes = 102'400;
inline constexpr std::size_t kMaxBatchItems = 256;

inline constexpr std::string_view kContentType = "text/xml; charset=utf-8";

// A request that was read. Owns its text; request() views into it. Move-only; views stay valid when it is moved.
class RequestEnvelope {
 public:
  // `bytes`: the HTTP body, UTF-8 or UTF-16. `soap_action`: the header's value, quotes allowed; nullopt if absent (then
  // it is not checked). What is wrong comes as the Fault to answer with: its text says what was expected.
  struct Refused {
    Fault fault;
    Error why;  // for the log: Errc::malformed, Errc::too_large, Errc::unsupported, Errc::denied (SOAPAction mismatch)
  };
  static std::variant<RequestEnvelope, Refused> parse(const Service& service, std::string bytes,
                                                      std::optional<std::string_view> soap_action);

  Operation operation() const { return operation_of(request_); }
  const Request& request() const { return request_; }
  const std::optional<VersionData>& version() const { return version_; }

 private:
  RequestEnvelope(xml::Document document, Request request, std::optional<VersionData> version);
  xml::Document document_;
  Request request_;
  std::optional<VersionData> version_;
};

// The envelope of an answer, UTF-8. A Fault must be answered with HTTP status 500, all else with 200.
// Successful answers carry VersionData 1.0.0.0 - 1.2.0.0; faults carry none, as Windows servers do (MS-RMPR note 3).
// `ns`: of the service that was asked.
std::string write_response(std::string_view ns, const Response& response);

// ---- the client's half

// The envelope of a request; `service.ns` and the operation decide the names.
std::string write_request(const Service& service, const Request& request, const VersionData& version);
// The SOAPAction header for it, without quotes.
std::string soap_action(const Service& service, Operation operation);
// Reads the answer to `operation`, result or fault. Errc::malformed, Errc::too_large.
Result<Response> parse_response(Operation operation, std::string bytes);

// The page that GET shows for a service: HTML titled with its name.
std::string service_page(const Service& service);

}  // namespace rms::soap
