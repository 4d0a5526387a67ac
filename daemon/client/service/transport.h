// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rms::client {

// Carries one SOAP envelope to the connector and brings the answer back.
class Transport {
 public:
  virtual ~Transport() = default;
  // The body of a 200 answer, or of a 500 answer that is XML: results and faults alike. Errc::denied: the connector
  // refused this server (401, 403, or our certificate in the handshake). Could not ask: Errc::unavailable,
  // Errc::deadline_exceeded, Errc::overloaded, Errc::cancelled. Errc::untrusted: whoever answered cannot prove to be
  // the connector. Errc::not_found, Errc::too_large, Errc::malformed: it is no connector, or a broken one.
  virtual Result<std::string> post(std::string_view path, std::string_view soap_action, const std::string& body) = 0;
  // By what the connector's logs and its journal call the last of these, as its answer said; empty: it said nothing.
  // May be anything of at most 128 bytes. Errors of post() that an answer led to have it in their text.
  virtual std::string_view correlation_id() const { return {}; }
};

struct HttpsSettings {
  std::string url;                             // "https://rmsconnector.contoso.test"; may have a port and a path
  std::filesystem::path ca, certificate, key;  // PEM. The CA is the only one believed; the key's file must be private.
  bool negotiate = false;  // show the Kerberos ticket of the default cache instead; certificate and key are not read
  std::chrono::milliseconds timeout{30'000};          // for one call, from connecting to the last byte
  std::chrono::milliseconds connect_timeout{10'000};  // of which connecting and the handshake may take this much
  std::size_t response_limit_bytes = 16 * 1024 * 1024;
  std::function<bool()> stop = [] { return false; };  // asked several times a second
};

// HTTPS with mutual TLS 1.2 or newer, or with a Kerberos ticket in each request (HTTP Negotiate; never NTLM); the
// server's name is verified, and nothing switches that off. Follows no redirect and uses no proxy, whatever the
// environment says: licences go to the connector that was named or nowhere. The files are read once, here. One thread.
// Errc::invalid_setting (address; files that are not what they should be or do not fit), Errc::not_found,
// Errc::insecure_file, Errc::io_error (files).
Result<std::unique_ptr<Transport>> make_https_transport(HttpsSettings settings);

}  // namespace rms::client
