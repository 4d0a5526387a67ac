// SPDX-License-Identifier: Apache-2.0
//
// Settings with everything that was opened for them: what is in force is one of these, and a reload puts another one in
// its place.
#pragma once

#include <memory>
#include <optional>

#include <boost/asio/ssl/context.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "connector/authenticator/kerberos.h"
#include "connector/listener/revocation.h"
#include "connector/settings/settings.h"
#include "net/revocation.h"
#include "net/tls.h"

namespace rms::connector {

// What was opened before it is used, so that a bad file is a bad configuration and not a failed start or reload.
struct DaemonFiles {
  net::PemFiles cloud;
  std::shared_ptr<boost::asio::ssl::context> listen;
  std::unique_ptr<KerberosAcceptor> kerberos;   // null: settings have none
  std::optional<net::RevocationLists> revoked;  // nullopt: settings have none
};
// `log` hears when the keytab is read again; it and `clock` outlive what is returned. `before`: as
// KerberosAcceptor::open(). Any thread.
Result<DaemonFiles> open_files(const Settings& settings, const Clock& clock, Log* log = nullptr,
                               const KerberosAcceptor* before = nullptr);

// Loop thread, once it is used.
struct Snapshot {
  Snapshot(std::shared_ptr<const Settings> of, DaemonFiles opened)
      : settings(std::move(of)), files(std::move(opened)) {}

  const std::shared_ptr<const Settings> settings;
  DaemonFiles files;                       // files.revoked: moved from when there is a `revocation`
  std::unique_ptr<Revocation> revocation;  // made when it is first in force; null: settings have no CRLs
  std::uint64_t generation = 1;            // how often something came into force, this time included
  WallTime since{};
};

}  // namespace rms::connector
