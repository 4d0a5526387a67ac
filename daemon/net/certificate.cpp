// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include <openssl/pem.h>

#include "net/tls.h"
#include "net/x509.h"

namespace rms::net {
namespace {

// A name with a NUL inside says one thing to us and another to whoever compares C strings: such names do not exist.
void add_printable(std::vector<std::string>& names, const ASN1_IA5STRING* name) {
  const std::string_view text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name)),
                              static_cast<std::size_t>(ASN1_STRING_length(name)));
  if (!text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; }))
    names.emplace_back(text);
}

PeerCertificate describe(X509* certificate) {
  PeerCertificate peer;
  peer.subject = text_of(X509_get_subject_name(certificate));
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
  PeerCertificate peer = describe(certificate.get());
  // The peer's own comes first, then who signed it, up to the CA that we trust.
  if (STACK_OF(X509)* chain = SSL_get0_verified_chain(ssl); sk_X509_num(chain) > 1)
    peer.issuer_fingerprint = fingerprint_of(sk_X509_value(chain, 1));
  return peer;
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
  const X509Ptr certificate(PEM_read_bio_X509(in.get(), nullptr, no_passphrase, nullptr));
  if (!certificate) return Error(Errc::malformed, "not a PEM certificate: " + last_openssl_error());
  return describe(certificate.get());
}

Result<std::vector<PeerCertificate>> read_certificates_pem(std::string_view pem) {
  RMS_TRY(const auto certificates, parse_certificates("certificates", pem));
  std::vector<PeerCertificate> all;
  for (const X509Ptr& each : certificates) all.push_back(describe(each.get()));
  return all;
}

}  // namespace rms::net
