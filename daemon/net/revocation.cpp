// SPDX-License-Identifier: Apache-2.0
#include "net/revocation.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "net/x509.h"

namespace rms::net {
namespace {

using Path = std::filesystem::path;
using CrlNumber = std::unique_ptr<ASN1_INTEGER, FreedBy<ASN1_INTEGER_free>>;

std::string hex_of(const ASN1_OCTET_STRING* bytes) {
  std::string hex;
  if (bytes == nullptr) return hex;
  for (int i = 0; i < ASN1_STRING_length(bytes); ++i)
    fmt::format_to(std::back_inserter(hex), "{:02x}", ASN1_STRING_get0_data(bytes)[i]);
  return hex;
}

std::string key_id_of(X509_CRL* crl) {
  const KeyId id(
      static_cast<AUTHORITY_KEYID*>(X509_CRL_get_ext_d2i(crl, NID_authority_key_identifier, nullptr, nullptr)));
  return id ? hex_of(id->keyid) : std::string();
}

std::size_t count_of(X509_CRL* crl) {
  return static_cast<std::size_t>(std::max(0, sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl))));
}

// As CAs publish it.
bool is_der(std::string_view bytes) {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  const X509CrlPtr list(d2i_X509_CRL(nullptr, &at, static_cast<long>(bytes.size())));
  ERR_clear_error();
  return list != nullptr;
}

Result<std::vector<X509CrlPtr>> parse_lists(const Path& path, std::string_view pem) {
  const Bio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::vector<X509CrlPtr> found;
  std::size_t revoked = 0;
  ERR_clear_error();
  while (X509_CRL* next = PEM_read_bio_X509_CRL(in.get(), nullptr, no_passphrase, nullptr)) {
    found.emplace_back(next);
    revoked += count_of(next);
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const std::string why = last_openssl_error();
  if (!at_end) return Error(Errc::malformed, path.string() + ": a CRL in it cannot be read: " + why);
  if (found.empty() && is_der(pem))
    return Error(Errc::malformed, path.string() + ": is a CRL, but not in PEM: openssl crl -inform DER -in " +
                                      path.string() + " -out NEW.pem makes it so");
  if (found.empty()) return Error(Errc::malformed, path.string() + ": holds no PEM CRL");
  if (revoked > kMostRevoked)
    return Error(Errc::too_large, fmt::format("{}: {} revoked certificates, more than the {} that it may have",
                                              path.string(), revoked, kMostRevoked));
  return found;
}

// Whether the list says of itself that it is this CA's: by its name and, if it has one, by the id of its key.
bool names(X509_CRL* crl, const std::string& key_id, X509* authority) {
  if (X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(authority)) != 0) return false;
  const std::string own = hex_of(X509_get0_subject_key_id(authority));
  return key_id.empty() || own.empty() || key_id == own;
}

// What is wrong with one list; empty if nothing is.
std::string problem_of(X509_CRL* crl, const std::string& key_id, const std::vector<X509*>& authorities) {
  if (X509_CRL_get0_nextUpdate(crl) == nullptr) return "does not say when it is out of date (nextUpdate)";
  if (ASN1_TIME_check(X509_CRL_get0_lastUpdate(crl)) != 1 || ASN1_TIME_check(X509_CRL_get0_nextUpdate(crl)) != 1)
    return "has a time that cannot be read";
  if (X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0) return "is a delta CRL; whole ones are needed";
  bool known = false, proven = false;
  for (X509* authority : authorities) {
    if (!names(crl, key_id, authority)) continue;
    known = true;
    proven = proven || X509_CRL_verify(crl, X509_get0_pubkey(authority)) == 1;
  }
  ERR_clear_error();
  return known && !proven ? "is not signed by the CA that it names" : "";
}

// By its number (RFC 5280 5.2.3) if both have one, else by when it was made, and by how long it is good.
bool is_newer(X509_CRL* list, X509_CRL* than) {
  const auto number = [](X509_CRL* crl) {
    return CrlNumber(static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(crl, NID_crl_number, nullptr, nullptr)));
  };
  const CrlNumber own = number(list), other = number(than);
  if (own && other)
    if (const int order = ASN1_INTEGER_cmp(own.get(), other.get()); order != 0) return order > 0;
  const auto times = [](X509_CRL* crl) {
    return std::pair(wall_time(X509_CRL_get0_lastUpdate(crl)), wall_time(X509_CRL_get0_nextUpdate(crl)));
  };
  return times(list) > times(than);
}

}  // namespace

struct RevocationLists::State {
  Path file;
  std::optional<FileStamp> stamp;
  std::vector<X509Ptr> authorities;
  X509StorePtr store;
  std::vector<List> lists;
  std::size_t revoked = 0;
};

RevocationLists::RevocationLists(std::unique_ptr<State> state) : state_(std::move(state)) {}
RevocationLists::RevocationLists(RevocationLists&&) noexcept = default;
RevocationLists& RevocationLists::operator=(RevocationLists&&) noexcept = default;
RevocationLists::~RevocationLists() = default;

Result<RevocationLists> RevocationLists::read(const Path& crl, const Path& client_ca) {
  RMS_TRY(const std::string pem, read_public_file(client_ca, kMostCrlBytes, Errc::too_large));
  RMS_TRY(const auto authorities, parse_certificates(client_ca, pem));
  std::vector<X509*> all;
  for (const X509Ptr& each : authorities) all.push_back(each.get());
  return read_for(crl, std::move(all));
}

Result<RevocationLists> RevocationLists::read_again() const {
  std::vector<X509*> all;
  for (const X509Ptr& each : state_->authorities) all.push_back(each.get());
  RMS_TRY(auto anew, read_for(state_->file, std::move(all)));
  RMS_CHECK(anew.check_not_older(*this));
  return anew;
}

Result<void> RevocationLists::check_not_older(const RevocationLists& in_force) const {
  for (const List& list : lists())
    for (const List& known : in_force.lists())
      if (known.issuer == list.issuer && known.key_id == list.key_id && list.this_update < known.this_update)
        return Error(Errc::malformed, fmt::format("{}: the CRL of {} is older than the one in force",
                                                  state_->file.string(), list.issuer));
  return {};
}

Result<RevocationLists> RevocationLists::read_for(const Path& crl, std::vector<X509*> authorities) {
  auto state = std::make_unique<State>();
  state->file = crl;
  state->stamp = stamp_of(crl);  // before it is read: a change in between shows
  RMS_TRY(const std::string pem, read_public_file(crl, kMostCrlBytes, Errc::too_large));
  RMS_TRY(const auto lists, parse_lists(crl, pem));

  state->store.reset(X509_STORE_new());
  X509_STORE* store = state->store.get();
  bool good = store != nullptr && X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL) == 1;
  for (X509* authority : authorities) {
    good = good && X509_STORE_add_cert(store, authority) == 1 && X509_up_ref(authority) == 1;
    if (good) state->authorities.emplace_back(authority);
  }
  std::vector<X509_CRL*> newest;  // beside state->lists
  for (const X509CrlPtr& list : lists) {
    const std::string issuer = text_of(X509_CRL_get_issuer(list.get())), key_id = key_id_of(list.get());
    if (const std::string problem = problem_of(list.get(), key_id, authorities); !problem.empty())
      return Error(Errc::malformed, fmt::format("{}: the CRL of {} {}", crl.string(), issuer, problem));
    const List said{issuer, key_id, wall_time(X509_CRL_get0_lastUpdate(list.get())),
                    wall_time(X509_CRL_get0_nextUpdate(list.get())), count_of(list.get())};
    const auto same = std::ranges::find_if(
        state->lists, [&](const List& each) { return each.issuer == issuer && each.key_id == key_id; });
    if (same == state->lists.end()) {
      state->lists.push_back(said);
      newest.push_back(list.get());
    } else if (X509_CRL*& known = newest[static_cast<std::size_t>(same - state->lists.begin())];
               is_newer(list.get(), known)) {
      *same = said;
      known = list.get();
    }
  }
  // Only these: OpenSSL would fall back on an older list, which does not know who was revoked since, once the newest is
  // out of date.
  for (std::size_t i = 0; i < newest.size(); ++i) {
    good = good && X509_STORE_add_crl(store, newest[i]) == 1;
    state->revoked += state->lists[i].revoked;
  }
  if (!good) return Error(Errc::malformed, crl.string() + ": OpenSSL refuses it: " + last_openssl_error());
  return RevocationLists(std::move(state));
}

const Path& RevocationLists::file() const {
  return state_->file;
}
const std::optional<FileStamp>& RevocationLists::stamp() const {
  return state_->stamp;
}
const std::vector<RevocationLists::List>& RevocationLists::lists() const {
  return state_->lists;
}
std::vector<std::string> RevocationLists::authorities_without_list() const {
  std::vector<std::string> without;
  for (const X509Ptr& authority : state_->authorities) {
    const std::string name = text_of(X509_get_subject_name(authority.get()));
    const std::string own = hex_of(X509_get0_subject_key_id(authority.get()));
    const auto is_its = [&](const List& list) {
      return list.issuer == name && (list.key_id.empty() || own.empty() || list.key_id == own);
    };
    if (std::ranges::none_of(state_->lists, is_its)) without.push_back(name);
  }
  return without;
}
std::size_t RevocationLists::revoked() const {
  return state_->revoked;
}

void RevocationLists::enforce(boost::asio::ssl::context& context) const {
  SSL_CTX_set1_cert_store(context.native_handle(), state_->store.get());
}

CertificateVerdict RevocationLists::judge(SSL* ssl, WallTime now) const {
  return judge_by(state_->store.get(), ssl, now);
}

}  // namespace rms::net
