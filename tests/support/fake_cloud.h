// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "connector/upstream/cloud_client.h"

namespace rms::test {

// A rights service in memory: certifies everybody with a chain of one document, unless it is told to fail, to refuse or
// to be silent. Remembers what it was asked.
class FakeCloud final : public connector::CloudClient {
 public:
  struct Asked {
    connector::CloudCall call;  // its pointers are only good during the call
    soap::Operation operation;
    std::string first_document;
    std::optional<std::string> maximum_version;
  };

  boost::asio::awaitable<Result<soap::Response>> call(connector::CloudCall call) override {
    Asked seen{call, soap::operation_of(*call.request), "", std::nullopt};
    if (const auto* certify = std::get_if<soap::CertifyRequest>(call.request))
      seen.first_document = certify->machine_chain.front();
    if (call.version) seen.maximum_version = call.version->maximum;
    asked.push_back(std::move(seen));
    if (accident) std::rethrow_exception(accident);
    if (silent) {
      boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, call.deadline);
      const auto [error] = co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
      if (error) co_return Error(Errc::cancelled, "nobody waits any more");
      co_return Error(Errc::deadline_exceeded, "the service did not answer in time");
    }
    if (failure) co_return *failure;
    if (answer) co_return *answer;
    co_return soap::Response(soap::CertifyResponse{{"<XrML>certified</XrML>"}});
  }

  std::vector<Asked> asked;
  std::optional<Error> failure;
  std::optional<soap::Response> answer;
  std::exception_ptr accident;  // thrown instead of an answer
  bool silent = false;
};

}  // namespace rms::test
