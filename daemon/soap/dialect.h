// SPDX-License-Identifier: Apache-2.0
//
// SOAP 1.1 and SOAP 1.2, and how HTTP says which it is (MS-RMPR 2.1: 1.1 always, 1.2 as well).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rms::soap {

enum class SoapVersion { v1_1, v1_2 };

// The way a request was written. Its answer is written in the same, a refusal too.
struct Dialect {
  std::string_view ns;  // of the service; the one that was asked in where two are taken. Never dies.
  SoapVersion version = SoapVersion::v1_1;
};

// "text/xml; charset=utf-8", "application/soap+xml; charset=utf-8": how answers and the client's half are sent.
std::string_view content_type(SoapVersion version);
inline constexpr std::string_view kContentType = "text/xml; charset=utf-8";  // of SOAP 1.1

// What the head of a request says of its envelope. Empty: nothing is known, the envelope speaks for itself.
struct MediaType {
  std::optional<SoapVersion> version;
  std::optional<std::string> action;  // SOAP 1.2 has it here instead of in a SOAPAction header (RFC 3902)
};

// `type` in lower case, without its parameters; `parameters`: what stands behind its first semicolon, as sent.
// nullopt: neither SOAP 1.1 nor SOAP 1.2, or parameters that leave a doubt what the action is.
std::optional<MediaType> parse_media_type(std::string_view type, std::string_view parameters);

}  // namespace rms::soap
