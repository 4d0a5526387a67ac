// SPDX-License-Identifier: Apache-2.0
//
// A pool and the service it asks, both real, in one process. At the end the pool is stopped and the loop must run out
// of work, with no gauge left above zero.
#pragma once

#include <algorithm>
#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "connector/pool/pool.h"
#include "support/loop.h"
#include "support/record_log.h"
#include "support/test_ca.h"
#include "support/test_cloud.h"

namespace rms::test {

using connector::CloudCall;
using connector::Pool;
using Answer = Result<soap::Response>;

// A call that was begun: its answer once there is one.
struct Asked {
  boost::asio::cancellation_signal cancel;
  std::optional<Answer> answer;
  std::exception_ptr failure;
  SteadyTime ended;
  bool done = false;
};

class PoolTest : public ::testing::Test {
 protected:
  static constexpr std::chrono::seconds kSoon{10};  // no test waits so long unless it fails

  connector::CloudSettings settings() const {
    connector::CloudSettings settings;
    settings.endpoints = {{{"127.0.0.1", cloud.port()}}};
    return settings;
  }
  net::PemFiles pem() const { return pem(client, ca); }
  static net::PemFiles pem(const Credentials& identity, const TestCa& trusted) {
    return *net::read_pem_files(identity.certificate, identity.key, trusted.certificate());
  }

  // Makes a pool and starts it.
  void start(const connector::CloudSettings& how, net::PemFiles files) {
    metrics = std::make_unique<connector::Metrics>(connector::BuildInfo{});
    pool = std::make_unique<Pool>(loop.executor(), how, limits, std::move(files), log, clock, *metrics, "connector-7");
    pool->start();
  }
  // The same, and waits until every connection is ready.
  void start_ready(const connector::CloudSettings& how) {
    start(how, pem());
    wait_until([&] { return ready_slots() == how.connections * how.endpoints.size(); });
  }
  void start_ready() { start_ready(settings()); }

  std::size_t ready_slots() const { return slots_in("ready"); }
  std::size_t slots_in(std::string_view state) const {
    std::size_t count = 0;
    for (const auto& slot : pool->status().slots) count += slot.state == state ? 1 : 0;
    return count;
  }
  bool all_failing() const { return slots_in("failing") == pool->status().slots.size(); }

  // Turns the loop until `condition` holds. Throws, which ends the test, if that takes longer than kSoon.
  template <class Condition>
  void wait_until(Condition condition) {
    if (!loop.run(until(std::ref(condition)))) throw std::runtime_error("waited in vain");
  }

  // A good call: an AcquireLicense with one item.
  CloudCall a_call(std::chrono::milliseconds time = kSoon) const {
    CloudCall call;
    call.identity = {"mail servers", connector::Role::exchange,   "exchange@contoso.test",
                     "S-1-5-21-1",   "dns:exchange.contoso.test", "tls-client-certificate"};
    call.request_id = "11111111-1111-4111-8111-111111111111";
    call.correlation_id = "22222222-2222-4222-8222-222222222222";
    call.user_agent = "MSRPC/1.0";
    call.client_address = "10.1.2.3";
    call.request = &request;
    call.deadline = clock.steady() + time;
    return call;
  }

  // Calls, eight at a time, one after the other, until `enough`. How many failed.
  template <class Enough>
  std::size_t load_until(Enough enough, std::chrono::seconds within = 2 * kSoon) {
    std::size_t failed = 0;
    std::list<Asked*> under_way;
    const SteadyTime limit = clock.steady() + within;
    for (bool more = true; more || !under_way.empty();) {
      more = more && !enough();
      if (clock.steady() > limit) throw std::runtime_error("loaded in vain");
      if (!more && under_way.empty()) break;
      while (more && under_way.size() < 8) under_way.push_back(begin(a_call()));
      wait_until([&] {
        return std::any_of(under_way.begin(), under_way.end(), [](const Asked* asked) { return asked->done; });
      });
      under_way.remove_if([&](const Asked* asked) {
        if (asked->done && !*asked->answer) {
          ++failed;
          ADD_FAILURE() << asked->answer->error().to_string();
        }
        return asked->done;
      });
    }
    return failed;
  }

  // Begins a call; the loop must turn for it to get anywhere.
  // What it returns lives as long as the test: a cancellation signal must outlive what it can cancel.
  Asked* begin(CloudCall call) {
    Asked* const asked = &begun_.emplace_back();
    boost::asio::co_spawn(loop.context(), ask(std::move(call)),
                          boost::asio::bind_cancellation_slot(
                              asked->cancel.slot(), [this, asked](std::exception_ptr e, std::optional<Answer> r) {
                                asked->failure = e;
                                asked->answer = std::move(r);
                                asked->ended = clock.steady();
                                asked->done = true;
                              }));
    return asked;
  }
  // Makes a call and waits for its end.
  Answer call(CloudCall what) {
    const auto asked = begin(std::move(what));
    wait_until([&] { return asked->done; });
    if (asked->failure) std::rethrow_exception(asked->failure);
    return std::move(*asked->answer);
  }
  Answer call() { return call(a_call()); }

  void stop() {
    if (!pool) return;
    loop.run(pool->stop());
    pool.reset();
  }

  void TearDown() override {
    cloud.release();
    stop();
    EXPECT_TRUE(loop.quiet()) << "something is left on the loop";
    if (!metrics) return;
    const std::string text = metrics->render();
    for (const std::string& line : lines_with(text, "in_flight{")) EXPECT_TRUE(line.ends_with(" 0")) << line;
    for (const std::string& line : lines_with(text, "requests_queued ")) EXPECT_TRUE(line.ends_with(" 0")) << line;
  }

  // How many calls were turned away for `reason`.
  double rejected(const std::string& reason) const {
    const auto found = lines_with(metrics->render(), "requests_rejected_total{reason=\"" + reason + "\"}");
    return found.empty() ? -1 : std::stod(found.front().substr(found.front().rfind(' ')));
  }

  // The value of the only sample that has `part` in its name.
  double metric(std::string_view part) const {
    const auto found = lines_with(metrics->render(), part);
    EXPECT_EQ(found.size(), 1u) << part;
    return found.empty() ? -1 : std::stod(found.front().substr(found.front().rfind(' ')));
  }

  // The samples of `text` that have `part` in them.
  static std::vector<std::string> lines_with(const std::string& text, std::string_view part) {
    std::vector<std::string> found;
    for (std::size_t start = 0; start < text.size();) {
      const std::size_t end = std::min(text.find('\n', start), text.size());
      std::string line = text.substr(start, end - start);
      if (line.front() != '#' && line.find(part) != std::string::npos) found.push_back(std::move(line));
      start = end + 1;
    }
    return found;
  }

  TestCa ca;
  Credentials client = ca.client("connector.contoso.test");
  TestCloud cloud{ca.server(), ca.certificate_pem()};
  Loop loop;
  RecordLog log;
  SystemClock clock;
  std::unique_ptr<connector::Metrics> metrics;
  connector::LimitSettings limits;
  soap::Request request =
      soap::AcquireLicenseRequest{{{{"<rac/>"}, {"<publishing licence/>", "<clc/>"}, "<AppData/>"}}};
  std::unique_ptr<Pool> pool;

 private:
  std::list<Asked> begun_;

  boost::asio::awaitable<std::optional<Answer>> ask(CloudCall call) { co_return co_await pool->call(std::move(call)); }

  template <class Condition>
  boost::asio::awaitable<bool> until(std::reference_wrapper<Condition> condition) {
    boost::asio::steady_timer timer(loop.executor());
    for (const SteadyTime limit = clock.steady() + kSoon; clock.steady() < limit;) {
      if (condition()) co_return true;
      timer.expires_after(std::chrono::milliseconds(1));
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
    co_return false;
  }
};

}  // namespace rms::test
