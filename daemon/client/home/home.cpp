// SPDX-License-Identifier: Apache-2.0
#include "client/home/home.h"

#include <system_error>

#include "base/secret.h"

namespace rms::client {
namespace {

constexpr const char* kMachineKey = "machine.key";
constexpr const char* kMachine = "machine.xml";
constexpr const char* kAccount = "account.xml";
constexpr const char* kLicensor = "licensor.xml";
constexpr const char* kRoot = "root.pub";
constexpr const char* kLock = "lock";
constexpr std::size_t kChainLimitBytes = 1024 * 1024;
constexpr std::size_t kRootLimitBytes = 4096;
constexpr std::string_view kCure = "run rms bootstrap --renew";

// A state file that cannot be used as it is: what is wrong, and how to put it right.
Error damaged(const std::filesystem::path& file, const Error& why) {
  return Error(Errc::corrupt, file.string() + " is damaged (" + why.to_string() + "); " + std::string(kCure));
}

bool is_damage(const Error& error) {
  return error == Errc::malformed || error == Errc::unsupported || error == Errc::wrong_key || error == Errc::corrupt ||
         error == Errc::too_large || error == Errc::signature_invalid;
}

// Judges a failure to use `file`: damage gets its cure named, anything else stays what it is.
Error judge(const std::filesystem::path& file, Error why) {
  if (is_damage(why)) return damaged(file, why);
  if (why == Errc::not_valid_now) return std::move(why).in(file.string() + " has expired; " + std::string(kCure));
  return std::move(why).in(file.string());
}

}  // namespace

Result<Home> Home::open(const std::filesystem::path& path) {
  return existing(path, FileLock::Mode::shared);
}

Result<Home> Home::change(const std::filesystem::path& path) {
  return existing(path, FileLock::Mode::exclusive);
}

Result<Home> Home::existing(const std::filesystem::path& path, FileLock::Mode mode) {
  std::error_code error;
  const bool there = std::filesystem::exists(path, error);
  // Whether it is there cannot be told, for one, where a folder above it may not be entered.
  if (error) return Error(Errc::io_error, path.string() + ": cannot be examined: " + error.message());
  if (!there)
    return Error(Errc::not_found, path.string() + ": this machine has no certificates yet; run rms bootstrap");
  RMS_CHECK(make_private_directory(path));  // It exists: this checks whose it is.
  RMS_TRY(auto lock, FileLock::acquire(path / kLock, mode));
  return Home(path, std::move(lock));
}

Result<Home> Home::create(const std::filesystem::path& path) {
  RMS_CHECK(make_private_directory(path));
  RMS_TRY(auto lock, FileLock::acquire(path / kLock, FileLock::Mode::exclusive));
  return Home(path, std::move(lock));
}

Result<Chain> Home::load_chain(const char* name, xrml::Kind leaf) const {
  auto text = read_file(path_ / name, kChainLimitBytes);
  if (!text && text.error() == Errc::not_found)
    return Error(Errc::not_found, path_.string() + ": this machine has no certificates yet; run rms bootstrap");
  if (!text) return judge(path_ / name, std::move(text).error());
  auto chain = xrml::parse_chain(*text);
  if (!chain) return judge(path_ / name, std::move(chain).error());
  auto right = xrml::expect_kind(std::move(*chain), leaf);
  if (!right) return judge(path_ / name, std::move(right).error());
  return std::move(*right);
}

Result<std::optional<Machine>> Home::load_machine() const {
  auto pem = read_secret_file(path_ / kMachineKey);
  if (!pem && pem.error() == Errc::not_found) return std::optional<Machine>();
  if (!pem) return judge(path_ / kMachineKey, std::move(pem).error());
  auto key = xrml::PrivateKey::from_pem(*pem);
  if (!key) return judge(path_ / kMachineKey, std::move(key).error());
  // A key without its certificate is what a bootstrap that was cut short leaves: as good as none.
  std::error_code ignored;
  if (!std::filesystem::exists(path_ / kMachine, ignored)) return std::optional<Machine>();
  RMS_TRY(const Chain chain, load_chain(kMachine, xrml::Kind::machine_certificate));
  if (chain.front().content().principal().key != key->public_key())
    return damaged(path_ / kMachine, Error(Errc::wrong_key, "it is for another key"));
  return std::optional<Machine>(Machine{std::move(*key), chain.front()});
}

Result<std::optional<xrml::PublicKey>> Home::pinned_root() const {
  const auto text = read_file(path_ / kRoot, kRootLimitBytes);
  if (!text && text.error() == Errc::not_found) return std::optional<xrml::PublicKey>();
  if (!text) return text.error();
  const auto modulus = xrml::from_base64(*text);
  const auto key = modulus ? xrml::PublicKey::from_modulus_le(*modulus) : Result<xrml::PublicKey>(modulus.error());
  // Never repaired by trusting somebody else: that is for the administrator to decide.
  if (!key)
    return Error(Errc::corrupt, (path_ / kRoot).string() + " is damaged (" + key.error().to_string() +
                                    "); remove it and run rms bootstrap --renew --root FILE");
  return std::optional<xrml::PublicKey>(*key);
}

Result<Identity> Home::load_identity(xrml::Time now) const {
  RMS_TRY(auto machine, load_machine());
  RMS_TRY(auto root, pinned_root());
  if (!machine || !root)
    return Error(Errc::not_found, path_.string() + ": this machine has no certificates yet; run rms bootstrap");
  RMS_TRY(Chain account, load_chain(kAccount, xrml::Kind::rights_account_certificate));
  RMS_TRY(Chain licensor, load_chain(kLicensor, xrml::Kind::client_licensor_certificate));

  xrml::TrustAnchors anchors{{std::move(*root)}};
  if (auto good = xrml::verify_chain(account, anchors, now); !good)
    return judge(path_ / kAccount, std::move(good).error());
  if (auto good = xrml::verify_chain(licensor, anchors, now); !good)
    return judge(path_ / kLicensor, std::move(good).error());
  auto account_key = xrml::open_rights_account(account.front(), machine->key);
  if (!account_key) return judge(path_ / kAccount, std::move(account_key).error());
  auto licensor_key = xrml::open_client_licensor(licensor.front(), *account_key);
  if (!licensor_key) return judge(path_ / kLicensor, std::move(licensor_key).error());

  xrml::Account who = xrml::account_of(account.front());
  return Identity{std::move(account),      std::move(licensor),      std::move(who),
                  std::move(*account_key), std::move(*licensor_key), std::move(anchors)};
}

Result<void> Home::keep_machine(const Machine& machine) {
  RMS_CHECK(forget_machine());
  RMS_CHECK(create_secret_file(path_ / kMachineKey, machine.key.to_pem().text()));
  return replace_file(path_ / kMachine, machine.certificate.text());
}

Result<void> Home::forget_machine() {
  // The certificate first: a key without one counts as none.
  for (const char* name : {kMachine, kMachineKey}) {
    std::error_code error;
    std::filesystem::remove(path_ / name, error);
    if (error) return Error(Errc::io_error, (path_ / name).string() + ": cannot remove: " + error.message());
  }
  return {};
}

Result<void> Home::pin_root(const xrml::PublicKey& root) {
  return replace_file(path_ / kRoot, xrml::base64(root.modulus_le()) + "\n");
}

Result<void> Home::keep_certificates(const Chain& account, const Chain& licensor) {
  RMS_CHECK(replace_file(path_ / kAccount, xrml::join_chain(account)));
  return replace_file(path_ / kLicensor, xrml::join_chain(licensor));
}

}  // namespace rms::client
