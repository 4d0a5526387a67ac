// SPDX-License-Identifier: Apache-2.0
#include "connector/upstream/proxy_client.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/base64.h"
#include "base/file_stamp.h"
#include "connector/upstream/private_door.h"
#include "net/deadline.h"

namespace rms::connector {
namespace asio = boost::asio;
using asio::ip::tcp;
namespace {

constexpr auto as_tuple_awaitable = asio::as_tuple(asio::use_awaitable);
constexpr std::string_view kEndOfHead = "\r\n\r\n";

// "10 s", "250 ms".
std::string in_seconds(std::chrono::milliseconds time) {
  return time.count() % 1000 == 0 ? fmt::format("{} s", time.count() / 1000) : fmt::format("{} ms", time.count());
}

// Whether what has come can still become an HTTP/1 answer.
bool may_be_answer(std::string_view bytes) {
  constexpr std::string_view kBegin = "HTTP/1.";
  const std::size_t size = std::min(bytes.size(), kBegin.size());
  return bytes.substr(0, size) == kBegin.substr(0, size);
}

}  // namespace

// One connection that shows the password. While no proxy has accepted it, the only one.
class ProxyClient::Trial {
 public:
  explicit Trial(ProxyClient& client) : client_(&client) { client.patience_.begun(); }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;
  ~Trial() {
    client_->patience_.ended();
    client_->trial_ended_.cancel();
  }
  void heard(const ConnectAnswer& answer, const ProxyFailure& failure) {
    if (answer.status == 407) {
      client_->patience_.refused(client_->clock_.steady());
      client_->refusal_ = failure.text;
    } else if (failure.outcome == ProxyOutcome::opened || failure.outcome == ProxyOutcome::cloud_away) {
      client_->patience_.accepted();  // others may come from a rule that did not even look at it
    }
  }

 private:
  ProxyClient* client_;
};

ProxyClient::ProxyClient(asio::any_io_executor executor, ProxySettings settings, TicketSource tickets,
                         BlockingDesk& desk, const Clock& clock, Metrics& metrics, ProxyTimeouts timeouts)
    : executor_(std::move(executor)),
      settings_(std::move(settings)),
      tickets_(std::move(tickets)),
      timeouts_(timeouts),
      desk_(desk),
      clock_(clock),
      metrics_(metrics),
      trial_ended_(executor_, SteadyTime::max()) {}

asio::awaitable<ProxyClient::Opened> ProxyClient::open(HostPort target) {
  Opened opened = co_await attempt(target);
  const auto* failure = std::get_if<ProxyFailure>(&opened);
  metrics_.proxy_asked(failure != nullptr ? failure->outcome : ProxyOutcome::opened);
  co_return opened;
}

asio::awaitable<ProxyClient::Opened> ProxyClient::attempt(const HostPort& target) {
  if (auto failure = held_back()) co_return Opened(*std::move(failure));
  auto connected = co_await connect();
  if (auto* failure = std::get_if<ProxyFailure>(&connected)) co_return Opened(std::move(*failure));
  ProxyStream stream{std::get<tcp::socket>(std::move(connected)), {}};

  std::optional<Trial> trial;
  Authorization authorization = co_await authorize(trial);
  if (auto* failure = std::get_if<ProxyFailure>(&authorization)) co_return Opened(std::move(*failure));
  const Secret request = connect_request(target, std::get<Secret>(authorization));

  auto answered = co_await exchange_in_time(stream.socket, request, stream.early);
  if (auto* failure = std::get_if<ProxyFailure>(&answered)) co_return Opened(std::move(*failure));
  const ConnectAnswer& answer = std::get<ConnectAnswer>(answered);
  const bool open = answer.status / 100 == 2;
  ProxyFailure failure = open ? ProxyFailure{ProxyOutcome::opened, {}} : explain(answer, settings_, target);
  if (trial) trial->heard(answer, failure);
  if (open) co_return Opened(std::move(stream));
  co_return Opened(std::move(failure));
}

asio::awaitable<std::variant<tcp::socket, ProxyFailure>> ProxyClient::connect() {
  using Connected = std::variant<tcp::socket, ProxyFailure>;
  const SteadyTime deadline = clock_.steady() + timeouts_.connect;
  const HostPort there{settings_.host, settings_.port};
  const auto addresses = co_await look_up(desk_, there, deadline);
  if (!addresses) {
    const auto outcome =
        addresses.error() == Errc::deadline_exceeded ? ProxyOutcome::timeout : ProxyOutcome::unreachable;
    co_return Connected(ProxyFailure{outcome, fmt::format("cannot find the proxy {} (cloud.proxy.url): {}",
                                                          settings_.host, addresses.error().context)});
  }
  tcp::socket socket(executor_);
  const auto error = co_await net::with_deadline(connect_to(socket, *addresses), deadline);
  if (!error)
    co_return Connected(ProxyFailure{
        ProxyOutcome::timeout,
        fmt::format("the proxy {} did not accept a connection within {}", where(), in_seconds(timeouts_.connect))});
  if (*error)
    co_return Connected(ProxyFailure{ProxyOutcome::unreachable,
                                     fmt::format("cannot connect to the proxy {}: {}", where(), error->message())});
  boost::system::error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  end_when_dead(socket);
  co_return Connected(std::move(socket));
}

asio::awaitable<boost::system::error_code> ProxyClient::connect_to(tcp::socket& socket,
                                                                   const std::vector<tcp::endpoint>& addresses) {
  const auto [error, chosen] = co_await asio::async_connect(socket, addresses, as_tuple_awaitable);
  static_cast<void>(chosen);
  co_return error;
}

asio::awaitable<ProxyClient::Authorization> ProxyClient::authorize(std::optional<Trial>& trial) {
  switch (settings_.authentication) {
    case ProxyAuthentication::none:
      break;
    case ProxyAuthentication::basic: {
      Authorization made = co_await basic(trial);
      co_return made;
    }
    case ProxyAuthentication::negotiate: {
      Authorization made = co_await negotiate();
      co_return made;
    }
  }
  co_return Authorization(Secret());
}

// Whether a password that was refused is not to be shown yet.
std::optional<ProxyFailure> ProxyClient::held_back() {
  if (settings_.authentication != ProxyAuthentication::basic) return std::nullopt;
  const SteadyTime now = clock_.steady();
  if (patience_.choose(stamp_of(settings_.password), now) != PasswordPatience::Choice::refused) return std::nullopt;
  const auto left = std::chrono::ceil<std::chrono::seconds>(patience_.until() - now);
  return ProxyFailure{
      ProxyOutcome::authentication,
      fmt::format("{}; it is not shown again for {} s, or until the file changes, lest the account be locked", refusal_,
                  left.count())};
}

asio::awaitable<ProxyClient::Authorization> ProxyClient::basic(std::optional<Trial>& trial) {
  const SteadyTime deadline = clock_.steady() + timeouts_.answer;
  for (;;) {
    if (auto failure = held_back()) co_return Authorization(*std::move(failure));
    const SteadyTime now = clock_.steady();
    if (patience_.choose(stamp_of(settings_.password), now) == PasswordPatience::Choice::show) break;
    if (now >= deadline)
      co_return Authorization(ProxyFailure{
          ProxyOutcome::timeout, fmt::format("the proxy {} has not said whether it takes the password", where())});
    const auto [woken] = co_await trial_ended_.async_wait(as_tuple_awaitable);
    static_cast<void>(woken);
  }
  auto password = read_password(settings_.password);
  if (!password)
    co_return Authorization(
        ProxyFailure{ProxyOutcome::authentication, "cloud.proxy.password: " + password.error().context});
  trial.emplace(*this);
  Secret both(settings_.user.size() + 1 + password->size());
  auto to = std::ranges::copy(settings_.user, both.bytes().begin()).out;
  *to++ = ':';
  std::ranges::copy(password->bytes(), to);
  constexpr std::string_view kScheme = "Basic ";
  Secret value(kScheme.size() + base64_size(both.size()));
  write_base64(both.text(), std::ranges::copy(kScheme, value.bytes().begin()).out);
  co_return Authorization(std::move(value));
}

asio::awaitable<ProxyClient::Authorization> ProxyClient::negotiate() {
  std::function<Result<std::string>()> question = [tickets = tickets_, host = settings_.host] { return tickets(host); };
  const auto token = co_await desk_.ask<Result<std::string>>(std::move(question), clock_.steady() + timeouts_.ticket);
  if (!token)
    co_return Authorization(
        ProxyFailure{ProxyOutcome::ticket, fmt::format("no Kerberos ticket for HTTP/{} within {}: no KDC answers",
                                                       settings_.host, in_seconds(timeouts_.ticket))});
  if (!*token)
    co_return Authorization(ProxyFailure{
        ProxyOutcome::ticket,
        fmt::format("no Kerberos ticket for the proxy, HTTP/{}: {}", settings_.host, token->error().context)});
  const std::string value = "Negotiate " + **token;
  co_return Authorization(Secret(std::span(reinterpret_cast<const std::uint8_t*>(value.data()), value.size())));
}

asio::awaitable<std::variant<ConnectAnswer, ProxyFailure>> ProxyClient::exchange_in_time(tcp::socket& socket,
                                                                                         const Secret& request,
                                                                                         std::string& early) {
  using Answered = std::variant<ConnectAnswer, ProxyFailure>;
  auto answered = co_await net::with_deadline(exchange(socket, request, early), clock_.steady() + timeouts_.answer);
  if (answered) co_return std::move(*answered);
  co_return Answered(ProxyFailure{ProxyOutcome::timeout, fmt::format("the proxy {} did not answer CONNECT within {}",
                                                                     where(), in_seconds(timeouts_.answer))});
}

asio::awaitable<std::variant<ConnectAnswer, ProxyFailure>> ProxyClient::exchange(tcp::socket& socket,
                                                                                 const Secret& request,
                                                                                 std::string& early) {
  using Answered = std::variant<ConnectAnswer, ProxyFailure>;
  const auto bytes = request.bytes();
  // A proxy may answer, and close, before it has read all: what it said counts, not that it closed.
  const auto [write_error, written] =
      co_await asio::async_write(socket, asio::buffer(bytes.data(), bytes.size()), as_tuple_awaitable);
  static_cast<void>(written);
  static_cast<void>(write_error);
  std::string received;
  std::array<char, 4096> buffer;
  for (;;) {
    if (!may_be_answer(received))
      co_return Answered(ProxyFailure{
          ProxyOutcome::protocol, fmt::format("{} is no HTTP proxy: it says '{}'", where(), shown_start(received))});
    if (const std::size_t end = received.find(kEndOfHead); end != received.npos) {
      const auto answer = parse_connect_answer(std::string_view(received).substr(0, end + 2));
      if (!answer)
        co_return Answered(ProxyFailure{ProxyOutcome::protocol, fmt::format("the proxy {} gave no HTTP answer: '{}'",
                                                                            where(), shown_start(received))});
      received.erase(0, end + kEndOfHead.size());
      if (answer->status / 100 == 1) continue;  // one that only says that another will come
      early = std::move(received);
      co_return Answered(*answer);
    }
    if (received.size() >= kMostAnswerBytes)
      co_return Answered(ProxyFailure{
          ProxyOutcome::protocol,
          fmt::format("the answer of the proxy {} has no end within {} bytes", where(), kMostAnswerBytes)});
    const auto [error, size] = co_await socket.async_read_some(asio::buffer(buffer), as_tuple_awaitable);
    if (error)
      co_return Answered(
          ProxyFailure{ProxyOutcome::unreachable,
                       fmt::format("the proxy {} closed the connection {} CONNECT", where(),
                                   received.empty() ? "without an answer to" : "in the middle of its answer to")});
    received.append(buffer.data(), size);
  }
}

asio::awaitable<Result<std::vector<tcp::endpoint>>> look_up(BlockingDesk& desk, HostPort where, SteadyTime deadline) {
  using Found = Result<std::vector<tcp::endpoint>>;
  boost::system::error_code no_address;
  const auto address = asio::ip::make_address(where.host, no_address);
  if (!no_address) co_return Found(std::vector{tcp::endpoint(address, where.port)});
  std::function<Found()> question = [where] {
    asio::io_context context(1);
    tcp::resolver resolver(context);
    boost::system::error_code error;
    const auto results =
        resolver.resolve(where.host, std::to_string(where.port), tcp::resolver::numeric_service, error);
    if (error) return Found(Error(Errc::unavailable, error.message()));
    std::vector<tcp::endpoint> addresses;
    for (const auto& one : results) addresses.push_back(one.endpoint());
    return Found(std::move(addresses));
  };
  auto found = co_await desk.ask<Found>(std::move(question), deadline);
  if (!found) co_return Found(Error(Errc::deadline_exceeded, "the name servers do not answer"));
  co_return std::move(*found);
}

}  // namespace rms::connector
