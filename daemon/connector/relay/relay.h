// SPDX-License-Identifier: Apache-2.0
//
// From a request that may be asked to the answer that its caller gets: one question to the cloud, one deadline.
//
//   the service answered          200, or 500 with its fault, verbatim
//   the request was not readable  500 with a fault that says what was expected
//   nobody answered               503 and Retry-After: never a fault, which the caller would take for a decision
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "connector/upstream/cloud_client.h"
#include "net/backoff.h"
#include "soap/envelope.h"

namespace rms::connector {

struct RelayAnswer {
  unsigned http_status = 500;
  std::string content_type{soap::kContentType};
  std::string body;
  std::optional<std::chrono::seconds> retry_after;  // set when nobody answered
  std::string request_id;      // what the service's logs call the question; empty: it was not asked
  std::string outcome;         // for the log: a fault's exception name, an Errc's text; empty when all is well
  std::string missing_grant;   // for the log: which grant of the server would have to reach further; or empty
  std::size_t opened_any = 0;  // items that only the server's open_any allowed
  std::optional<std::chrono::microseconds> upstream;  // how long the cloud took; nullopt: it was not asked
};

// Who asks, for the cloud's log and ours.
struct RelayCaller {
  Identity identity;
  std::string correlation_id;
  std::string user_agent;
  std::string client_address;
};

// Loop thread only. Cloud, clock and log outlive it; `timeout` is the one deadline of a call, queueing included.
// `published_base`: what answers about locations are to name instead of the tenant's URLs,
// "https://connector.contoso.test/_wmcs"; empty for the tenant's.
class Relay {
 public:
  Relay(CloudClient& cloud, const Clock& clock, Log& log, std::chrono::milliseconds timeout,
        std::string published_base = {})
      : cloud_(cloud), clock_(clock), log_(log), timeout_(timeout), published_base_(std::move(published_base)) {}

  // What is asked from now on has this deadline and this base; what is on its way keeps those it began with.
  void use(std::chrono::milliseconds timeout, std::string published_base) {
    timeout_ = timeout;
    published_base_ = std::move(published_base);
  }

  // Always an answer, after `timeout` at the latest. Cancelled: answers as if nobody had answered.
  boost::asio::awaitable<RelayAnswer> ask(const soap::Service& service, const soap::RequestEnvelope& envelope,
                                          RelayCaller caller);

  // The answer to what could not be read.
  static RelayAnswer refuse(const soap::Refused& refused);

 private:
  boost::asio::awaitable<Result<soap::Response>> call(CloudCall call);
  RelayAnswer nobody_answered(const Error& error, std::string_view correlation_id);

  CloudClient& cloud_;
  const Clock& clock_;
  Log& log_;
  std::chrono::milliseconds timeout_;
  std::string published_base_;
  // A server that asks again sooner finds the pool still waiting for its next attempt to connect.
  net::Scatter come_back_{std::chrono::seconds(2), std::chrono::seconds(6)};
  bool refused_by_cloud_ = false;  // and said so in the log
};

}  // namespace rms::connector
