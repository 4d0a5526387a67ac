// SPDX-License-Identifier: Apache-2.0
#include "connector/pipeline.h"

#include <exception>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/this_coro.hpp>

#include "base/text.h"
#include "connector/authenticator/authenticator.h"
#include "soap/wsdl.h"

namespace rms::connector {
namespace asio = boost::asio;
namespace {

HttpAnswer plain(int status, std::string text) {
  HttpAnswer answer;
  answer.status = status;
  answer.body = std::move(text);
  return answer;
}

HttpAnswer method_not_allowed() {
  HttpAnswer answer = plain(405, "GET and HEAD show a page, POST asks a question.\n");
  answer.headers.emplace_back("Allow", "GET, HEAD, POST");
  return answer;
}

HttpAnswer page(const soap::Service& service) {
  HttpAnswer answer;
  answer.content_type = "text/html; charset=utf-8";
  answer.body = soap::service_page(service);
  return answer;
}

// For SOAP toolkits. The address in it is the one by which the caller found us, and is good for nothing else.
HttpAnswer description(const soap::Service& service, const HttpRequest& request) {
  if (request.authority.empty()) return plain(400, "A service description needs a Host header that names this host.\n");
  HttpAnswer answer;
  answer.content_type = soap::kWsdlContentType;
  answer.body = soap::wsdl(
      service, fmt::format("{}://{}{}", request.connection->tls ? "https" : "http", request.authority, service.path));
  return answer;
}

HttpAnswer http_answer(RelayAnswer relayed) {
  HttpAnswer answer;
  answer.status = static_cast<int>(relayed.http_status);
  answer.content_type = std::move(relayed.content_type);
  answer.body = std::move(relayed.body);
  if (relayed.retry_after) answer.headers.emplace_back("Retry-After", std::to_string(relayed.retry_after->count()));
  return answer;
}

// What the head says of the envelope; nullopt: a body that is not SOAP, or one that we cannot read.
std::optional<soap::MediaType> media_type(const HttpRequest& request) {
  if (!request.content_encoding.empty() && request.content_encoding != "identity") return std::nullopt;
  return soap::parse_media_type(request.content_type, request.content_type_parameters);
}

HttpAnswer too_many_tokens() {
  HttpAnswer answer = plain(503, "More callers came than can be remembered. Try again later.\n");
  answer.headers.emplace_back("Retry-After", "5");
  return answer;
}

const Refusal* refusal_of(const HttpRequest& request) {
  return request.token ? std::get_if<Refusal>(&*request.token) : nullptr;
}

// What is not on record is not done: for the caller that is as if nobody had been there.
HttpAnswer not_recorded() {
  HttpAnswer answer =
      plain(503, "The connector cannot record this request, so it does not answer it. Try again later.\n");
  answer.headers.emplace_back("Retry-After", "5");
  return answer;
}

std::optional<Rejection> rejection(int status, const HttpRequest& request, const std::optional<Decision>& decision) {
  if (request.over_share) return Rejection::server_share;
  switch (status) {
    case 400:
    case 417:
      return Rejection::bad_request;
    case 401:
      return Rejection::unauthenticated;
    case 403:
      return Rejection::unauthorized;
    case 404:
      return Rejection::not_found;
    case 405:
      return Rejection::method;
    case 408:
      return Rejection::timeout;
    case 413:
      return Rejection::body_too_large;
    case 415:
      return Rejection::media_type;
    case 431:
      return Rejection::header_too_large;
    default:
      // 503 from the listener: nobody got as far as to decide about the caller.
      return status == 503 && !decision ? std::optional(Rejection::overloaded) : std::nullopt;
  }
}

// REQUIRES: `entry` recognized the principal.
Identity identity_of(const ServerEntry& entry, const Principal& principal) {
  auto account = service_account(entry, principal).value();
  return {entry.name,
          entry.role,
          std::move(account.mail),
          std::move(account.sid),
          matched_name(entry, principal),
          principal.mechanism,
          entry.scope,
          entry.identity == IdentityOf::server};
}

}  // namespace

// What is learned of a request on its way.
struct Pipeline::Trace {
  explicit Trace(std::shared_ptr<const Policy> by) : policy(std::move(by)) {}

  std::shared_ptr<const Policy> policy;  // by which it is judged; keeps its entry alive
  std::string_view route;                // the page's path as we write it; empty: none of ours
  std::optional<Decision> decision;
  std::string_view operation;
  std::string request_id, outcome, missing_grant;
  std::size_t opened_any = 0;
  std::uint64_t bytes_in = 0;
  std::optional<std::chrono::microseconds> upstream;
  bool in_hand = false;  // already counted as an active request
};

Pipeline::Pipeline(std::shared_ptr<const Settings> settings, Relay& relay, AccessLog& access_log, Metrics& metrics,
                   const Clock& clock, Journal* journal, RequestWatch* watch)
    : relay_(relay), access_log_(access_log), metrics_(metrics), clock_(clock), journal_(journal), watch_(watch) {
  use(std::move(settings));
}

void Pipeline::use(std::shared_ptr<const Settings> settings) {
  policy_ = std::make_shared<const Policy>(std::move(settings));
  auto before = std::exchange(tallies_, {});
  for (const ServerEntry& entry : policy_->settings->servers) tallies_[entry.name] = before[entry.name];
}

asio::awaitable<std::optional<HttpAnswer>> Pipeline::screen(const HttpRequest& request) {
  Trace trace(policy_);
  auto answer = judge_head(request, trace);
  if (!answer) co_return std::nullopt;
  co_return co_await finish(request, std::move(trace), *std::move(answer));
}

// nullopt: the body is wanted, too.
std::optional<HttpAnswer> Pipeline::judge_head(const HttpRequest& request, Trace& trace) {
  const soap::Service* service = soap::find_service(request.path);
  if (!service) return plain(404, "There is no such page.\n");
  trace.route = service->path;
  // The listener leaves out the body of what HEAD is answered (RFC 9110 9.3.2).
  const bool get = request.method == "GET" || request.method == "HEAD";
  if (!get && request.method != "POST") return method_not_allowed();

  const Principal* principal = request.principal();
  if (principal == nullptr) return unauthenticated(request, trace);
  if (request.token) metrics_.authenticated(kKerberos);
  trace.decision = trace.policy->servers.recognize(*principal);
  if (!trace.decision->allowed()) return refuse(request, trace);
  if (get) {
    metrics_.authorized(Verdict::allowed);
    return equal_without_case(request.query, "wsdl") ? description(*service, request) : page(*service);
  }
  if (!media_type(request))
    return plain(415, "A request is text/xml or application/soap+xml, without a content encoding.\n");
  return std::nullopt;
}

asio::awaitable<HttpAnswer> Pipeline::answer(HttpRequest& request) {
  // screen() has let it in; there may be other settings since.
  const soap::Service& service = *soap::find_service(request.path);
  Trace trace(policy_);
  trace.route = service.path;
  trace.decision = trace.policy->servers.recognize(*request.principal());
  trace.bytes_in = request.body.size();
  trace.in_hand = true;
  metrics_.request_started();

  HttpAnswer answer;
  std::exception_ptr accident;
  try {
    answer = co_await work_out(request, trace, service);
  } catch (...) {
    // The listener answers so; whatever went wrong, the request was one and ends as one.
    accident = std::current_exception();
    trace.outcome = kInternalError;
    answer = plain(500, "Internal error.\n");
  }
  // Also of a caller who has gone: a cancelled coroutine would end at its next await.
  co_await asio::this_coro::throw_if_cancelled(false);
  answer = co_await finish(request, std::move(trace), std::move(answer));
  if (accident) std::rethrow_exception(accident);
  co_return answer;
}

asio::awaitable<HttpAnswer> Pipeline::work_out(HttpRequest& request, Trace& trace, const soap::Service& service) {
  if (!trace.decision->allowed()) co_return refuse(request, trace);
  const auto read = soap::RequestEnvelope::parse(service, std::move(request.body), request.soap_action,
                                                 media_type(request).value_or(soap::MediaType()));
  if (const auto* refused = std::get_if<soap::Refused>(&read)) {
    metrics_.request_rejected(Rejection::bad_request);
    RelayAnswer fault = Relay::refuse(*refused);
    trace.outcome = std::move(fault.outcome);
    co_return http_answer(std::move(fault));
  }
  const auto& envelope = std::get<soap::RequestEnvelope>(read);
  trace.operation = soap::to_string(envelope.operation());
  trace.decision = authorize(*trace.decision->entry, envelope.operation(), clock_.wall());
  if (!trace.decision->allowed()) co_return refuse(request, trace);
  metrics_.authorized(Verdict::allowed);
  co_return co_await ask(request, trace, service, envelope);
}

asio::awaitable<HttpAnswer> Pipeline::ask(const HttpRequest& request, Trace& trace, const soap::Service& service,
                                          const soap::RequestEnvelope& envelope) {
  RelayCaller caller;
  caller.identity = identity_of(*trace.decision->entry, *request.principal());
  caller.correlation_id = request.correlation_id;
  caller.user_agent = request.user_agent;
  caller.client_address = request.connection->address;
  RelayAnswer relayed = co_await relay_.ask(service, envelope, std::move(caller));
  trace.request_id = std::move(relayed.request_id);
  trace.outcome = std::move(relayed.outcome);
  trace.missing_grant = std::move(relayed.missing_grant);
  trace.opened_any = relayed.opened_any;
  if (!trace.missing_grant.empty()) metrics_.grant_missing(trace.missing_grant);
  metrics_.opened_any(trace.opened_any);
  trace.upstream = relayed.upstream;
  co_return http_answer(std::move(relayed));
}

asio::awaitable<HttpAnswer> Pipeline::turned_away(const HttpRequest& request, HttpAnswer answer) {
  Trace trace(policy_);
  if (const soap::Service* service = soap::find_service(request.path)) trace.route = service->path;
  if (request.over_share) trace.outcome = kOverShare;
  if (!request.withdrawn.empty()) {
    metrics_.authentication_failed(kTlsClientCertificate, request.withdrawn);
    trace.outcome = request.withdrawn;
  }
  return finish(request, std::move(trace), std::move(answer));
}

HttpAnswer Pipeline::unauthenticated(const HttpRequest& request, Trace& trace) {
  const Refusal* refusal = refusal_of(request);
  if (refusal != nullptr) {
    metrics_.authentication_failed(kKerberos, refusal->reason);
    trace.outcome = refusal->reason;
    if (refusal->reason == refusals::kOverloaded) return too_many_tokens();
  }
  // Without TLS a certificate would not help.
  const bool tls = request.connection->tls;
  if (!trace.policy->settings->authentication.kerberos) return plain(401, "A client certificate is needed.\n");
  HttpAnswer answer =
      plain(401, tls ? "A Kerberos ticket or a client certificate is needed.\n" : "A Kerberos ticket is needed.\n");
  if (refusal != nullptr)
    answer.body =
        fmt::format("The token was refused: {}. The administrator finds more in the connector's log under {}.\n",
                    refusal->reason, request.correlation_id);
  answer.headers.emplace_back("WWW-Authenticate", "Negotiate");
  return answer;
}

HttpAnswer Pipeline::refuse(const HttpRequest& request, Trace& trace) {
  metrics_.authorized(trace.decision->verdict);
  trace.outcome = trace.decision->reason;
  return plain(403, fmt::format("This server is not authorized here: {}. Its administrator finds more in the "
                                "connector's log under {}.\n",
                                trace.decision->reason, request.correlation_id));
}

asio::awaitable<HttpAnswer> Pipeline::finish(const HttpRequest& request, Trace trace, HttpAnswer answer) {
  AccessRecord record;
  record.correlation_id = request.correlation_id;
  record.request_id = trace.request_id;
  record.peer = request.connection->peer;
  record.tls = request.connection->tls;
  record.withdrawn = !request.withdrawn.empty();
  record.principal = request.principal();
  record.decision = trace.decision;
  if (record.principal != nullptr && trace.decision && trace.decision->entry != nullptr)
    record.name = matched_name(*trace.decision->entry, *record.principal);
  record.method = request.method;
  record.path = request.path;
  record.operation = trace.operation;
  record.user_agent = request.user_agent;
  record.status = answer.status;
  record.outcome = trace.outcome;
  record.missing_grant = trace.missing_grant;
  record.opened_any = trace.opened_any;
  if (const Refusal* refusal = refusal_of(request)) record.refusal_detail = refusal->detail;
  record.bytes_in = trace.bytes_in;
  record.bytes_out = request.method == "HEAD" ? 0 : answer.body.size();
  record.total = std::chrono::duration_cast<std::chrono::microseconds>(clock_.steady() - request.received);
  record.upstream = trace.upstream;
  bool may_leave = true;
  if (journal_ != nullptr) may_leave = co_await journal_->enter(record);
  if (!may_leave) {
    answer = not_recorded();
    record.status = answer.status;
    record.outcome = kNotRecorded;
    record.bytes_out = answer.body.size();
  }

  const auto took = clock_.steady() - request.received;
  record.total = std::chrono::duration_cast<std::chrono::microseconds>(took);
  if (!trace.in_hand) metrics_.request_started();
  metrics_.request_finished(request.method, trace.route, answer.status, took);
  const auto reason = may_leave ? rejection(answer.status, request, trace.decision) : std::nullopt;
  if (reason) metrics_.request_rejected(*reason);
  if (trace.decision && trace.decision->entry) {
    // Its entry may be gone by now.
    if (const auto found = tallies_.find(trace.decision->entry->name); found != tallies_.end()) {
      ServerTally& tally = found->second;
      ++tally.requests;
      tally.refused += trace.decision->allowed() ? 0 : 1;
      tally.last_request = clock_.wall();
    }
  }
  metrics_.request_came(record.tls);
  access_log_.request(record);
  if (watch_ != nullptr) watch_->saw(record);
  co_return answer;
}

}  // namespace rms::connector
