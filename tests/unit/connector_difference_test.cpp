// SPDX-License-Identifier: Apache-2.0
#include "connector/settings/difference.h"

#include <algorithm>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connector/settings/keys.h"

namespace rms::connector {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// From one set of settings to the same with one thing changed.
class DifferenceTest : public testing::Test {
 protected:
  DifferenceTest() {
    for (const Role role : {Role::exchange, Role::sharepoint, Role::file_classification}) {
      ServerEntry entry;
      entry.name = role == Role::file_classification ? "fci" : to_string(role);
      entry.role = role;
      entry.match.dns = entry.name + ".contoso.test";
      entry.mail = entry.name + "@contoso.test";
      entry.operations = default_grants(role);
      from.servers.push_back(entry);
    }
    to = from;
  }

  // What is said, loud words with a '!'.
  std::vector<std::string> said() {
    std::vector<std::string> lines;
    for (const Change& change : difference(from, to).changes) lines.push_back((change.loud ? "! " : "") + change.text);
    return lines;
  }

  ServerEntry& exchange() { return to.servers[0]; }
  ServerEntry& sharepoint() { return to.servers[1]; }
  ServerEntry& fci() { return to.servers[2]; }

  Settings from, to;
};

constexpr const char* kOne = "1d6c0bb1-6dc9-4a43-8e8c-2f5e7a6f8a01";
constexpr const char* kTwo = "2d6c0bb1-6dc9-4a43-8e8c-2f5e7a6f8a02";
const WallTime kDay = WallTime(std::chrono::sys_days(std::chrono::year(2030) / 1 / 31));

TEST_F(DifferenceTest, TheSameIsNoDifference) {
  EXPECT_TRUE(difference(from, to).nothing());
  EXPECT_THAT(difference(from, to).losers, IsEmpty());
}

TEST_F(DifferenceTest, SaysWhatAServerMayDoFromNowOn) {
  exchange().operations.insert(soap::Operation::precertify);
  EXPECT_THAT(said(), ElementsAre("exchange may now also precertify"));
  EXPECT_THAT(difference(from, to).losers, IsEmpty());
}

TEST_F(DifferenceTest, SaysWhatItMayDoNoLonger) {
  exchange().operations.erase(soap::Operation::acquire_pre_license);
  exchange().operations.erase(soap::Operation::certify);
  EXPECT_THAT(said(), ElementsAre("exchange may no longer certify, acquire_pre_license"));
  EXPECT_THAT(difference(from, to).losers, ElementsAre("exchange"));
  EXPECT_THAT(difference(from, to).gone, IsEmpty());
}

TEST_F(DifferenceTest, SaysWhichTemplatesItGainsAndLoses) {
  sharepoint().scope.templates = {kOne, "custom"};
  EXPECT_THAT(said(), ElementsAre("sharepoint may get licences of content of " + std::string(kOne) +
                                  ", custom only (was all)"));
  EXPECT_THAT(difference(from, to).losers, ElementsAre("sharepoint"));
  from = to;
  sharepoint().scope.templates = {"custom", kTwo};
  EXPECT_THAT(said(), ElementsAre("sharepoint gains templates " + std::string(kTwo),
                                  "sharepoint loses templates " + std::string(kOne)));
  from = to;
  sharepoint().scope.templates = std::nullopt;
  EXPECT_THAT(said(), ElementsAre("sharepoint gains all templates (was custom, " + std::string(kTwo) + " only)"));
  EXPECT_THAT(difference(from, to).losers, IsEmpty());
}

TEST_F(DifferenceTest, SaysTheSameOfOwnersAndRecipients) {
  from.servers[0].scope.owners = exchange().scope.owners = {"contoso.test"};
  exchange().scope.owners->push_back("fabrikam.test");
  exchange().scope.recipients.emplace();
  EXPECT_THAT(said(), ElementsAre("exchange gains owners fabrikam.test",
                                  "exchange may fetch licences for the recipients none only (was all)"));
}

TEST_F(DifferenceTest, AnotherFingerprintIsNamed) {
  from.servers[2].match.fingerprint = std::string(64, 'a');
  fci().match.fingerprint = std::string(64, 'b');
  EXPECT_THAT(said(), ElementsAre("fci is recognized by another fingerprint: " + std::string(64, 'b') + " (was " +
                                  std::string(64, 'a') + ")"));
  EXPECT_THAT(difference(from, to).recognized_otherwise, ElementsAre("fci"));
  EXPECT_THAT(difference(from, to).losers, IsEmpty());
}

TEST_F(DifferenceTest, AnyOtherWayToBeRecognizedIsNamedToo) {
  fci().match = {};
  fci().match.account = "fci$@contoso.test";
  fci().match.group_sid = "S-1-5-21-1-2-3-4";
  EXPECT_THAT(said(), ElementsAre("fci is recognized by account fci$@contoso.test and group_sid S-1-5-21-1-2-3-4 (was "
                                  "by dns fci.contoso.test)"));
}

TEST_F(DifferenceTest, OpenAnyIsLoudWhicheverWayItGoes) {
  exchange().scope.open_any = OpenAny{"journal decryption", kDay};
  EXPECT_THAT(said(), ElementsAre("! exchange may now open what it was granted no right to, until 2030-01-31 00:00:00 "
                                  "UTC: journal decryption"));
  EXPECT_THAT(difference(from, to).losers, IsEmpty());
  std::swap(from, to);
  EXPECT_THAT(said(), ElementsAre(HasSubstr("! exchange may no longer open what it was granted no right to")));
  EXPECT_THAT(difference(from, to).losers, ElementsAre("exchange"));
  to = from;
  exchange().scope.open_any->until = kDay - 24h;
  EXPECT_THAT(said(), ElementsAre(HasSubstr("! exchange may open what it was granted no right to, until 2030-01-30")));
  EXPECT_THAT(difference(from, to).losers, ElementsAre("exchange"));
}

TEST_F(DifferenceTest, AnEndIsALossAndALaterOneIsNone) {
  exchange().scope.until = kDay;
  EXPECT_THAT(said(), ElementsAre("exchange may do what it may until 2030-01-31 00:00:00 UTC (had no end)"));
  EXPECT_THAT(difference(from, to).losers, ElementsAre("exchange"));
  from = to;
  exchange().scope.until = kDay + 24h;
  EXPECT_THAT(difference(from, to).losers, IsEmpty());
  EXPECT_THAT(said(), ElementsAre(HasSubstr("until 2030-02-01")));
}

TEST_F(DifferenceTest, ARemovedServerLosesEverythingLoudly) {
  to.servers.erase(to.servers.begin() + 1);
  EXPECT_THAT(said(), ElementsAre("! sharepoint is removed: it loses everything"));
  EXPECT_THAT(difference(from, to).losers, ElementsAre("sharepoint"));
  EXPECT_THAT(difference(from, to).gone, ElementsAre("sharepoint"));
  to.servers.clear();
  EXPECT_EQ(said().back(), "! no server is left: everybody is refused");
  EXPECT_THAT(difference(from, to).gone, UnorderedElementsAre("exchange", "sharepoint", "fci"));
}

TEST_F(DifferenceTest, AnAddedServerIsToldWithAllThatItMay) {
  ServerEntry entry = fci();
  entry.name = "fci-2";
  entry.match.dns = "fci2.contoso.test";
  entry.operations = {soap::Operation::certify};
  entry.scope.templates = {"custom"};
  entry.scope.open_any = OpenAny{"a legal hold", kDay};
  to.servers.push_back(entry);
  EXPECT_THAT(said(), ElementsAre("fci-2 is added: file-classification, recognized by dns fci2.contoso.test, as "
                                  "fci@contoso.test",
                                  "fci-2 may certify", "fci-2: only templates custom",
                                  HasSubstr("! fci-2 may open what it was granted no right to")));
}

TEST_F(DifferenceTest, AnotherNameIsNoOtherServer) {
  exchange().name = "exchange-1";
  exchange().operations.erase(soap::Operation::certify);
  EXPECT_THAT(said(), ElementsAre("exchange is called exchange-1 now", "exchange-1 may no longer certify"));
  EXPECT_THAT(difference(from, to).losers, ElementsAre("exchange")) << "by the name that it had";
  EXPECT_THAT(difference(from, to).gone, IsEmpty());
}

TEST_F(DifferenceTest, AnotherAccountOrRoleIsTold) {
  exchange().mail = "mail@contoso.test";
  exchange().sid = "S-1-5-21-1-2-3-4";
  exchange().role = Role::sharepoint;
  exchange().identity = IdentityOf::server;
  EXPECT_THAT(said(),
              ElementsAre("exchange has the role sharepoint now (was exchange)",
                          "exchange: each of its servers is an account of its own at the service (was one for all)",
                          "exchange is another account at the service: mail@contoso.test S-1-5-21-1-2-3-4 (was "
                          "exchange@contoso.test)"));
}

TEST_F(DifferenceTest, EndpointsAreToldOneByOne) {
  from.cloud.endpoints = {{{"a.example.com", 8443}}, {{"b.example.com", 8443}}};
  to.cloud.endpoints = {{{"b.example.com", 8443}, 2, 3}, {{"c.example.com", 8443}}};
  EXPECT_THAT(said(), ElementsAre("cloud: the endpoint b.example.com:8443 has priority 2 and weight 3 (was 1 and 1)",
                                  "cloud: the endpoint c.example.com:8443 is added, priority 1, weight 1",
                                  "cloud: the endpoint a.example.com:8443 is removed"));
  EXPECT_EQ(difference(from, to).changes[0].kind, ChangeKind::cloud);
}

TEST_F(DifferenceTest, LimitsAreToldFromAndTo) {
  to.limits.in_flight = 8;
  to.limits.request_timeout = 500ms;
  to.limits.body_bytes = 1024 * 1024;
  EXPECT_THAT(said(), ElementsAre("limits.body_bytes: 16MiB -> 1MiB", "limits.in_flight: 256 -> 8",
                                  "limits.request_timeout: 20s -> 500ms"));
  EXPECT_EQ(difference(from, to).changes[0].kind, ChangeKind::limit);
}

TEST_F(DifferenceTest, WhatNeedsARestartIsNoChangeButAReason) {
  to.listen.address.port = 444;
  to.admin.address.port = 9465;
  to.listen.unsafe_http_address = HostPort{"::", 80};
  to.log.format = LogFormat::json;
  to.audit.directory = "/var/lib/x";
  const Difference found = difference(from, to);
  EXPECT_THAT(found.changes, IsEmpty());
  std::vector<std::string> keys;
  for (const RestartNeeded& each : found.restart) keys.push_back(each.key + " " + each.from + " " + each.to);
  EXPECT_THAT(keys, ElementsAre("listen.address 0.0.0.0:443 0.0.0.0:444", "listen.unsafe_http_address  [::]:80",
                                "admin.address 127.0.0.1:9464 127.0.0.1:9465", "log.format auto json",
                                "audit.directory  /var/lib/x"));
}

TEST_F(DifferenceTest, CertificatesAreToldWithFingerprintAndEnd) {
  from.certificates = {{"listen", kDay, "aa", "CN=a"}, {"cloud", kDay, "cc", "CN=c"}};
  to.certificates = {{"listen", kDay + 24h, "bb", "CN=b"}, {"cloud", kDay, "cc", "CN=c"}};
  EXPECT_THAT(said(), ElementsAre("listen.certificate: another certificate, CN=b sha256:bb, good until 2030-02-01 "
                                  "00:00:00 UTC (was CN=a sha256:aa, good until 2030-01-31 00:00:00 UTC)"));
}

TEST_F(DifferenceTest, ACaThatIsTrustedNoLongerIsLoud) {
  from.trusted = {{"listen.client_ca", "aa", "CN=A"}};
  to.trusted = {{"listen.client_ca", "bb", "CN=B"}};
  EXPECT_THAT(said(), ElementsAre("! listen.client_ca: certificates signed by CN=A sha256:aa are no longer accepted",
                                  "listen.client_ca: certificates signed by CN=B sha256:bb are accepted now"));
}

TEST_F(DifferenceTest, CrlsAndKeysAreTold) {
  from.crls = {{"CN=A", "01", kDay, 1}};
  to.crls = {{"CN=A", "01", kDay + 24h, 3}, {"CN=B", "02", kDay, 0}};
  from.keytab_digest = "1";
  to.keytab_digest = "2";
  EXPECT_THAT(said(), ElementsAre("listen.client_crl: the list of CN=A is of 2030-02-01 00:00:00 UTC and has 3 revoked "
                                  "certificates (was of 2030-01-31 00:00:00 UTC and had 1)",
                                  "listen.client_crl: the list of CN=B is of 2030-01-31 00:00:00 UTC and has 0 revoked "
                                  "certificates",
                                  "authentication.kerberos.keytab: other keys than before"));
  to.crls.clear();
  EXPECT_THAT(said(), testing::Contains("! listen.client_crl: nobody asks any more whether a certificate is revoked"));
}

TEST_F(DifferenceTest, NoMoreTicketsIsLoud) {
  from.authentication.kerberos.emplace();
  EXPECT_THAT(said(), testing::Contains("! Kerberos tickets are no longer accepted"));
}

// A key that nobody compares would be changed without a word, or not at all.
TEST(SettingKeys, AreAllOfThem) {
  std::vector<std::string> known, compared;
  const auto all = known_settings();
  for (const yaml::KnownKey& key : all) {
    const bool section =
        std::ranges::any_of(all, [&](const yaml::KnownKey& other) { return other.path.starts_with(key.path + "."); });
    // Those are compared one by one.
    if (!section && !key.path.starts_with("servers") && !key.path.starts_with("cloud.endpoint"))
      known.push_back(key.path);
  }
  for (const SettingKey& key : setting_keys()) compared.emplace_back(key.path);
  EXPECT_THAT(compared, testing::UnorderedElementsAreArray(known));
}

}  // namespace
}  // namespace rms::connector
