// SPDX-License-Identifier: Apache-2.0
//
// A certificate authority that lives as long as a test: real certificates for real TLS, made in milliseconds.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rms::test {

// A directory of its own under the system's temporary directory; removed with everything in it.
class TempDir {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();

  const std::filesystem::path& path() const { return path_; }
  // Writes `content` to `name` in the directory, readable by us only, and returns the whole path.
  std::filesystem::path write(std::string_view name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

enum class Purpose { server, client, both, none };
enum class KeyKind { p256, rsa, ed25519 };

// What goes into a certificate. The defaults are good ones: break one thing in each test.
struct CertificateSpec {
  std::string common_name = "test";
  std::vector<std::string> dns{}, uris{}, ips{};  // SAN
  Purpose purpose = Purpose::both;
  std::chrono::seconds starts{-3600};  // from now
  std::chrono::seconds ends{24 * 3600};
  KeyKind key = KeyKind::p256;
};

// A certificate and its key, as text and as files (the key's mode is 0600).
// Of a CA between, the certificate comes with that CA's behind it, as a client must send it.
struct Credentials {
  std::string certificate_pem, key_pem;
  std::filesystem::path certificate, key;
  long serial = 0;
};

// What goes into a revocation list. The defaults are good ones.
struct CrlSpec {
  std::vector<long> revoked{};              // serial numbers
  std::size_t others = 0;                   // and so many that nobody has
  std::chrono::seconds last_update{-3600};  // from now
  std::chrono::seconds next_update{7 * 24 * 3600};
  bool ever_outdated = true;  // false: it has no nextUpdate
  bool delta = false;
};

// Two authorities never trust each other's certificates, whatever their names. Throws std::runtime_error when OpenSSL
// fails. Any one thread.
class TestCa {
 public:
  explicit TestCa(std::string name = "Test CA");
  // A CA between: `above` signs its certificate.
  TestCa(TestCa& above, std::string name);
  TestCa(const TestCa&) = delete;
  TestCa& operator=(const TestCa&) = delete;
  ~TestCa();

  const std::string& certificate_pem() const { return certificate_pem_; }
  const std::filesystem::path& certificate() const { return certificate_; }
  const TempDir& directory() const { return directory_; }
  std::string key_pem() const;
  long serial() const { return own_serial_; }

  Credentials issue(const CertificateSpec& spec);
  // A server for "localhost", 127.0.0.1 and ::1.
  Credentials server();
  // A revocation list of ours, PEM.
  std::string crl(const CrlSpec& spec = {});
  // A client whose SAN is the DNS name given.
  Credentials client(const std::string& dns);

 private:
  struct Keys;
  std::string name_;
  TempDir directory_;
  std::unique_ptr<Keys> keys_;
  std::string certificate_pem_;
  std::filesystem::path certificate_;
  std::string chain_pem_;  // what stands between our certificates and the root
  long serial_ = 1, own_serial_ = 1;
};

// A private key that agrees on secrets and signs nothing.
std::string x25519_key_pem();

}  // namespace rms::test
