// SPDX-License-Identifier: Apache-2.0
//
// A Kerberos realm without a controller: service keys, and tickets that are sealed for them with the real library, so
// that a test can break one thing of a ticket. The client is the real GSS-API.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace rms::test {

// A key of the service, as a keytab has it.
struct RealmKey {
  std::string principal = "HTTP/connector.contoso.test@CONTOSO.TEST";
  std::uint32_t kvno = 1;
  std::int32_t enctype = 18;  // aes256-cts-hmac-sha1-96
  std::string bytes = std::string(32, 'k');
};

struct TicketRequest {
  std::string client = "EXCH01$@CONTOSO.TEST";
  RealmKey key;                            // what the ticket says of the key, and the key that seals it
  std::optional<std::string> sealed_with;  // another key's bytes
  std::chrono::seconds valid_for{3600};    // from an hour ago on; negative: over
  std::optional<std::string> logon_info;   // for a PAC
  bool pac_of_another_key = false;         // its signature is not the service's
  std::chrono::seconds clock_ahead{0};     // the client's
  std::string channel_binding;             // empty: the client sends none
  bool spnego = true;
};

class TestRealm {
 public:
  TestRealm();
  ~TestRealm();

  // Writes a keytab that holds these keys, 0600.
  static void write_keytab(const std::filesystem::path& file, std::initializer_list<RealmKey> keys);

  // Writes a FILE: credential cache of request.client that holds one ticket, for request.key.principal, 0600.
  static void write_cache(const std::filesystem::path& file, const TicketRequest& request = {});

  // A new caller with a new authenticator: its token, base64. Aborts the test if the library does not make one.
  std::string token(const TicketRequest& request = {});

  // Whether the answer (base64) proves to the last caller that it speaks to who holds the key.
  bool believes(const std::string& answer);

 private:
  struct Caller;
  std::unique_ptr<Caller> caller_;
};

std::string base64(std::string_view bytes);
std::string from_base64(std::string_view text);

}  // namespace rms::test
