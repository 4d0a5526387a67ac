// SPDX-License-Identifier: Apache-2.0
#include "connector/upstream/certificate_probe.h"

#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/deadline.h"
#include "net/shown_chain.h"

namespace rms::connector {
namespace asio = boost::asio;
namespace {

std::string date(WallTime time) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::string listed(const std::vector<std::string>& names) {
  return names.empty() ? "no name" : fmt::format("{}", fmt::join(names, ", "));
}

std::string unknown_issuer(const net::ServerCertificate& shown, std::string_view what, std::string_view proxy) {
  if (shown.problems.other_key)
    return fmt::format(
        "{} says that '{}' has signed it, which cloud.ca has, but with another key: the CA was renewed, or "
        "somebody uses its name",
        what, shown.issuer);
  const std::string who = shown.signed_by_itself ? fmt::format("{} ('{}') is signed by itself", what, shown.subject)
                          : shown.top_issuer == shown.issuer
                              ? fmt::format("{} was issued by '{}', which cloud.ca does not have", what, shown.issuer)
                              : fmt::format("{} was issued by '{}' under '{}', which cloud.ca does not have", what,
                                            shown.issuer, shown.top_issuer);
  // Who intercepts makes a certificate for the very name that was asked for.
  if (shown.problems.wrong_name)
    return fmt::format("{}, and it is for {}: another server answers there", who, listed(shown.names));
  return fmt::format("{}: something between us and the service intercepts TLS{}, or the service has a new CA", who,
                     proxy.empty() ? "" : fmt::format(" (the proxy {} may)", proxy));
}

}  // namespace

std::string words_for(const net::ServerCertificate& shown, std::string_view host, std::string_view proxy,
                      const std::vector<std::string>& pins, WallTime now) {
  const std::string what = fmt::format("the certificate for {}", host);
  const net::CertificateProblems& problems = shown.problems;
  if (problems.unknown_issuer || problems.other_key) return unknown_issuer(shown, what, proxy);
  const bool of_a_ca = shown.untimely_subject != shown.subject;
  const std::string untimely =
      of_a_ca ? fmt::format("{} is signed by the CA '{}', which", what, shown.untimely_subject) : what;
  if (problems.expired)
    return fmt::format("{} expired on {} ({} days ago); our clock says {}", untimely, date(shown.untimely_after),
                       std::chrono::floor<std::chrono::days>(now - shown.untimely_after).count(), date(now));
  if (problems.not_yet_valid)
    return fmt::format("{} is not valid before {}, and our clock says {}: is it right?", untimely,
                       date(shown.untimely_before), date(now));
  if (problems.wrong_name) return fmt::format("{} is for another name: it has {}", what, listed(shown.names));
  if (!problems.other.empty()) return fmt::format("{} cannot be used: {}", what, problems.other);
  if (!pins.empty() && !net::has_pin(shown, pins)) {
    std::vector<std::string> keys;
    for (const auto& key : shown.keys) keys.push_back(fmt::format("{} ({})", net::shown_pin(key.pin), key.subject));
    return fmt::format("{} is good, but no key of its chain is in cloud.pins: it has {}", what, fmt::join(keys, ", "));
  }
  return {};
}

CertificateProbe::CertificateProbe(asio::any_io_executor executor, HostPort endpoint, std::string ca, std::string proxy,
                                   std::vector<std::string> pins, Dial dial, const Clock& clock)
    : executor_(executor),
      endpoint_(std::move(endpoint)),
      ca_(std::move(ca)),
      proxy_(std::move(proxy)),
      pins_(std::move(pins)),
      dial_(std::move(dial)),
      clock_(clock),
      looked_(executor, SteadyTime::max()) {}

asio::awaitable<std::string> CertificateProbe::look() {
  while (looking_) {
    const auto [woken] = co_await looked_.async_wait(asio::as_tuple(asio::use_awaitable));
    static_cast<void>(woken);
  }
  if (last_ && clock_.steady() < *last_ + kAtMostEvery) co_return found_;
  struct Looking {
    explicit Looking(CertificateProbe& p) : probe(p) { probe.looking_ = true; }
    Looking(const Looking&) = delete;
    Looking& operator=(const Looking&) = delete;
    ~Looking() {
      probe.looking_ = false;
      probe.looked_.cancel();
    }
    CertificateProbe& probe;
  };
  const Looking looking(*this);
  last_ = clock_.steady();
  found_.clear();
  auto found = co_await net::with_deadline(look_now(), clock_.steady() + kTimeout);
  if (found && *found) found_ = std::move(**found);
  co_return found_;
}

asio::awaitable<std::optional<std::string>> CertificateProbe::look_now() {
  auto socket = co_await dial_(clock_.steady() + kTimeout);
  if (!socket) co_return std::nullopt;
  const auto chain = co_await net::shown_chain(*socket, endpoint_.host);
  if (!chain) co_return std::nullopt;
  const auto shown = net::judge_server_certificate(*chain, endpoint_.host, ca_);
  if (!shown) co_return std::nullopt;
  co_return words_for(*shown, endpoint_.host, proxy_, pins_, clock_.wall());
}

}  // namespace rms::connector
