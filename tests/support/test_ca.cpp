// SPDX-License-Identifier: Apache-2.0
#include "support/test_ca.h"

#include <stdlib.h>

#include <fstream>
#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace rms::test {
namespace {

template <class T, void (*Free)(T*)>
struct Freed {
  void operator()(T* p) const { Free(p); }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;
using Crl = std::unique_ptr<X509_CRL, Freed<X509_CRL, X509_CRL_free>>;
using Integer = std::unique_ptr<ASN1_INTEGER, Freed<ASN1_INTEGER, ASN1_INTEGER_free>>;
using Time = std::unique_ptr<ASN1_TIME, Freed<ASN1_TIME, ASN1_TIME_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;

void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("test CA: ") + what);
}

template <class Write>
std::string pem(Write write) {
  const std::unique_ptr<BIO, Freed<BIO, BIO_free_all>> bio(BIO_new(BIO_s_mem()));
  require(bio != nullptr && write(bio.get()) == 1, "writing PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  return pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

std::string pem_of(EVP_PKEY* key) {
  return pem([&](BIO* bio) { return PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

Key new_key(KeyKind kind = KeyKind::p256) {
  Key key(kind == KeyKind::p256  ? EVP_EC_gen("P-256")
          : kind == KeyKind::rsa ? EVP_RSA_gen(2048)
                                 : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  require(key != nullptr, "making a key");
  return key;
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION, X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "adding an extension");
}

Certificate new_certificate(const std::string& common_name, EVP_PKEY* key, long serial, std::chrono::seconds starts,
                            std::chrono::seconds ends) {
  Certificate certificate(X509_new());
  require(certificate != nullptr, "making a certificate");
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), starts.count());
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), ends.count());
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.data()),
                             static_cast<int>(common_name.size()), -1, 0);
  return certificate;
}

std::string subject_alternative_names(const CertificateSpec& spec) {
  std::string names;
  const auto add = [&](std::string_view kind, const std::vector<std::string>& values) {
    for (const std::string& value : values) {
      if (!names.empty()) names += ',';
      names.append(kind).append(":").append(value);
    }
  };
  add("DNS", spec.dns);
  add("URI", spec.uris);
  add("IP", spec.ips);
  return names;
}

Time from_now(std::chrono::seconds offset) {
  Time time(X509_gmtime_adj(nullptr, offset.count()));
  require(time != nullptr, "making a time");
  return time;
}

Integer integer(long value) {
  Integer made(ASN1_INTEGER_new());
  require(made && ASN1_INTEGER_set(made.get(), value) == 1, "making a number");
  return made;
}

void revoke(X509_CRL* crl, long serial, const ASN1_TIME* when) {
  X509_REVOKED* entry = X509_REVOKED_new();
  require(entry != nullptr, "making an entry");
  X509_REVOKED_set_serialNumber(entry, integer(serial).get());
  X509_REVOKED_set_revocationDate(entry, const_cast<ASN1_TIME*>(when));
  require(X509_CRL_add0_revoked(crl, entry) == 1, "adding an entry");
}

}  // namespace

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "rms-test-XXXXXX").string();
  require(::mkdtemp(pattern.data()) != nullptr, "making a directory");
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path TempDir::write(std::string_view name, std::string_view content) const {
  const std::filesystem::path file = path_ / name;
  std::ofstream(file, std::ios::binary).write(content.data(), static_cast<std::streamsize>(content.size()));
  std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  return file;
}

struct TestCa::Keys {
  Key key;
  Certificate certificate;
};

TestCa::TestCa(std::string name) : name_(std::move(name)), keys_(std::make_unique<Keys>()) {
  using std::chrono::hours;
  keys_->key = new_key();
  keys_->certificate = new_certificate(name_, keys_->key.get(), 1, -hours(48), hours(48));
  X509* ca = keys_->certificate.get();
  X509_set_issuer_name(ca, X509_get_subject_name(ca));
  add_extension(ca, ca, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(ca, ca, NID_subject_key_identifier, "hash");
  require(X509_sign(ca, keys_->key.get(), EVP_sha256()) > 0, "signing");
  certificate_pem_ = pem_of(ca);
  certificate_ = directory_.write("ca.pem", certificate_pem_);
}

TestCa::TestCa(TestCa& above, std::string name) : name_(std::move(name)), keys_(std::make_unique<Keys>()) {
  using std::chrono::hours;
  own_serial_ = ++above.serial_;
  keys_->key = new_key();
  keys_->certificate = new_certificate(name_, keys_->key.get(), own_serial_, -hours(48), hours(48));
  X509 *own = keys_->certificate.get(), *signer = above.keys_->certificate.get();
  X509_set_issuer_name(own, X509_get_subject_name(signer));
  add_extension(own, signer, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(own, signer, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(own, signer, NID_subject_key_identifier, "hash");
  require(X509_sign(own, above.keys_->key.get(), EVP_sha256()) > 0, "signing");
  certificate_pem_ = pem_of(own);
  chain_pem_ = certificate_pem_ + above.chain_pem_;
  certificate_ = directory_.write("ca.pem", certificate_pem_);
}

TestCa::~TestCa() = default;

std::string TestCa::key_pem() const {
  return pem_of(keys_->key.get());
}

std::string TestCa::crl(const CrlSpec& spec) {
  const Crl made(X509_CRL_new());
  require(made != nullptr, "making a CRL");
  X509_CRL* list = made.get();
  X509_CRL_set_version(list, X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(list, X509_get_subject_name(keys_->certificate.get()));
  X509_CRL_set1_lastUpdate(list, from_now(spec.last_update).get());
  if (spec.ever_outdated) X509_CRL_set1_nextUpdate(list, from_now(spec.next_update).get());
  const Time when = from_now(spec.last_update);
  for (const long serial : spec.revoked) revoke(list, serial, when.get());
  for (std::size_t i = 0; i < spec.others; ++i) revoke(list, 1'000'000 + static_cast<long>(i), when.get());
  require(X509_CRL_add1_ext_i2d(list, NID_crl_number, integer(7).get(), 0, 0) == 1, "numbering a CRL");
  if (spec.delta) require(X509_CRL_add1_ext_i2d(list, NID_delta_crl, integer(6).get(), 1, 0) == 1, "making a delta");
  X509_CRL_sort(list);
  require(X509_CRL_sign(list, keys_->key.get(), EVP_sha256()) > 0, "signing a CRL");
  return pem([&](BIO* bio) { return PEM_write_bio_X509_CRL(bio, list); });
}

Credentials TestCa::issue(const CertificateSpec& spec) {
  const Key key = new_key(spec.key);
  const long serial = ++serial_;
  const Certificate certificate = new_certificate(spec.common_name, key.get(), serial, spec.starts, spec.ends);
  X509* ca = keys_->certificate.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(ca));
  add_extension(certificate.get(), ca, NID_basic_constraints, "critical,CA:FALSE");
  if (spec.purpose != Purpose::none) {
    add_extension(certificate.get(), ca, NID_ext_key_usage,
                  spec.purpose == Purpose::server   ? "serverAuth"
                  : spec.purpose == Purpose::client ? "clientAuth"
                                                    : "serverAuth,clientAuth");
  }
  if (const std::string names = subject_alternative_names(spec); !names.empty())
    add_extension(certificate.get(), ca, NID_subject_alt_name, names);
  require(X509_sign(certificate.get(), keys_->key.get(), EVP_sha256()) > 0, "signing");

  Credentials made{pem_of(certificate.get()) + chain_pem_, pem_of(key.get()), {}, {}, serial};
  made.certificate = directory_.write(std::to_string(serial) + ".pem", made.certificate_pem);
  made.key = directory_.write(std::to_string(serial) + ".key", made.key_pem);
  return made;
}

Credentials TestCa::server() {
  return issue({.common_name = "localhost",
                .dns = {"localhost"},
                .uris = {},
                .ips = {"127.0.0.1", "::1"},
                .purpose = Purpose::server});
}

Credentials TestCa::client(const std::string& dns) {
  return issue({.common_name = dns, .dns = {dns}, .uris = {}, .ips = {}, .purpose = Purpose::client});
}

std::string x25519_key_pem() {
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));
  require(key != nullptr, "making a key");
  return pem_of(key.get());
}

}  // namespace rms::test
