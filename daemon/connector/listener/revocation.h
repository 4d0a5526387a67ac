// SPDX-License-Identifier: Apache-2.0
//
// Keeps the lists of withdrawn client certificates up with their file while connections go on.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <boost/asio/ssl/context.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "net/revocation.h"

namespace rms::connector {

class Metrics;

// Loop thread. Looks at the file when it is asked: one stat, and the file is read only if it has changed. A new file
// that cannot be used changes nothing: an error in the log, once (Event::list_failed). A list that gets out of date is
// an error in the log, once, and a warning 24 hours before.
class Revocation {
 public:
  // Clock, log and metrics outlive it; `metrics`: null counts nothing.
  Revocation(net::RevocationLists lists, const Clock& clock, Log& log, Metrics* metrics);

  // Handshakes in `context` are judged by the lists, now and when there are others.
  // REQUIRES: `context` outlives the last look().
  void guard(boost::asio::ssl::context& context);

  // Which state is in force now: another number than before if what was good then must be judged anew. Never 0.
  std::uint64_t look();

  // Those in force.
  const net::RevocationLists& lists() const { return lists_; }
  // Says in log and metrics what is in force: after others were, for a while.
  void in_force();

  // As net::RevocationLists::judge().
  net::CertificateVerdict judge(SSL* ssl) const { return lists_.judge(ssl, clock_.wall()); }

 private:
  enum class Age { fresh, ends_soon, outdated };

  void read_again();
  void tell_ages();

  net::RevocationLists lists_;
  std::optional<FileStamp> stamp_;
  const Clock& clock_;
  Log& log_;
  Metrics* const metrics_;
  boost::asio::ssl::context* context_ = nullptr;
  std::uint64_t state_ = 1;
  std::vector<Age> ages_;  // of lists_.lists(), as last told
  WallTime told_{};        // when that was
  WallTime next_age_{};    // when the next of them changes
};

// Why a certificate is not accepted, as log, journal and answer say it: "certificate_revoked", "no_valid_crl",
// "certificate_not_valid_now", "certificate_untrusted"; empty if it is good. Codes are stable.
std::string_view reason_of(net::CertificateVerdict verdict);

}  // namespace rms::connector
