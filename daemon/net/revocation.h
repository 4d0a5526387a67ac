// SPDX-License-Identifier: Apache-2.0
//
// Which client certificates are withdrawn: certificate revocation lists (CRLs, RFC 5280) from a file.
//
// Not knowing means no. With lists in force every CA of a client's chain, the trusted one included, must have a list
// among them that is its own, signed by it, and not out of date; if one has not, the certificate is refused
// (CertificateVerdict::no_valid_crl), as it is if it or a CA between is on a list (revoked). So a self-signed client
// certificate, which nobody could revoke, is refused, too. Only whole lists count: no delta CRLs, no indirect ones.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/ssl/context.hpp>

#include "base/clock.h"
#include "base/file_stamp.h"
#include "base/result.h"
#include "net/tls.h"

namespace rms::net {

// Of one file: reading more would hold up the thread that reads it.
inline constexpr std::size_t kMostCrlBytes = 4 * 1024 * 1024, kMostRevoked = 50'000;

// One state of the file, and the CAs that it is about. Moves; one thread.
class RevocationLists {
 public:
  // What one CA says: its newest list, by number and time, if the file has several; the others do not count.
  struct List {
    std::string issuer;    // RFC 2253
    std::string key_id;    // tells two keys of one CA apart; empty if the list does not
    WallTime this_update;  // when it was made
    WallTime next_update;  // from then on it is out of date
    std::size_t revoked;   // how many certificates are on it
  };

  // PEM, one list or several. `client_ca` as for make_mutual_server_context(); lists of other CAs are kept, too: they
  // may stand between.
  // Errc::not_found, Errc::io_error; Errc::too_large: kMostCrlBytes or kMostRevoked; Errc::malformed: there is no list
  // in it, one cannot be read, is a delta, never gets out of date, or is not signed by the CA it names, if that is one
  // of `client_ca`. The context begins with the name of the file that is wrong.
  static Result<RevocationLists> read(const std::filesystem::path& crl, const std::filesystem::path& client_ca);
  // The same file anew, for the same CAs. Errc::malformed, too: a list in it is older than the one of its CA that we
  // have, so who was revoked since would be let in again.
  Result<RevocationLists> read_again() const;
  // That no list of `in_force` is newer than ours of the same CA. Errc::malformed if one is, for the same reason.
  Result<void> check_not_older(const RevocationLists& in_force) const;

  RevocationLists(RevocationLists&&) noexcept;
  RevocationLists& operator=(RevocationLists&&) noexcept;
  ~RevocationLists();

  const std::filesystem::path& file() const;
  // The file's as it was before it was read: whoever finds another one there now should read it again.
  const std::optional<FileStamp>& stamp() const;
  const std::vector<List>& lists() const;
  // CAs of `client_ca` that no list is of: whatever these have signed is refused, for nobody can tell what is revoked.
  std::vector<std::string> authorities_without_list() const;
  std::size_t revoked() const;

  // Handshakes in `context` judge by these lists from now on, the ones that are going on included. The CAs that it
  // trusts become ours.
  void enforce(boost::asio::ssl::context& context) const;

  // What the peer's certificate comes to by these lists at the time `now`: as its handshake would.
  // REQUIRES: the handshake is over, as a server; the peer showed a certificate.
  CertificateVerdict judge(SSL* ssl, WallTime now) const;

 private:
  struct State;
  explicit RevocationLists(std::unique_ptr<State> state);
  static Result<RevocationLists> read_for(const std::filesystem::path& crl, std::vector<X509*> authorities);
  std::unique_ptr<State> state_;
};

}  // namespace rms::net
