// SPDX-License-Identifier: Apache-2.0
#include <fmt/chrono.h>

#include "base/secret.h"
#include "connector/settings/sections.h"
#include "net/revocation.h"
#include "net/signing.h"
#include "net/tls.h"

namespace rms::connector {
namespace {

namespace fs = std::filesystem;

// One file that settings name. An empty path has been reported as missing already.
struct Named {
  const fs::path& path;
  const yaml::Place& place;
};

std::string date(WallTime time) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

// Each file by itself, so that all of them are reported, not only the first.
bool all_there(const Named& certificate, const Named& key, const Named& ca, yaml::File& file) {
  bool all = true;
  for (const Named* named : {&certificate, &ca}) {
    std::error_code unknown;
    if (!named->path.empty() && fs::exists(named->path, unknown)) continue;
    all = false;
    if (!named->path.empty()) file.problem(named->place, named->path.string() + ": no such file");
  }
  if (key.path.empty()) return false;
  if (const auto secret = read_secret_file(key.path); !secret) {
    all = false;
    file.problem(key.place, secret.error().context);
  }
  return all;
}

void open_three(std::string_view usage, const Named& certificate, const Named& key, const Named& ca, Settings& settings,
                yaml::File& file, const Clock& clock) {
  if (!all_there(certificate, key, ca, file)) return;
  const auto pem = net::read_pem_files(certificate.path, key.path, ca.path);
  if (!pem) {
    // The context begins with the path of the file that is wrong.
    const std::string& what = pem.error().context;
    const Named& culprit = what.starts_with(key.path.string() + ":")  ? key
                           : what.starts_with(ca.path.string() + ":") ? ca
                                                                      : certificate;
    return file.problem(culprit.place, what);
  }
  const auto own = net::read_certificate_pem(pem->certificate_chain);
  if (!own) return file.problem(certificate.place, certificate.path.string() + ": " + own.error().context);
  settings.certificates.push_back({usage, own->not_after, own->fingerprint, own->subject});
  if (const auto trusted = net::read_certificates_pem(pem->ca))
    for (const net::PeerCertificate& each : *trusted)
      settings.trusted.push_back({ca.place.path, each.fingerprint, each.subject});

  const std::string which = certificate.place.path + ": " + certificate.path.string();
  if (clock.wall() > own->not_after) settings.warnings.push_back(which + ": expired on " + date(own->not_after));
  if (clock.wall() < own->not_before)
    settings.warnings.push_back(which + ": not valid before " + date(own->not_before));
}

}  // namespace

void open_certificates(Settings& settings, const Places& places, yaml::File& file, const Clock& clock) {
  const ListenSettings& listen = settings.listen;
  open_three("listen", {listen.certificate, places.listen_certificate}, {listen.key, places.listen_key},
             {listen.client_ca, places.listen_client_ca}, settings, file, clock);
  const CloudSettings& cloud = settings.cloud;
  open_three("cloud", {cloud.certificate, places.cloud_certificate}, {cloud.key, places.cloud_key},
             {cloud.ca, places.cloud_ca}, settings, file, clock);
  // What we say of our callers is signed with it.
  if (const auto key = read_secret_file(cloud.key); key && !cloud.key.empty())
    if (const auto signer = net::Signer::from_pem(*key); !signer && signer.error() == Errc::unsupported)
      file.problem(places.cloud_key, cloud.key.string() + ": " + signer.error().context);
}

void open_revocation_lists(Settings& settings, const Places& places, yaml::File& file, const Clock& clock) {
  const ListenSettings& listen = settings.listen;
  if (listen.client_crl.empty()) return;
  std::error_code unknown;
  if (!fs::exists(listen.client_crl, unknown))
    return file.problem(places.listen_client_crl, listen.client_crl.string() + ": no such file");
  const auto read = net::RevocationLists::read(listen.client_crl, listen.client_ca);
  if (!read) {
    // What is wrong with the CA's file has been reported.
    if (read.error().context.starts_with(listen.client_crl.string() + ":"))
      file.problem(places.listen_client_crl, read.error().context);
    return;
  }
  for (const std::string& authority : read->authorities_without_list())
    settings.warnings.push_back(places.listen_client_crl.path + ": " + listen.client_crl.string() + ": has no CRL of " +
                                authority + ", a CA of listen.client_ca: all certificates of this CA are refused");
  const std::string which = places.listen_client_crl.path + ": " + listen.client_crl.string() + ": the CRL of ";
  for (const net::RevocationLists::List& list : read->lists()) {
    settings.crls.push_back({list.issuer, list.key_id, list.this_update, list.revoked});
    if (clock.wall() >= list.next_update)
      settings.warnings.push_back(which + list.issuer + " is out of date since " + date(list.next_update) +
                                  ": certificates of this CA are refused");
    else if (clock.wall() >= list.next_update - std::chrono::hours(24))
      settings.warnings.push_back(which + list.issuer + " is out of date on " + date(list.next_update) +
                                  ": from then on certificates of this CA are refused");
  }
}

void check_keytab(Settings& settings, const Places& places, yaml::File& file) {
  const auto& kerberos = settings.authentication.kerberos;
  if (!kerberos || kerberos->keytab.empty()) return;
  if (const auto secret = read_secret_file(kerberos->keytab); !secret)
    file.problem(places.keytab, secret.error().context);
  else
    settings.keytab_digest = net::sha256_hex(secret->text());
}

std::string digest_of(const Settings& settings, std::string_view text) {
  std::string all = net::sha256_hex(text);
  for (const OwnCertificate& each : settings.certificates) all += "\n" + each.fingerprint;
  for (const TrustedCertificate& each : settings.trusted) all += "\n" + each.key + " " + each.fingerprint;
  for (const KnownCrl& each : settings.crls)
    all += "\n" + each.issuer + " " + each.key_id + " " + std::to_string(each.this_update.time_since_epoch().count()) +
           " " + std::to_string(each.revoked);
  return net::sha256_hex(all + "\n" + settings.keytab_digest);
}

}  // namespace rms::connector
