// SPDX-License-Identifier: Apache-2.0
#include "net/tls.h"

#include <memory>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "net/x509.h"

namespace rms::net {
namespace {

namespace ssl = boost::asio::ssl;
using Path = std::filesystem::path;

constexpr std::size_t kMostPemBytes = 1024 * 1024;

// What Windows Server 2012 R2 offers still fits: its TLS 1.2 has ECDHE with AES-CBC and SHA-2, but no ECDHE with GCM.
constexpr const char* kCiphers12 = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:!SHA1:!aNULL";

Result<Pkey> parse_key(const Path& path, const Secret& pem) {
  auto key = parse_private_key(pem);
  if (!key) return std::move(key).error().in(path.string());
  return key;
}

// The three files, read, parsed and held against each other.
struct Parsed {
  PemFiles files;
  std::vector<X509Ptr> chain, authorities;
  Pkey key;
};

Result<Parsed> read_and_parse(const Path& certificate_chain, const Path& key, const Path& ca) {
  Parsed parsed;
  RMS_TRY(parsed.files.certificate_chain, read_public_file(certificate_chain, kMostPemBytes, Errc::malformed));
  RMS_TRY(parsed.chain, parse_certificates(certificate_chain, parsed.files.certificate_chain));
  RMS_TRY(parsed.files.key, read_secret_file(key));
  RMS_TRY(parsed.key, parse_key(key, parsed.files.key));
  RMS_TRY(parsed.files.ca, read_public_file(ca, kMostPemBytes, Errc::malformed));
  RMS_TRY(parsed.authorities, parse_certificates(ca, parsed.files.ca));
  if (X509_check_private_key(parsed.chain.front().get(), parsed.key.get()) != 1) {
    ERR_clear_error();
    return Error(Errc::wrong_key,
                 key.string() + ": is not the key of the first certificate in " + certificate_chain.string());
  }
  return parsed;
}

void harden(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context, kCiphers12);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
}

constexpr std::size_t kMostSubjectBytes = 440;

void forget(void*, void* text, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<std::string*>(text);
}

// Where a connection keeps what its refused certificate says. OpenSSL forgets the certificate itself.
int refused_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, forget);
  return index;
}

// Decides nothing: what OpenSSL has found stands.
int remember_refused(int good, X509_STORE_CTX* context) {
  auto* connection = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  X509* refused = X509_STORE_CTX_get0_cert(context);
  if (good == 1 || connection == nullptr || refused == nullptr) return good;
  if (SSL_get_ex_data(connection, refused_index()) != nullptr) return good;
  auto text = std::make_unique<std::string>(text_of(X509_get_subject_name(refused)).substr(0, kMostSubjectBytes) +
                                            " sha256:" + fingerprint_of(refused));
  if (SSL_set_ex_data(connection, refused_index(), text.get()) == 1) static_cast<void>(text.release());
  return good;
}

}  // namespace

Result<Pkey> parse_private_key(const Secret& pem) {
  const Bio in(BIO_new_mem_buf(pem.bytes().data(), static_cast<int>(pem.size())));
  ERR_clear_error();
  Pkey key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr));
  if (!key) return Error(Errc::malformed, "holds no PEM private key without a passphrase: " + last_openssl_error());
  return key;
}

Result<ssl::context> make_mutual_server_context(const Path& certificate_chain, const Path& key, const Path& client_ca,
                                                ClientCertificate client) {
  RMS_TRY(const Parsed parsed, read_and_parse(certificate_chain, key, client_ca));

  ssl::context context(ssl::context::tls_server);
  SSL_CTX* native = context.native_handle();
  harden(native);
  const bool required = client == ClientCertificate::required;
  SSL_CTX_set_verify(native, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), remember_refused);
  SSL_CTX_set_purpose(native, X509_PURPOSE_SSL_CLIENT);

  bool good = SSL_CTX_use_certificate(native, parsed.chain.front().get()) == 1 &&
              SSL_CTX_use_PrivateKey(native, parsed.key.get()) == 1;
  for (std::size_t i = 1; good && i < parsed.chain.size(); ++i)
    good = SSL_CTX_add1_chain_cert(native, parsed.chain[i].get()) == 1;
  for (std::size_t i = 0; good && i < parsed.authorities.size(); ++i) {
    good = X509_STORE_add_cert(SSL_CTX_get_cert_store(native), parsed.authorities[i].get()) == 1 &&
           // Schannel picks its certificate by the names that we send here.
           SSL_CTX_add_client_CA(native, parsed.authorities[i].get()) == 1;
  }
  if (!good)
    return Error(Errc::malformed, certificate_chain.string() + ": OpenSSL refuses it: " + last_openssl_error());
  return context;
}

Result<PemFiles> read_pem_files(const Path& certificate_chain, const Path& key, const Path& ca) {
  RMS_TRY(Parsed parsed, read_and_parse(certificate_chain, key, ca));
  return std::move(parsed.files);
}

CertificateVerdict verdict_of(long verify_result) {
  switch (verify_result) {
    case X509_V_OK:
      return CertificateVerdict::good;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return CertificateVerdict::not_valid_now;
    case X509_V_ERR_CERT_REVOKED:
      return CertificateVerdict::revoked;
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE:
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD:
    case X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD:
    case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN:
    case X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION:
    case X509_V_ERR_DIFFERENT_CRL_SCOPE:
    case X509_V_ERR_CRL_PATH_VALIDATION_ERROR:
      return CertificateVerdict::no_valid_crl;
    default:
      return CertificateVerdict::untrusted;
  }
}

CertificateVerdict judge_by(X509_STORE* store, SSL* ssl, WallTime now) {
  const X509Ptr leaf(SSL_get1_peer_certificate(ssl));
  const X509StoreContext context(X509_STORE_CTX_new());
  // What the peer sent, with what its handshake was judged by.
  if (!leaf || !context || X509_STORE_CTX_init(context.get(), store, leaf.get(), SSL_get_peer_cert_chain(ssl)) != 1 ||
      X509_STORE_CTX_set_default(context.get(), "ssl_client") != 1)
    return CertificateVerdict::untrusted;
  X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set1(rules, SSL_get0_param(ssl));
  X509_VERIFY_PARAM_set_auth_level(rules, SSL_get_security_level(ssl));
  X509_STORE_CTX_set_time(context.get(), 0, std::chrono::system_clock::to_time_t(now));
  const bool good = X509_verify_cert(context.get()) == 1;
  const auto verdict = verdict_of(X509_STORE_CTX_get_error(context.get()));
  ERR_clear_error();
  // An error that leaves no verdict (memory) is no good news.
  return good || verdict != CertificateVerdict::good ? verdict : CertificateVerdict::untrusted;
}

CertificateVerdict judge_peer(SSL* ssl, boost::asio::ssl::context& context, WallTime now) {
  return judge_by(SSL_CTX_get_cert_store(context.native_handle()), ssl, now);
}

std::string handshake_failure(SSL* ssl, const boost::system::error_code& error) {
  if (const long verdict = SSL_get_verify_result(ssl); verdict != X509_V_OK)
    return X509_verify_cert_error_string(verdict);
  return error.message();
}

std::string refused_certificate(SSL* ssl) {
  const auto* text = static_cast<const std::string*>(SSL_get_ex_data(ssl, refused_index()));
  return text != nullptr ? *text : std::string();
}

std::string last_openssl_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "no OpenSSL error";
  const char* reason = ERR_reason_error_string(code);
  return reason ? reason : "OpenSSL error " + std::to_string(code);
}

}  // namespace rms::net
