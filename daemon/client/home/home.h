// SPDX-License-Identifier: Apache-2.0
//
// The folder where a machine keeps what bootstrap gave it:
//   machine.key   the machine's RSA key, PEM; what opens everything else
//   machine.xml   its certificate (SPC)
//   account.xml   account certificate chain (RAC, ...); its key is sealed inside for the machine
//   licensor.xml  client licensor certificate chain (CLC, ...); its key is sealed inside for the account
//   root.pub      modulus of the root that every chain must lead to, base64
//   templates/    official templates, each in a file (kept_templates.h)
//   lock          held while the folder is written (alone) or read (together)
// Folder 0700, files 0600; each file is written whole or not at all.
#pragma once

#include <filesystem>
#include <optional>

#include "base/result.h"
#include "client/files/files.h"
#include "client/service/rights_service.h"
#include "xrml/certificates.h"
#include "xrml/chain.h"

namespace rms::client {

// What this machine can prove and do. Move-only.
struct Identity {
  Chain account_chain, licensor_chain;
  xrml::Account account;
  xrml::PrivateKey account_key, licensor_key;
  xrml::TrustAnchors anchors;
};

struct Machine {
  xrml::PrivateKey key;
  xrml::Document certificate;
};

// An opened state folder, locked for as long as it lives. One thread.
// Errors name the file and, where there is one, the cure.
class Home {
 public:
  // For reading, together with others. Errc::not_found: not bootstrapped yet. Errc::io_error: may not be entered.
  static Result<Home> open(const std::filesystem::path& path);
  // For writing, alone; made if it is not there. Waits for others to finish.
  static Result<Home> create(const std::filesystem::path& path);
  // The same for one that is there. Errc as open().
  static Result<Home> change(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }

  // Errc::not_found, Errc::corrupt (damaged; says how to repair), Errc::insecure_file, Errc::untrusted (a chain leads
  // elsewhere than to the pinned root), Errc::not_valid_now (expired: renew).
  Result<Identity> load_identity(xrml::Time now) const;

  Result<std::optional<Machine>> load_machine() const;
  Result<std::optional<xrml::PublicKey>> pinned_root() const;

  // REQUIRES: create().
  Result<void> keep_machine(const Machine& machine);
  Result<void> forget_machine();
  Result<void> pin_root(const xrml::PublicKey& root);
  Result<void> keep_certificates(const Chain& account, const Chain& licensor);

 private:
  static Result<Home> existing(const std::filesystem::path& path, FileLock::Mode mode);
  Home(std::filesystem::path path, FileLock lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  Result<Chain> load_chain(const char* name, xrml::Kind leaf) const;
  std::filesystem::path path_;
  FileLock lock_;
};

}  // namespace rms::client
