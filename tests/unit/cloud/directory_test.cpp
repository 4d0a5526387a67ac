// SPDX-License-Identifier: Apache-2.0
//
// Who callers are, by their connector's word and the directory's, and what that does to licences.
#include <thread>

#include <gmock/gmock.h>

#include "unit/cloud/rights_fixture.h"

namespace rms::cloud {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class DirectoryTest : public RightsTest {
 protected:
  void import(std::vector<UserRecord> users, std::vector<GroupRecord> groups = {}) {
    must(store_->replace_directory(tenant().guid(), users, groups));
  }
  Person caller(const std::string& mail, const std::string& sid = "") {
    auto asked = asked_as("bob");
    asked.caller.mail = mail;
    asked.caller.sid = sid;
    const auto person = people_.person_of_caller(tenant().guid(), asked.caller);
    if (!person) throw std::runtime_error(exception_of(person));
    return *person;
  }
  static std::vector<std::string> mails(const std::vector<GroupName>& groups) {
    std::vector<std::string> names;
    for (const auto& group : groups) names.push_back(group.mail);
    return names;
  }
};

const UserRecord kBob{"bob@contoso.test", "Bob", "S-1-5-21-1", {"robert@contoso.test"}};
const GroupRecord kStaff{"staff@contoso.test", "Staff", "S-1-5-21-9", {}, {"bob@contoso.test"}};

TEST_F(DirectoryTest, TakesACallerWhomItDoesNotKnowAtItsConnectorsWord) {
  const auto person = caller("exchange@contoso.test");
  EXPECT_EQ(person.account.mail, "exchange@contoso.test");
  EXPECT_FALSE(person.account.guid.empty());
  EXPECT_THAT(person.account.aliases, IsEmpty());
  EXPECT_THAT(person.groups, IsEmpty());
  EXPECT_EQ(caller("exchange@contoso.test", "S-1-5-18-1").account.sid, "S-1-5-18-1");
}

TEST_F(DirectoryTest, KnowsACallersGroupsEvenIfItIsNoUser) {
  import({}, {{ "servers@contoso.test", "", "", {}, { "exchange@contoso.test" } }});
  EXPECT_THAT(mails(caller("EXCHANGE@contoso.test").groups), ElementsAre("servers@contoso.test"));
  EXPECT_THAT(mails(caller("exchange@contoso.test", "S-1-5-18-1").groups), ElementsAre("servers@contoso.test"));
}

TEST_F(DirectoryTest, AddsWhatItKnowsOfACaller) {
  import({kBob}, {kStaff});
  for (const auto* mail : {"bob@contoso.test", "ROBERT@contoso.test"}) {
    const auto person = caller(mail);
    EXPECT_EQ(person.account.mail, "bob@contoso.test") << mail;
    EXPECT_EQ(person.account.sid, "S-1-5-21-1") << mail;
    EXPECT_THAT(person.account.aliases, ElementsAre("robert@contoso.test")) << mail;
    EXPECT_THAT(mails(person.groups), ElementsAre("staff@contoso.test")) << mail;
  }
}

TEST_F(DirectoryTest, KeepsTheAddressByWhichTheConnectorKnowsASid) {
  import({kBob}, {kStaff});
  const auto person = caller("exchange@contoso.test", "S-1-5-21-1");
  EXPECT_EQ(person.account.mail, "bob@contoso.test");
  EXPECT_THAT(person.account.aliases, ElementsAre("robert@contoso.test", "exchange@contoso.test"));
  EXPECT_THAT(mails(person.groups), ElementsAre("staff@contoso.test"));
}

TEST_F(DirectoryTest, TakesTheConnectorsSidForAUserWithout) {
  import({{ "bob@contoso.test", "", "", { "robert@contoso.test" } }}, {kStaff});
  const auto person = caller("bob@contoso.test", "S-1-5-21-77");
  EXPECT_EQ(person.account.sid, "S-1-5-21-77");
  EXPECT_THAT(person.account.aliases, ElementsAre("robert@contoso.test"));
  EXPECT_THAT(mails(person.groups), ElementsAre("staff@contoso.test"));
}

TEST_F(DirectoryTest, AddsNothingToACallerOfWhomTheConnectorSaysOtherwise) {
  import({kBob, {"carol@contoso.test", "", "S-1-5-21-2", {}}, { "dave@contoso.test", "", "", {} }}, {kStaff});
  for (const auto& [mail, sid] : {std::pair{"bob@contoso.test", "S-1-5-21-77"},  // another SID
                                  {"carol@contoso.test", "S-1-5-21-1"},          // Carol's address, Bob's SID
                                  {"dave@contoso.test", "S-1-5-21-1"}}) {        // Dave has no SID, but Bob has
    const auto person = caller(mail, sid);
    EXPECT_EQ(person.account.mail, mail);
    EXPECT_EQ(person.account.sid, sid);
    EXPECT_THAT(person.account.aliases, IsEmpty());
    EXPECT_THAT(person.groups, IsEmpty());
  }
}

TEST_F(DirectoryTest, TakesNoCallerForAGroup) {
  import({kBob}, {kStaff});
  auto asked = asked_as("staff").caller;
  EXPECT_EQ(exception_of(people_.person_of_caller(tenant().guid(), asked)), "UnauthorizedAccessException");
}

// Whoever names a computer account BOB must not become Bob.
TEST_F(DirectoryTest, TakesNoCallerWhoseAddressWasMadeOfItsNameForSomebodyElse) {
  import({kBob, { "carol@contoso.test", "", "", {} }}, {kStaff});
  auto made = asked_as("bob").caller;
  made.own_identity = true;
  made.sid = "S-1-5-21-77";
  EXPECT_EQ(exception_of(people_.person_of_caller(tenant().guid(), made)), "UnauthorizedAccessException");
  made.mail = "carol@contoso.test";
  EXPECT_EQ(exception_of(people_.person_of_caller(tenant().guid(), made)), "UnauthorizedAccessException")
      << "known without a SID is not known to be the same";
  made.mail = "robert@contoso.test";
  made.sid = "S-1-5-21-1";
  EXPECT_TRUE(people_.person_of_caller(tenant().guid(), made).has_value()) << "Bob himself";
  made.mail = "nobody@contoso.test";
  made.sid = "S-1-5-21-78";
  EXPECT_TRUE(people_.person_of_caller(tenant().guid(), made).has_value());
}

TEST_F(DirectoryTest, FindsPeopleByAnyName) {
  import({kBob}, {kStaff});
  for (const auto* name : {"bob@contoso.test", "Robert@contoso.test", "S-1-5-21-1"}) {
    const auto person = must(people_.find(tenant().guid(), name));
    ASSERT_TRUE(person) << name;
    EXPECT_EQ(person->account.sid, "S-1-5-21-1");
    EXPECT_THAT(mails(person->groups), ElementsAre("staff@contoso.test"));
  }
  EXPECT_FALSE(must(people_.find(tenant().guid(), "nobody@contoso.test")));
  EXPECT_FALSE(must(people_.find(tenant().guid(), "staff@contoso.test"))) << "a group is no person";
  EXPECT_FALSE(must(people_.find(tenant("fabrikam.test").guid(), "bob@contoso.test")));
}

TEST_F(DirectoryTest, FindsNobodyByHostileNames) {
  import({kBob}, {kStaff});
  using namespace std::string_view_literals;
  const std::string longest(1024, '\xff');
  for (const auto name : {""sv, "%"sv, "bob@contoso.test\0"sv, "bob@contoso.test' OR 1=1 --"sv, "bob@contoso.tes_"sv,
                          "\xff\xfe"sv, std::string_view(longest)})
    EXPECT_FALSE(must(people_.find(tenant().guid(), name))) << name;
}

TEST_F(DirectoryTest, GivesACallerAndTheSamePersonFoundOneIdentity) {
  import({{ "bob@contoso.test", "", "", { "robert@contoso.test" } }});
  EXPECT_EQ(caller("robert@contoso.test").account.guid,
            must(people_.find(tenant().guid(), "bob@contoso.test"))->account.guid);
}

// Stands before the real store and is away when told.
class AwayStore final : public DirectoryStore {
 public:
  Result<void> replace_directory(std::string_view, std::span<const UserRecord>, std::span<const GroupRecord>) override {
    return away();
  }
  Result<std::optional<UserRecord>> find_user(std::string_view, std::string_view) override {
    if (!groups_only) return away();
    return std::optional(kBob);
  }
  Result<std::optional<GroupRecord>> find_group(std::string_view, std::string_view) override { return away(); }
  Result<std::vector<GroupName>> groups_of(std::string_view, std::span<const std::string>) override { return away(); }
  Result<std::vector<UserRecord>> users(std::string_view, std::string_view, std::size_t) override { return away(); }
  Result<std::vector<GroupRecord>> groups(std::string_view, std::string_view, std::size_t) override { return away(); }

  bool groups_only = false;

 private:
  static Error away() { return Error(Errc::unavailable, "locked"); }
};

TEST_F(DirectoryTest, SaysThatItCouldNotAskWhenTheStoreIsAwayAndRefusesNobody) {
  const auto label = published();
  const auto persona = account_certificate("dave");  // who has no rights: a refusal, were the store there
  AwayStore away;
  Directory directory{away};
  RightsService service{tenants_, directory, account_keys_, spare_keys_, *store_, clock_, log_};
  for (const bool groups_only : {false, true}) {
    away.groups_only = groups_only;
    const auto outcome =
        service.acquire_license(asked_as("dave"), {{{views({persona}), views(label), ""}}}, [] { return false; });
    ASSERT_FALSE(outcome);
    const Unfulfilled why = outcome.error();
    ASSERT_NE(why.error(), nullptr) << "a fault would be a decision";
    EXPECT_EQ(*why.error(), Errc::unavailable);
    EXPECT_EQ(rows().back().result, "NotAnswered: unavailable");
  }
}

class Memberships : public DirectoryTest {
 protected:
  // What `name` gets from Alice's licence, which lets `grantee` VIEW.
  std::string asks(const std::string& name, const std::string& grantee) {
    auto what = test::publication();
    what.rights = {{grantee, {"VIEW"}, {}}};
    const auto answer = acquire_one(name, published(what), {account_certificate(name)});
    if (std::holds_alternative<soap::Fault>(answer)) return exception_of(answer);
    return open_as(name, answer).grants.at(0).right;
  }
};

TEST_F(Memberships, GiveWhatIsGrantedToAnAliasOrAGroupWithinAGroup) {
  EXPECT_EQ(asks("bob", "robert@contoso.test"), "NoRightsForRequestedPrincipalException");
  EXPECT_EQ(asks("bob", "everyone@contoso.test"), "NoRightsForRequestedPrincipalException");
  import({{ "bob@contoso.test",
            "",
            "",
            { "robert@contoso.test" } }},
         {{"staff@contoso.test",
           "",
           "",
           {},
           { "robert@contoso.test",
             "everyone@contoso.test" }},
          { "everyone@contoso.test",
            "",
            "",
            {"all@contoso.test"},
            { "staff@contoso.test" } }});
  EXPECT_EQ(asks("bob", "robert@contoso.test"), "VIEW");
  EXPECT_EQ(asks("bob", "everyone@contoso.test"), "VIEW");
  EXPECT_EQ(asks("bob", "ALL@contoso.test"), "VIEW");
  EXPECT_EQ(asks("carol", "everyone@contoso.test"), "NoRightsForRequestedPrincipalException");
  import({});
  EXPECT_EQ(asks("bob", "everyone@contoso.test"), "NoRightsForRequestedPrincipalException") << "from the next request";
}

TEST_F(Memberships, LetTheOwnerInByAnAlias) {
  import({{ "al@contoso.test", "", "", { "alice@contoso.test" } }});
  auto asked = asked_as("al");
  const auto outcome = service_.acquire_license(
      asked, {{{views({account_certificate("alice")}), views(published()), ""}}}, [] { return false; });
  EXPECT_EQ(open_as("alice", outcome->answers.at(0)).grants.at(0).right, "OWNER");
}

class Personas : public DirectoryTest {
 protected:
  // A certificate that we issued for this account.
  static xrml::Document certificate(const xrml::Account& account) {
    return must(xrml::issue_rights_account(tenant().issuer(), account, key_of("bob"), test::machine(), tenant().urls(),
                                           test::kNow, test::kYear));
  }
  std::string shown_by(const std::string& mail, const std::string& sid, const xrml::Document& persona) {
    auto asked = asked_as("bob");
    asked.caller.mail = mail;
    asked.caller.sid = sid;
    const auto outcome = service_.get_client_licensor_cert(asked, {{views({persona})}});
    return exception_of(outcome);
  }
};

TEST_F(Personas, AreOneAccountsBySidIfBothHaveOne) {
  const auto persona = certificate({"S-1-5-21-1", "", "bob@contoso.test", {}});
  EXPECT_EQ(shown_by("bob@contoso.test", "S-1-5-21-1", persona), "done");
  EXPECT_EQ(shown_by("robert@contoso.test", "S-1-5-21-1", persona), "done") << "who was renamed";
  EXPECT_EQ(shown_by("bob@contoso.test", "S-1-5-21-2", persona), "UnexpectedPersonaCertException")
      << "who has the address today";
}

TEST_F(Personas, AreOneAccountsByAddressOrAliasOtherwise) {
  const auto by_sid = certificate({"S-1-5-21-1", "", "bob@contoso.test", {}});
  EXPECT_EQ(shown_by("BOB@contoso.test", "", by_sid), "done");
  EXPECT_EQ(shown_by("robert@contoso.test", "", by_sid), "UnexpectedPersonaCertException");
  import({{ "robert@contoso.test", "", "", { "bob@contoso.test" } }});
  EXPECT_EQ(shown_by("robert@contoso.test", "", by_sid), "done");
}

TEST_F(Personas, AreNotBelievedWhatAliasesTheyName) {
  const auto persona =
      certificate({"", "c0ffee00-0000-4000-8000-000000000001", "bob@contoso.test", {"info@contoso.test"}});
  EXPECT_EQ(shown_by("info@contoso.test", "", persona), "UnexpectedPersonaCertException");
}

class AccountKeysTest : public RightsTest {};

TEST_F(AccountKeysTest, AreTheSameForAllWhoAskFirstAtOnce) {
  const xrml::Account account{"S-1-5-21-1", "", "bob@contoso.test", {}};
  std::vector<std::string> found(4);
  std::vector<std::thread> threads;
  for (auto& fingerprint : found)
    threads.emplace_back([&] {
      // As a process of its own would.
      const auto store = must(SqliteStore::open({directory_.path() / "store.db"}));
      AccountKeys keys{*store, spare_keys_, wrapping_key().clone()};
      fingerprint = must(keys.key_of(tenant(), account)).public_key().fingerprint();
    });
  for (auto& thread : threads) thread.join();
  for (const auto& fingerprint : found) EXPECT_EQ(fingerprint, found[0]);
  EXPECT_EQ(must(account_keys_.key_of(tenant(), account)).public_key().fingerprint(), found[0]);
}

TEST_F(AccountKeysTest, AreTakenFromThoseMadeAhead) {
  const Secret ahead = key_of("made ahead").to_pem();
  SpareKeys spare_keys(0, log_, [&] { return xrml::PrivateKey::from_pem(ahead); });
  AccountKeys keys{*store_, spare_keys, wrapping_key().clone()};
  const xrml::Account account{"S-1-5-21-1", "", "bob@contoso.test", {}};
  EXPECT_EQ(must(keys.key_of(tenant(), account)).public_key(), key_of("made ahead").public_key());
}

TEST_F(AccountKeysTest, AreThoseOfTheSidWhateverTheAddress) {
  const auto key = must(account_keys_.key_of(tenant(), {"S-1-5-21-1", "", "bob@contoso.test", {}})).public_key();
  EXPECT_EQ(must(account_keys_.key_of(tenant(), {"s-1-5-21-1", "", "robert@contoso.test", {}})).public_key(), key);
  EXPECT_NE(must(account_keys_.key_of(tenant(), {"S-1-5-21-2", "", "bob@contoso.test", {}})).public_key(), key);
}

TEST_F(AccountKeysTest, AreWrappedForTheirAccountAlone) {
  const xrml::Account bob{"S-1-5-21-1", "", "bob@contoso.test", {}}, eve{"S-1-5-21-666", "", "eve@contoso.test", {}};
  ASSERT_TRUE(test::succeeds(account_keys_.key_of(tenant(), bob)));
  const auto wrapped = *must(store_->find_account_key(tenant().guid(), bob.sid));
  must(store_->add_account_key(tenant().guid(), eve.sid, wrapped));
  EXPECT_TRUE(test::fails_with(account_keys_.key_of(tenant(), eve), Errc::wrong_key));
  AccountKeys others{*store_, spare_keys_, xrml::new_wrapping_key()};
  EXPECT_TRUE(test::fails_with(others.key_of(tenant(), bob), Errc::wrong_key));
}

}  // namespace
}  // namespace rms::cloud
