// SPDX-License-Identifier: Apache-2.0
//
// Machines that have been through a real bootstrap: made once a test program, for RSA keys are slow.
#pragma once

#include <map>
#include <string>

#include "client/bootstrap.h"
#include "support/issuing_service.h"
#include "support/test_ca.h"

namespace rms::test {

struct Bootstrapped {
  explicit Bootstrapped(const std::string& name) {
    transport.mail = mail_of(name);
    auto home = must(client::Home::create(home_path()));
    client::RightsService service(transport);
    must(client::bootstrap(home, service, {}, kNow));
    identity.emplace(must(home.load_identity(kNow)));
  }
  std::filesystem::path home_path() const { return dir.path() / "home"; }

  TempDir dir;
  IssuingService transport;
  std::optional<client::Identity> identity;
};

// The machine of this name, <name>@contoso.test.
inline Bootstrapped& machine_of(const std::string& name) {
  static std::map<std::string, Bootstrapped> machines;
  return machines.try_emplace(name, name).first->second;
}

}  // namespace rms::test
