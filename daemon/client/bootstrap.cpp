// SPDX-License-Identifier: Apache-2.0
#include "client/bootstrap.h"

#include "base/guid.h"

namespace rms::client {
namespace {

// Microsoft's chains end with a certificate of the root's, ours with the root's own; both name the root as the issuer.
Result<xrml::PublicKey> root_of(const Chain& chain) {
  const auto& issuer = chain.back().content().issuer;
  if (!issuer || !issuer->key) return Error(Errc::malformed, "the chain does not say who issued its last certificate");
  return *issuer->key;
}

Bootstrapped describe(const Chain& account, const xrml::PublicKey& root, bool fresh) {
  return {xrml::account_of(account.front()), account.front().content().validity.until, root.fingerprint(), fresh};
}

// The machine that is there, or a new one. A damaged one is made anew only on demand: what it could open is lost then,
// the account certificate to begin with.
Result<Machine> machine_of(Home& home, bool renew, xrml::Time now) {
  auto found = home.load_machine();
  if (!found && !(renew && found.error() == Errc::corrupt)) return std::move(found).error();
  if (found && *found) return std::move(**found);
  RMS_TRY(auto key, xrml::PrivateKey::generate());
  RMS_TRY(auto certificate, xrml::issue_machine_certificate(key, new_guid(), now));
  Machine machine{std::move(key), std::move(certificate)};
  RMS_CHECK(home.keep_machine(machine));
  return machine;
}

Result<xrml::PublicKey> root_to_trust(const std::optional<xrml::PublicKey>& pinned,
                                      const std::optional<xrml::PublicKey>& told, const Home& home,
                                      const Chain& account) {
  if (pinned && told && *pinned != *told)
    return Error(Errc::untrusted,
                 (home.path() / "root.pub").string() + " pins another root; remove it to trust a new one");
  if (pinned) return *pinned;
  if (told) return *told;
  return root_of(account);
}

}  // namespace

Result<Bootstrapped> bootstrap(Home& home, RightsService& service, const BootstrapOptions& options, xrml::Time now) {
  RMS_TRY(const auto pinned, home.pinned_root());
  if (!options.renew && pinned && (!options.root || *options.root == *pinned)) {
    auto identity = home.load_identity(now);
    if (identity) return describe(identity->account_chain, *pinned, false);
    if (!(identity.error() == Errc::not_found)) return std::move(identity).error();
  }

  RMS_TRY(const Machine machine, machine_of(home, options.renew, now));
  RMS_TRY(const Chain account, service.certify(machine.certificate));
  RMS_TRY(const auto root, root_to_trust(pinned, options.root, home, account));
  const xrml::TrustAnchors anchors{{root}};
  RMS_CHECK(xrml::verify_chain(account, anchors, now));
  RMS_TRY(const auto account_key, xrml::open_rights_account(account.front(), machine.key));
  RMS_TRY(const Chain licensor, service.get_client_licensor(account));
  RMS_CHECK(xrml::verify_chain(licensor, anchors, now));
  RMS_CHECK(xrml::open_client_licensor(licensor.front(), account_key));

  RMS_CHECK(home.keep_certificates(account, licensor));
  // Last, so that a bootstrap that was cut short is done again and not taken for a finished one.
  if (!pinned) RMS_CHECK(home.pin_root(root));
  return describe(account, root, true);
}

Result<xrml::PublicKey> read_root(const std::filesystem::path& file) {
  RMS_TRY(const std::string text, read_file(file, xrml::kMaxLicenseeCertificateBytes * xrml::kMaxChainDocuments));
  auto chain = xrml::parse_chain(text);
  if (!chain) return std::move(chain).error().in(file.string());
  for (const auto& document : *chain)
    if (auto good = document.verify_signature(); !good) return std::move(good).error().in(file.string());
  auto root = root_of(*chain);
  if (!root) return std::move(root).error().in(file.string());
  return root;
}

}  // namespace rms::client
