// SPDX-License-Identifier: Apache-2.0
//
// Envelopes of MS-RMPR, read and written. Dispatch is by page and body-root QName; actions are cross-checked.
// Parsing goes by QName, never by position: order, unknown attributes, re-declared xmlns, comments and encodings of
// real clients are tolerated.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "soap/dialect.h"
#include "soap/messages.h"
#include "xml/document.h"

namespace rms::soap {

// MS-RMPR 3.4.4.3 and notes 41-43, and our own bounds on what has none there.
inline constexpr std::size_t kMaxLicenseeCerts = 100;
inline constexpr std::size_t kMaxLicenseeCertBytes = 30'720;
inline constexpr std::size_t kMaxIssuanceLicenseBytes = 8 * 1024 * 1024;
inline constexpr std::size_t kMaxApplicationDataBytes = 102'400;
inline constexpr std::size_t kMaxBatchItems = 256;
inline constexpr std::size_t kMaxPersonas = 16;  // of one GetClientLicensorCert; Windows clients send one
inline constexpr std::size_t kMaxPreLicenseIdentities = 1000;
inline constexpr std::size_t kMaxTemplates = 25;
inline constexpr std::size_t kMaxServiceTypes = 32;
inline constexpr std::size_t kMaxServerInfoItems = 32;
inline constexpr std::size_t kMaxProxyAddresses = 64;
inline constexpr std::size_t kMaxStringBytes = 1024;                // each identity, GUID, service type...
inline constexpr std::size_t kMaxTemplateHashes = 10'000;           // of one answer
inline constexpr std::size_t kMaxEnvelopeBytes = 16 * 1024 * 1024;  // as UTF-8

// Who is at fault, to SOAP. MS-RMPR knows the server alone (3.1.4.5); the others are SOAP's own.
enum class FaultCode { server, must_understand, version_mismatch };

// Why a message was not read.
struct Refused {
  Fault fault;  // the answer to the caller; its text says what was expected
  Error why;    // for the log: Errc::malformed, Errc::too_large, Errc::unsupported, Errc::denied (action mismatch)
  FaultCode code = FaultCode::server;
  Dialect dialect{};  // what the caller reads, as far as that could be seen
};

// A request that was read. Owns its text; request() views into it. Move-only; views stay valid when it is moved.
class RequestEnvelope {
 public:
  using Refused = soap::Refused;

  // `bytes`: the HTTP body, UTF-8 or UTF-16. `soap_action`: the header's value, quotes allowed; nullopt if absent (then
  // it is not checked, nor is an empty one). `media`: what the Content-Type says; an envelope of another version than
  // that is refused. Pure: no I/O, any thread.
  static std::variant<RequestEnvelope, Refused> parse(const Service& service, std::string bytes,
                                                      std::optional<std::string_view> soap_action,
                                                      const MediaType& media = {});

  Operation operation() const { return operation_of(request_); }
  const Request& request() const { return request_; }
  const std::optional<VersionData>& version() const { return version_; }  // GetServerInfo has none
  const Dialect& dialect() const { return dialect_; }

 private:
  RequestEnvelope(xml::Document document, Request request, std::optional<VersionData> version, Dialect dialect);
  xml::Document document_;
  Request request_;
  std::optional<VersionData> version_;
  Dialect dialect_;
};

// An answer on the wire.
struct ResponseEnvelope {
  unsigned http_status;           // 500 for a fault, else 200 (SOAP 1.1 section 6.2, SOAP 1.2 part 2 table 20)
  std::string_view content_type;  // of the dialect
  std::string body;               // UTF-8
};

// Writes the answer to a request that came in `dialect` with `version`.
// Successful answers carry VersionData 1.0.0.0 - 1.2.0.0, but GetServerInfo's; faults carry none, as Windows servers do
// (MS-RMPR note 3). An item of a batch that failed is written in its place; a caller that did not say it understands
// batches (a MaximumVersion below 1.1.0.0, or none) gets the failure of its only item as a fault (MS-RMPR 3.4.4.1).
// REQUIRES: documents are well-formed XrML, as service and xrml/ give them; their characters are copied as they are.
ResponseEnvelope write_response(const Dialect& dialect, const Response& response,
                                const std::optional<VersionData>& version);
// The fault for what was not read, in the dialect that it seems to be written in.
ResponseEnvelope write_refusal(const Refused& refused);

// ---- the client's half

// The envelope of a request; `service.ns` and the operation decide the names.
std::string write_request(const Service& service, const Request& request, const VersionData& version,
                          SoapVersion soap_version = SoapVersion::v1_1);
// The SOAPAction header for it, or the action parameter of SOAP 1.2's media type; without quotes.
std::string soap_action(const Service& service, Operation operation);
// Reads the answer to `operation`, result or fault, of either version, under the same limits. Errc::malformed,
// Errc::too_large, Errc::unsupported (a header that must be understood). Pure: no I/O, any thread.
Result<Response> parse_response(Operation operation, std::string bytes);

// The page that GET shows for a service: HTML titled with its name.
std::string service_page(const Service& service);

}  // namespace rms::soap
