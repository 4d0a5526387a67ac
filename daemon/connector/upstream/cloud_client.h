// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "connector/settings/role.h"
#include "grants/scope.h"
#include "soap/messages.h"

namespace rms::connector {

// On whose behalf we ask, as the authorizer decided it: never anything that the caller's request said.
struct Identity {
  std::string entry;  // Name of the servers: entry that matched.
  Role role = Role::exchange;
  std::string mail;       // The account's address: rights are granted to it.
  std::string sid;        // Windows SID, or empty.
  std::string principal;  // Who authenticated: "dns:exchange.contoso.test".
  std::string mechanism;  // "tls-client-certificate"
  Scope scope{};          // how far its grants reach: what the service enforces
  bool own = false;       // mail was made of the server's name (identity: own)
};

// One question to the cloud. The Request's views must live until the call completes.
struct CloudCall {
  using Answer = soap::Response;

  Identity identity;
  std::string request_id;      // The same for every attempt.
  std::string correlation_id;  // Shared with the caller and both logs.
  std::string user_agent;
  std::string client_address;
  const soap::Request* request = nullptr;      // REQUIRES: not null
  const soap::VersionData* version = nullptr;  // or null
  SteadyTime deadline;                         // Absolute; covers queue, attempts and network.
  // "https://connector.contoso.test/_wmcs": what answers about locations name; empty: the tenant's own URLs.
  std::string published_base;
  bool server_certification = false;  // Certify was asked on ServerCertification.asmx; the usage log tells them apart.
};

// Asks the rights service. Called on the loop thread; completes there.
// A soap::Fault inside the Response is the service's answer. An Error means that nobody answered: Errc::unavailable,
// Errc::deadline_exceeded, Errc::overloaded, Errc::cancelled; that what came is no answer (as many chains as items, no
// empty chain, no nameless fault): Errc::malformed, which says nothing about the caller's request; or that the service
// refused this connector, not the caller: Errc::denied.
// Never completes later than deadline plus what cancelling takes (milliseconds).
class CloudClient {
 public:
  virtual ~CloudClient() = default;
  virtual boost::asio::awaitable<Result<soap::Response>> call(CloudCall call) = 0;
};

}  // namespace rms::connector
