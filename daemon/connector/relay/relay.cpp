// SPDX-License-Identifier: Apache-2.0
#include "connector/relay/relay.h"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "base/guid.h"

namespace rms::connector {
namespace asio = boost::asio;
namespace {

template <class Answers>
const soap::Fault* first_fault(const Answers& answers) {
  for (const auto& answer : answers)
    if (const auto* fault = std::get_if<soap::Fault>(&answer)) return fault;
  return nullptr;
}

// Why the service refused; of a batch, why it refused the first such item. Null if it did not.
const soap::Fault* refusal_in(const soap::Response& response) {
  if (const auto* fault = std::get_if<soap::Fault>(&response)) return fault;
  if (const auto* batch = std::get_if<soap::AcquireLicenseResponse>(&response)) return first_fault(batch->answers);
  if (const auto* people = std::get_if<soap::AcquirePreLicenseResponse>(&response)) return first_fault(people->answers);
  return nullptr;
}

RelayAnswer relay_answer(soap::ResponseEnvelope written, std::string outcome) {
  RelayAnswer answer;
  answer.http_status = written.http_status;
  answer.content_type = written.content_type;
  answer.body = std::move(written.body);
  answer.outcome = std::move(outcome);
  return answer;
}

}  // namespace

asio::awaitable<RelayAnswer> Relay::ask(const soap::Service& service, const soap::RequestEnvelope& envelope,
                                        RelayCaller caller) {
  const SteadyTime began = clock_.steady();
  CloudCall question;
  question.identity = std::move(caller.identity);
  const std::string request_id = new_guid();
  question.request_id = request_id;
  question.correlation_id = caller.correlation_id;
  question.user_agent = std::move(caller.user_agent);
  question.client_address = std::move(caller.client_address);
  question.request = &envelope.request();
  question.version = envelope.version() ? &*envelope.version() : nullptr;
  question.published_base = published_base_;
  question.server_certification = service.path == soap::kServerCertificationPath;
  question.deadline = began + timeout_;

  const Result<soap::Response> response = co_await call(std::move(question));
  RelayAnswer answer;
  if (response) {
    refused_by_cloud_ = false;
    const soap::Fault* refusal = refusal_in(*response);
    answer = relay_answer(soap::write_response(envelope.dialect(), *response, envelope.version()),
                          refusal != nullptr ? refusal->exception : "");
    if (refusal != nullptr) answer.missing_grant = refusal->missing_grant;
    if (const auto* batch = std::get_if<soap::AcquireLicenseResponse>(&*response))
      answer.opened_any = batch->opened_any;
  } else {
    answer = nobody_answered(response.error(), caller.correlation_id);
  }
  answer.request_id = request_id;
  answer.upstream = std::chrono::duration_cast<std::chrono::microseconds>(clock_.steady() - began);
  co_return answer;
}

asio::awaitable<Result<soap::Response>> Relay::call(CloudCall question) {
  try {
    co_return co_await cloud_.call(std::move(question));
  } catch (const boost::system::system_error& e) {
    if (e.code() != asio::error::operation_aborted) throw;
  }
  co_return Error(Errc::cancelled, "the caller went away, or the connector is stopping");
}

RelayAnswer Relay::nobody_answered(const Error& error, std::string_view correlation_id) {
  if (error == Errc::denied && !refused_by_cloud_) {
    refused_by_cloud_ = true;
    log_.error(
        "the rights service does not accept this connector; register its certificate there with "
        "'rms-cloudctl connector add', or, if it is known there, mend what the error says",
        {{"error", error.to_string()}, {"correlation_id", correlation_id}});
  }
  RelayAnswer answer;
  answer.http_status = 503;
  answer.content_type = "text/plain; charset=utf-8";
  answer.body = "The rights service could not be asked. Try again later.\n";
  answer.retry_after = come_back_.next();
  answer.outcome = error.code.message();
  return answer;
}

RelayAnswer Relay::refuse(const soap::Refused& refused) {
  return relay_answer(soap::write_refusal(refused), refused.why.to_string());
}

}  // namespace rms::connector
