// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <ctime>

#include <fmt/format.h>
#include <openssl/pem.h>

#include "net/openssl_types.h"
#include "net/tls.h"

namespace rms::net {
namespace {

std::string subject_of(X509* certificate) {
  const Bio out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(std::max(size, 0L))};
}

std::string fingerprint_of(X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  X509_digest(certificate, EVP_sha256(), digest.data(), &size);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) fmt::format_to(std::back_inserter(hex), "{:02x}", digest[i]);
  return hex;
}

// A name with a NUL inside says one thing to us and another to whoever compares C strings: such names do not exist.
void add_printable(std::vector<std::string>& names, const ASN1_IA5STRING* name) {
  const std::string_view text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name)),
                              static_cast<std::size_t>(ASN1_STRING_length(name)));
  if (!text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; }))
    names.emplace_back(text);
}

WallTime wall_time(const ASN1_TIME* time) {
  std::tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  const std::chrono::year_month_day day(std::chrono::year(parts.tm_year + 1900),
                                        std::chrono::month(static_cast<unsigned>(parts.tm_mon + 1)),
                                        std::chrono::day(static_cast<unsigned>(parts.tm_mday)));
  const std::chrono::sys_seconds time_point = std::chrono::sys_days(day) + std::chrono::hours(parts.tm_hour) +
                                              std::chrono::minutes(parts.tm_min) + std::chrono::seconds(parts.tm_sec);
  // "For ever" is written as the end of the year 9999 (RFC 5280 4.1.2.5); WallTime counts nanoseconds, to 2262.
  return std::min<std::chrono::sys_seconds>(time_point, std::chrono::floor<std::chrono::seconds>(WallTime::max()));
}

PeerCertificate describe(X509* certificate) {
  PeerCertificate peer;
  peer.subject = subject_of(certificate);
  peer.fingerprint = fingerprint_of(certificate);
  peer.not_before = wall_time(X509_get0_notBefore(certificate));
  peer.not_after = wall_time(X509_get0_notAfter(certificate));
  const GeneralNames names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) add_printable(peer.dns, name->d.dNSName);
    if (name->type == GEN_URI) add_printable(peer.uris, name->d.uniformResourceIdentifier);
  }
  return peer;
}

}  // namespace

Result<PeerCertificate> peer_certificate(SSL* ssl) {
  const X509Ptr certificate(SSL_get1_peer_certificate(ssl));
  if (!certificate) return Error(Errc::not_found, "the peer showed no certificate");
  return describe(certificate.get());
}

std::string server_end_point_binding(SSL* ssl) {
  X509* own = SSL_get_certificate(ssl);
  int hash = NID_undef;
  if (own == nullptr || X509_get_signature_info(own, &hash, nullptr, nullptr, nullptr) != 1 || hash == NID_undef)
    return {};
  if (hash == NID_md5 || hash == NID_sha1) hash = NID_sha256;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (X509_digest(own, EVP_get_digestbynid(hash), digest.data(), &size) != 1) return {};
  return "tls-server-end-point:" + std::string(reinterpret_cast<const char*>(digest.data()), size);
}

Result<PeerCertificate> read_certificate_pem(std::string_view pem) {
  const Bio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const X509Ptr certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
  if (!certificate) return Error(Errc::malformed, "not a PEM certificate: " + last_openssl_error());
  return describe(certificate.get());
}

}  // namespace rms::net
