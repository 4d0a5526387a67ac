// SPDX-License-Identifier: Apache-2.0
#include "cloud/licensing/rights.h"

#include <gtest/gtest.h>

#include "support/outcome.h"

namespace rms::cloud {
namespace {

using namespace std::chrono_literals;
using test::fails_with;

constexpr xrml::Time kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 20) + 12h;

xrml::Object person(const std::string& mail, const std::string& id_type = "Unspecified", const std::string& id = "") {
  return {"", id_type, id, mail, {}};
}
xrml::Grant grant(const std::string& right, const xrml::Object& to, const xrml::Period& time = {}) {
  xrml::Grant grant;
  grant.right = right;
  grant.grantee = to;
  grant.time = time;
  return grant;
}
xrml::Content rights_data(std::vector<xrml::Grant> grants, const std::string& owner = "alice@contoso.test") {
  xrml::Content content;
  content.kind = xrml::Kind::rights_data;
  content.work.emplace();
  content.work->owner = person(owner);
  content.work->grants = std::move(grants);
  return content;
}

const Person kBob{{"", "c0ffee00-0000-4000-8000-000000000001", "bob@contoso.test", {"robert@contoso.test"}}, {}};
const Person kBobWithSid{{"S-1-5-21-1-2-3-1001", "", "bob@contoso.test", {}}, {}};
const Person kAlice{{"", "c0ffee00-0000-4000-8000-000000000002", "alice@contoso.test", {"lice@contoso.test"}}, {}};

// "VIEW EDIT", or why there is none.
std::string rights(const Person& who, const xrml::Content& data, const std::string& claimed = "alice@contoso.test",
                   xrml::Time now = kNow) {
  const auto found = rights_of(who, person(claimed), data, now);
  if (!found) return found.error() == Errc::no_rights ? "none" : found.error().code.message();
  std::string names;
  for (const auto& use : *found) names += (names.empty() ? "" : " ") + use.right;
  return names;
}

TEST(Rights, FindsThePrincipalByAddressWhateverTheKindOfName) {
  for (const auto* type : {"Windows", "Unspecified", "Federation"})
    EXPECT_EQ(rights(kBob, rights_data({grant("VIEW", person("bob@contoso.test", type))})), "VIEW") << type;
}

TEST(Rights, ComparesAddressesWithoutRegardToCase) {
  EXPECT_EQ(rights(kBob, rights_data({grant("VIEW", person("BOB@Contoso.TEST"))})), "VIEW");
}

TEST(Rights, KnowsAliases) {
  EXPECT_EQ(rights(kBob, rights_data({grant("VIEW", person("robert@contoso.test"))})), "VIEW");
}

TEST(Rights, LetsTheSidDecideWhereBothSidesHaveOne) {
  EXPECT_EQ(
      rights(kBobWithSid, rights_data({grant("VIEW", person("old@contoso.test", "Windows", "S-1-5-21-1-2-3-1001"))})),
      "VIEW");
  // The address went to another person.
  EXPECT_EQ(
      rights(kBobWithSid, rights_data({grant("VIEW", person("bob@contoso.test", "Windows", "S-1-5-21-1-2-3-9999"))})),
      "none");
  EXPECT_EQ(rights(kBobWithSid, rights_data({grant("VIEW", person("bob@contoso.test", "Windows"))})), "VIEW");
}

TEST(Rights, FindsTheGroupsThatTheAccountIsIn) {
  auto member = kBob;
  member.groups = {{"staff@contoso.test", "S-1-5-21-1-2-3-2001", {"all@contoso.test"}}, {"plain@contoso.test", "", {}}};
  const auto given_to = [&](const xrml::Object& group) { return rights(member, rights_data({grant("VIEW", group)})); };
  for (const auto* type : {"Windows", "Unspecified", "Federation"}) {
    EXPECT_EQ(given_to(person("Staff@contoso.test", type)), "VIEW") << type;
    EXPECT_EQ(given_to(person("ALL@contoso.test", type)), "VIEW") << type;
  }
  EXPECT_EQ(given_to(person("old-name@contoso.test", "Windows", "s-1-5-21-1-2-3-2001")), "VIEW");
  EXPECT_EQ(given_to(person("", "Windows", "S-1-5-21-1-2-3-2001")), "VIEW");
  EXPECT_EQ(given_to(person("staff@contoso.test", "Windows", "S-1-5-21-1-2-3-9999")), "none")
      << "the address went to another group";
  EXPECT_EQ(given_to(person("plain@contoso.test", "Windows", "S-1-5-21-1-2-3-9999")), "VIEW")
      << "only one side has a SID: the address decides";
  EXPECT_EQ(given_to(person("others@contoso.test")), "none");
  EXPECT_EQ(rights(kBob, rights_data({grant("VIEW", person("staff@contoso.test"))})), "none");
}

TEST(Rights, ListARightOnceThatAPersonHasInSeveralWays) {
  auto member = kBob;
  member.groups = {{"staff@contoso.test", "", {}}};
  const auto data = rights_data({grant("VIEW", person("staff@contoso.test"), {kNow, kNow + 1h}),
                                 grant("EDIT", person("staff@contoso.test"), {kNow - 2h, kNow - 1h}),
                                 grant("VIEW", person("bob@contoso.test"), {kNow, kNow + 2h})});
  EXPECT_EQ(rights(member, data), "VIEW");
  EXPECT_EQ(test::must(rights_of(member, {}, data, kNow)).at(0).time.until, kNow + 2h);
}

TEST(Rights, AreNotAnOwnersForBeingInTheGroupOfTheOwnersName) {
  auto member = kBob;
  member.groups = {{"alice@contoso.test", "", {}}};
  EXPECT_EQ(rights(member, rights_data({})), "none");
}

TEST(Rights, KnowTheOwnerByAnAlias) {
  EXPECT_EQ(rights(kAlice, rights_data({}, "LICE@contoso.test"), "alice@contoso.test"), "OWNER");
  EXPECT_EQ(rights(kAlice, rights_data({}, "alice@contoso.test"), "lice@contoso.test"), "OWNER");
}

TEST(Rights, AreFoundAmongThousandsOfGrantsForAMemberOfThousandsOfGroups) {
  auto member = kBob;
  for (int i = 0; i < 5'000; ++i) member.groups.push_back({"g" + std::to_string(i) + "@contoso.test", "", {}});
  std::vector<xrml::Grant> grants;
  for (int i = 0; i < 4'095; ++i) grants.push_back(grant("VIEW", person("x" + std::to_string(i) + "@contoso.test")));
  grants.push_back(grant("EDIT", person("g4999@contoso.test")));
  EXPECT_EQ(rights(member, rights_data(grants)), "EDIT");
}

TEST(Rights, GivesAnyonesRightsToEveryone) {
  for (const auto* anyone : {"Anyone", "ANYONE", "anyone"})
    EXPECT_EQ(rights(kBob, rights_data({grant("VIEW", person("", "Internal", anyone))})), "VIEW");
}

TEST(Rights, GivesNothingToThoseItDoesNotName) {
  EXPECT_EQ(rights(kBob, rights_data({grant("VIEW", person("carol@contoso.test"))})), "none");
  EXPECT_EQ(rights(kBob, rights_data({grant("VIEW", person("bob@contoso.test", "Passport"))})), "none");
  EXPECT_EQ(rights(kBob, rights_data({grant("VIEW", person("", "Internal", "Nobody"))})), "none");
  EXPECT_EQ(rights(kBob, rights_data({})), "none");
}

TEST(Rights, TakesAnEmptyAddressForNobodys) {
  EXPECT_EQ(rights({{"S-1-5-21-1", "", "", {}}, {{"", "", {""}}}}, rights_data({grant("VIEW", person(""))})), "none");
}

TEST(Rights, GivesTheOwnerOwnerAndNothingElse) {
  const auto data = rights_data({grant("VIEW", person("alice@contoso.test"))});
  EXPECT_EQ(rights(kAlice, data), "OWNER");
}

TEST(Rights, DoesNotBelieveAnOwnerWhomTheRightsDataDoNotName) {
  EXPECT_EQ(rights(kBob, rights_data({}), "bob@contoso.test"), "none");
  auto unowned = rights_data({});
  unowned.work->owner.reset();
  EXPECT_EQ(rights(kAlice, unowned), "none");
  EXPECT_EQ(rights(kAlice, rights_data({}), "bob@contoso.test"), "none") << "both must name her";
}

TEST(Rights, GivesTheInternalOwnersRightsToTheOwnerOnly) {
  const auto data = rights_data({grant("OWNER", person("", "Internal", "Owner"))});
  EXPECT_EQ(rights(kAlice, data), "OWNER");
  EXPECT_EQ(rights(kBob, data), "none");
}

TEST(Rights, LetsAGrantedOwnerReplaceTheOtherRights) {
  EXPECT_EQ(rights(kBob, rights_data(
                             {grant("VIEW", person("bob@contoso.test")), grant("OWNER", person("bob@contoso.test"))})),
            "OWNER");
}

TEST(Rights, KeepsToTheTimeOfEachRightHalfOpen) {
  const auto data = rights_data({grant("VIEW", person("bob@contoso.test"), {kNow, kNow + 24h})});
  EXPECT_EQ(rights(kBob, data, "", kNow - 1min), "none");
  EXPECT_EQ(rights(kBob, data, "", kNow), "VIEW");
  EXPECT_EQ(rights(kBob, data, "", kNow + 24h), "none");
}

TEST(Rights, TellsADocumentThatIsOverFromNoRights) {
  auto data = rights_data({grant("VIEW", person("bob@contoso.test"))});
  data.work->time = {kNow - 48h, kNow};
  EXPECT_TRUE(fails_with(rights_of(kBob, {}, data, kNow), Errc::not_valid_now));
  // Who has no right does not learn that either.
  EXPECT_TRUE(fails_with(rights_of(kAlice, {}, data, kNow), Errc::no_rights));
}

TEST(Rights, CarriesTheOverlapOfDocumentAndRight) {
  auto data = rights_data({grant("VIEW", person("bob@contoso.test"), {kNow - 1h, kNow + 48h})});
  data.work->time = {kNow - 2h, kNow + 24h};
  const auto found = test::must(rights_of(kBob, {}, data, kNow));
  EXPECT_EQ(found.at(0).time.from, kNow - 1h);
  EXPECT_EQ(found.at(0).time.until, kNow + 24h);
}

TEST(Rights, SaysARightOnceAndTakesTheGrantThatLasts) {
  const auto data = rights_data({grant("VIEW", person("bob@contoso.test"), {kNow, kNow + 1h}),
                                 grant("view", person("bob@contoso.test", "Windows"), {kNow, kNow + 2h})});
  EXPECT_EQ(rights(kBob, data), "VIEW");
  EXPECT_EQ(test::must(rights_of(kBob, {}, data, kNow)).at(0).time.until, kNow + 2h);
}

TEST(Rights, AreOfALimitedNumberForOneAccount) {
  std::vector<xrml::Grant> grants;
  for (int i = 0; i < 64; ++i) {
    grants.push_back(grant("RIGHT" + std::to_string(i), person("bob@contoso.test")));
    grants.push_back(grant("OTHER" + std::to_string(i), person("carol@contoso.test")));
    grants.push_back(grant("right" + std::to_string(i), person("bob@contoso.test")));
  }
  EXPECT_EQ(test::must(rights_of(kBob, {}, rights_data(grants), kNow)).size(), 64u);
  grants.push_back(grant("ONE MORE", person("bob@contoso.test")));
  EXPECT_TRUE(fails_with(rights_of(kBob, {}, rights_data(grants), kNow), Errc::too_large));
}

}  // namespace
}  // namespace rms::cloud
