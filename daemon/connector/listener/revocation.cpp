// SPDX-License-Identifier: Apache-2.0
#include "connector/listener/revocation.h"

#include <algorithm>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "connector/telemetry/metrics.h"

namespace rms::connector {
namespace {

constexpr auto kSoon = std::chrono::hours(24);

std::string date(WallTime time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

}  // namespace

Revocation::Revocation(net::RevocationLists lists, const Clock& clock, Log& log, Metrics* metrics)
    : lists_(std::move(lists)), stamp_(lists_.stamp()), clock_(clock), log_(log), metrics_(metrics) {
  in_force();
}

void Revocation::guard(boost::asio::ssl::context& context) {
  context_ = &context;
  lists_.enforce(context);
}

std::uint64_t Revocation::look() {
  if (stamp_of(lists_.file()) != stamp_) read_again();
  // A clock that is set back makes young again what had been told of.
  if (const WallTime now = clock_.wall(); now >= next_age_ || now < told_) tell_ages();
  return state_;
}

void Revocation::read_again() {
  stamp_ = stamp_of(lists_.file());  // Whatever becomes of it, it is not tried twice.
  auto read = lists_.read_again();
  if (metrics_) metrics_->crl_read(read.has_value());
  if (!read) {
    log_.event(Level::error, Event::list_failed, "the CRLs have changed and cannot be used; their last state stays",
               {{"file", lists_.file().string()}, {"error", read.error().context}});
    return;
  }
  lists_ = *std::move(read);
  stamp_ = lists_.stamp();
  ++state_;
  if (context_ != nullptr) lists_.enforce(*context_);
  in_force();
}

void Revocation::in_force() {
  log_.info("certificate revocation lists are in force",
            {{"file", lists_.file().string()}, {"lists", lists_.lists().size()}, {"revoked", lists_.revoked()}});
  ages_.assign(lists_.lists().size(), Age::fresh);
  tell_ages();
  if (metrics_)
    metrics_->crl_next_update(
        std::ranges::min(lists_.lists(), {}, &net::RevocationLists::List::next_update).next_update);
}

void Revocation::tell_ages() {
  const WallTime now = clock_.wall();
  told_ = now;
  next_age_ = WallTime::max();
  for (std::size_t i = 0; i < ages_.size(); ++i) {
    const auto& list = lists_.lists()[i];
    const WallTime warned = list.next_update - kSoon;
    const Age age = now >= list.next_update ? Age::outdated : now >= warned ? Age::ends_soon : Age::fresh;
    if (age != Age::outdated) next_age_ = std::min(next_age_, age == Age::fresh ? warned : list.next_update);
    if (age == ages_[i]) continue;
    ages_[i] = age;
    if (age == Age::ends_soon)
      log_.warning(
          "a certificate revocation list is out of date soon: then certificates of its CA are refused",
          {{"file", lists_.file().string()}, {"issuer", list.issuer}, {"next_update", date(list.next_update)}});
    if (age == Age::outdated) {
      ++state_;
      log_.error("a certificate revocation list is out of date: certificates of its CA are refused",
                 {{"file", lists_.file().string()}, {"issuer", list.issuer}, {"next_update", date(list.next_update)}});
    }
  }
}

std::string_view reason_of(net::CertificateVerdict verdict) {
  switch (verdict) {
    case net::CertificateVerdict::good:
      return "";
    case net::CertificateVerdict::untrusted:
      return "certificate_untrusted";
    case net::CertificateVerdict::not_valid_now:
      return "certificate_not_valid_now";
    case net::CertificateVerdict::revoked:
      return "certificate_revoked";
    case net::CertificateVerdict::no_valid_crl:
      return "no_valid_crl";
  }
  return "certificate_untrusted";
}

}  // namespace rms::connector
