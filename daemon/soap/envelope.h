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
#include <variant>

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
inline constexpr std::size_t kMaxPersonas = 16;  // of one GetClientLicensorCert; Windows clients send one
inline constexpr std::size_t kMaxEnvelopeBytes = 16 * 1024 * 1024;  // as UTF-8

inline constexpr std::string_view kContentType = "text/xml; charset=utf-8";

// Why a message was not read.
struct Refused {
  Fault fault;  // the answer to the caller; its text says what was expected
  Error why;    // for the log: Errc::malformed, Errc::too_large, Errc::unsupported, Errc::denied (SOAPAction mismatch)
};

// A request that was read. Owns its text; request() views into it. Move-only; views stay valid when it is moved.
class RequestEnvelope {
 public:
  using Refused = soap::Refused;

  // `bytes`: the HTTP body, UTF-8 or UTF-16. `soap_action`: the header's value, quotes allowed; nullopt if absent (then
  // it is not checked, nor is an empty one). Pure: no I/O, any thread.
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

// An answer on the wire.
struct ResponseEnvelope {
  unsigned http_status;  // 500 for a fault, else 200 (SOAP 1.1 section 6.2)
  std::string body;      // UTF-8, of kContentType
};

// Writes the answer to a request that came to the service of namespace `ns` with `version`.
// Successful answers carry VersionData 1.0.0.0 - 1.2.0.0; faults carry none, as Windows servers do (MS-RMPR note 3).
// An item of a batch that failed is written in its place; a caller that did not say it understands batches (a
// MaximumVersion below 1.1.0.0, or none) gets the failure of its only item as a fault (MS-RMPR 3.4.4.1).
// REQUIRES: documents are well-formed XrML, as service and xrml/ give them; their characters are copied as they are.
ResponseEnvelope write_response(std::string_view ns, const Response& response,
                                const std::optional<VersionData>& version);

// ---- the client's half

// The envelope of a request; `service.ns` and the operation decide the names.
std::string write_request(const Service& service, const Request& request, const VersionData& version);
// The SOAPAction header for it, without quotes.
std::string soap_action(const Service& service, Operation operation);
// Reads the answer to `operation`, result or fault, under the same limits. Errc::malformed, Errc::too_large,
// Errc::unsupported (SOAP 1.2, a header that must be understood). Pure: no I/O, any thread.
Result<Response> parse_response(Operation operation, std::string bytes);

// The page that GET shows for a service: HTML titled with its name.
std::string service_page(const Service& service);

}  // namespace rms::soap
