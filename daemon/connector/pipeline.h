// SPDX-License-Identifier: Apache-2.0
//
// The corridor: a request walks through the rooms from left to right, and leaves one line in the audit journal, if
// there is one, and one in the access log.
//
//   head:  which page?  which method?  who is it (entry)?  may its body be text?     404 405 401/403 415
//   body:  which operation?  granted to this entry?  ask the cloud.                  500 403 200/500/503
//
// A stranger is refused before a byte of its body is read or parsed. No answer leaves before the journal has its line;
// if it cannot have it and must (when_full: refuse), the answer is 503.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "connector/audit/access_log.h"
#include "connector/audit/journal.h"
#include "connector/authorizer/authorizer.h"
#include "connector/listener/http.h"
#include "connector/relay/relay.h"
#include "connector/settings/settings.h"
#include "connector/telemetry/metrics.h"

namespace rms::connector {

// What one entry of servers: has asked since the start.
struct ServerTally {
  std::uint64_t requests = 0, refused = 0;
  std::optional<WallTime> last_request;
};

// Hears of every request that was answered. Loop thread.
class RequestWatch {
 public:
  virtual ~RequestWatch() = default;
  virtual void saw(const AccessRecord& record) = 0;
};

// Loop thread only. All references outlive it. `journal`, `watch`: null for none.
class Pipeline final : public HttpHandler {
 public:
  Pipeline(std::shared_ptr<const Settings> settings, Relay& relay, AccessLog& access_log, Metrics& metrics,
           const Clock& clock, Journal* journal = nullptr, RequestWatch* watch = nullptr);

  boost::asio::awaitable<std::optional<HttpAnswer>> screen(const HttpRequest& request) override;
  boost::asio::awaitable<HttpAnswer> answer(HttpRequest& request) override;
  boost::asio::awaitable<HttpAnswer> turned_away(const HttpRequest& request, HttpAnswer answer) override;

  // Requests that are whole from now on are judged by these settings, those whose heads have been let in already too;
  // what has been judged goes on as it was.
  void use(std::shared_ptr<const Settings> settings);

  // By name of the entry; all of those that are in force.
  const std::map<std::string, ServerTally, std::less<>>& tallies() const { return tallies_; }

 private:
  // The list of servers with the settings that it is of.
  struct Policy {
    explicit Policy(std::shared_ptr<const Settings> of) : settings(std::move(of)), servers(settings) {}
    const std::shared_ptr<const Settings> settings;
    const ServerList servers;
  };
  struct Trace;
  boost::asio::awaitable<HttpAnswer> finish(const HttpRequest& request, Trace trace, HttpAnswer answer);
  std::optional<HttpAnswer> judge_head(const HttpRequest& request, Trace& trace);
  HttpAnswer unauthenticated(const HttpRequest& request, Trace& trace);
  HttpAnswer refuse(const HttpRequest& request, Trace& trace);
  boost::asio::awaitable<HttpAnswer> work_out(HttpRequest& request, Trace& trace, const soap::Service& service);
  boost::asio::awaitable<HttpAnswer> ask(const HttpRequest& request, Trace& trace, const soap::Service& service,
                                         const soap::RequestEnvelope& envelope);

  std::shared_ptr<const Policy> policy_;
  Relay& relay_;
  AccessLog& access_log_;
  Metrics& metrics_;
  const Clock& clock_;
  Journal* const journal_;
  RequestWatch* const watch_;
  std::map<std::string, ServerTally, std::less<>> tallies_;
};

}  // namespace rms::connector
