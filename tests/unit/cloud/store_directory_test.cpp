// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <fstream>
#include <sstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/guid.h"
#include "cloud/store/sqlite_store.h"
#include "support/outcome.h"
#include "support/test_ca.h"

namespace rms::cloud {
namespace {

using namespace std::chrono_literals;
using test::fails_with;
using test::must;
using test::succeeds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const WallTime kNow = WallTime(std::chrono::seconds(1'790'000'000));

class StoreDirectory : public testing::Test {
 protected:
  StoreDirectory() {
    must(store_->add_tenant({tenant_, "contoso.test", "https://rms.contoso.test", "<XrML/>", {1}, {2}, {3}, kNow}));
    must(store_->add_tenant({other_, "fabrikam.test", "https://rms.fabrikam.test", "<XrML/>", {1}, {2}, {3}, kNow}));
  }

  void keep(std::vector<UserRecord> users, std::vector<GroupRecord> groups = {}) {
    must(store_->replace_directory(tenant_, users, groups));
  }
  std::vector<std::string> groups_of(std::vector<std::string> addresses) {
    std::vector<std::string> mails;
    for (const auto& group : must(store_->groups_of(tenant_, addresses))) mails.push_back(group.mail);
    return mails;
  }
  static GroupRecord group(const std::string& mail, std::vector<std::string> members) {
    return {mail, "", "", {}, std::move(members)};
  }

  test::TempDir directory_;
  std::filesystem::path file_ = directory_.path() / "store.db";
  std::unique_ptr<SqliteStore> store_ = must(SqliteStore::open({file_}));
  const std::string tenant_ = new_guid(), other_ = new_guid();
};

TEST_F(StoreDirectory, FindsUsersByAnyNameInAnyCase) {
  keep({{"bob@contoso.test", "Bob Bär", "S-1-5-21-1", {"robert@contoso.test", "b.ob@contoso.test"}}});
  for (const auto* name :
       {"bob@contoso.test", "BOB@contoso.test", "Robert@Contoso.TEST", "b.ob@contoso.test", "s-1-5-21-1"}) {
    const auto user = must(store_->find_user(tenant_, name));
    ASSERT_TRUE(user) << name;
    EXPECT_EQ(user->mail, "bob@contoso.test");
    EXPECT_EQ(user->name, "Bob Bär");
    EXPECT_EQ(user->sid, "S-1-5-21-1");
    EXPECT_THAT(user->aliases, ElementsAre("robert@contoso.test", "b.ob@contoso.test"));
  }
  EXPECT_FALSE(must(store_->find_user(tenant_, "carol@contoso.test")));
  EXPECT_FALSE(must(store_->find_user(tenant_, ""))) << "who has no SID is not found by none";
}

TEST_F(StoreDirectory, TellsUsersFromGroupsAndTenantsFromOneAnother) {
  keep({{"bob@contoso.test", "", "", {}}}, {{"staff@contoso.test", "Staff", "S-1-5-21-9", {"all@contoso.test"}, {}}});
  EXPECT_FALSE(must(store_->find_user(tenant_, "all@contoso.test")));
  EXPECT_FALSE(must(store_->find_group(tenant_, "bob@contoso.test")));
  EXPECT_EQ(must(store_->find_group(tenant_, "ALL@contoso.test"))->mail, "staff@contoso.test");
  EXPECT_EQ(must(store_->find_group(tenant_, "S-1-5-21-9"))->name, "Staff");
  EXPECT_FALSE(must(store_->find_user(other_, "bob@contoso.test")));
  must(store_->replace_directory(other_, std::vector{UserRecord{"bob@contoso.test", "Another", "", {}}}, {}));
  EXPECT_EQ(must(store_->find_user(tenant_, "bob@contoso.test"))->name, "");
}

TEST_F(StoreDirectory, ReplacesAllThatTheTenantHadAndNothingElse) {
  must(store_->replace_directory(other_, std::vector{UserRecord{"eve@fabrikam.test", "", "", {}}}, {}));
  keep({{"bob@contoso.test", "", "S-1-1", {}}}, {group("staff@contoso.test", {"bob@contoso.test"})});
  keep({{"carol@contoso.test", "", "S-1-1", {"staff@contoso.test"}}});
  EXPECT_FALSE(must(store_->find_user(tenant_, "bob@contoso.test")));
  EXPECT_FALSE(must(store_->find_group(tenant_, "staff@contoso.test")));
  EXPECT_THAT(groups_of({"bob@contoso.test"}), IsEmpty());
  EXPECT_EQ(must(store_->find_user(tenant_, "S-1-1"))->mail, "carol@contoso.test");
  EXPECT_TRUE(must(store_->find_user(other_, "eve@fabrikam.test")));
}

TEST_F(StoreDirectory, NamesTheAddressOrSidThatTwoHaveAndChangesNothing) {
  keep({{"old@contoso.test", "", "", {}}});
  const std::vector<UserRecord> users{{"bob@contoso.test", "", "S-1-1", {"robert@contoso.test"}}};
  const auto conflict = [&](std::vector<UserRecord> more, std::vector<GroupRecord> groups) {
    more.insert(more.begin(), users.begin(), users.end());
    const auto replaced = store_->replace_directory(tenant_, more, groups);
    EXPECT_TRUE(fails_with(replaced, Errc::already_exists));
    EXPECT_TRUE(must(store_->find_user(tenant_, "old@contoso.test")));
    EXPECT_FALSE(must(store_->find_user(tenant_, "bob@contoso.test")));
    return replaced ? "" : replaced.error().context;
  };
  using testing::HasSubstr;
  EXPECT_THAT(conflict({{"BOB@contoso.test", "", "", {}}}, {}),
              HasSubstr("the address BOB@contoso.test of BOB@contoso.test is one of bob@contoso.test"));
  EXPECT_THAT(conflict({{"carol@contoso.test", "", "", {"Robert@contoso.test"}}}, {}),
              HasSubstr("the address Robert@contoso.test of carol@contoso.test is one of bob@contoso.test"));
  EXPECT_THAT(conflict({}, {group("robert@contoso.test", {})}), HasSubstr("is one of bob@contoso.test"));
  EXPECT_THAT(conflict({}, {{"staff@contoso.test", "", "s-1-1", {}, {}}}),
              HasSubstr("the SID s-1-1 of staff@contoso.test is that of bob@contoso.test"));
  EXPECT_THAT(conflict({{"carol@contoso.test", "", "", {"carol@contoso.test"}}}, {}),
              HasSubstr("of carol@contoso.test is one of carol@contoso.test"));
}

TEST_F(StoreDirectory, WantsATenant) {
  EXPECT_TRUE(
      fails_with(store_->replace_directory(new_guid(), std::vector{UserRecord{"bob@contoso.test", "", "", {}}}, {}),
                 Errc::not_found));
}

TEST_F(StoreDirectory, FindsGroupsThroughGroupsAndAliases) {
  keep({{"bob@contoso.test", "", "", {"robert@contoso.test"}}},
       {group("direct@contoso.test", {"BOB@contoso.test"}),
        group("by-alias@contoso.test", {"robert@contoso.test"}),
        {"outer@contoso.test", "", "S-1-7", {"outer2@contoso.test"}, {"direct@contoso.test"}},
        group("outermost@contoso.test", {"outer2@contoso.test", "outer@contoso.test"}),
        group("others@contoso.test", {"carol@contoso.test"})});
  EXPECT_THAT(groups_of({"bob@contoso.test"}),
              UnorderedElementsAre("direct@contoso.test", "outer@contoso.test", "outermost@contoso.test"));
  EXPECT_THAT(groups_of({"bob@contoso.test", "robert@contoso.test"}),
              UnorderedElementsAre("direct@contoso.test", "by-alias@contoso.test", "outer@contoso.test",
                                   "outermost@contoso.test"));
  EXPECT_THAT(groups_of({"dave@contoso.test"}), IsEmpty());
  EXPECT_THAT(groups_of({}), IsEmpty());
  EXPECT_THAT(groups_of({"\xff\"]"}), IsEmpty());
  for (const auto& found : must(store_->groups_of(tenant_, std::vector<std::string>{"bob@contoso.test"}))) {
    if (found.mail != "outer@contoso.test") continue;
    EXPECT_EQ(found.sid, "S-1-7");
    EXPECT_THAT(found.aliases, ElementsAre("outer2@contoso.test"));
  }
}

TEST_F(StoreDirectory, IsNotCaughtInCircles) {
  keep({},
       {group("a@contoso.test", {"c@contoso.test", "bob@contoso.test"}), group("b@contoso.test", {"a@contoso.test"}),
        group("c@contoso.test", {"b@contoso.test"}), group("self@contoso.test", {"self@contoso.test"})});
  EXPECT_THAT(groups_of({"bob@contoso.test"}),
              UnorderedElementsAre("a@contoso.test", "b@contoso.test", "c@contoso.test"));
  EXPECT_THAT(groups_of({"self@contoso.test"}), ElementsAre("self@contoso.test"));
}

TEST_F(StoreDirectory, SaysThatAnAccountIsInTooManyGroupsRatherThanForgetOne) {
  std::vector<GroupRecord> chain;
  const auto name = [](std::size_t i) { return "g" + std::to_string(i) + "@contoso.test"; };
  for (std::size_t i = 0; i < kMaxGroupsOfOne; ++i) chain.push_back(group(name(i + 1), {name(i)}));
  keep({}, chain);
  EXPECT_EQ(groups_of({name(0)}).size(), kMaxGroupsOfOne) << "each within the next";
  chain.push_back(group("one-more@contoso.test", {name(kMaxGroupsOfOne)}));
  keep({}, chain);
  EXPECT_TRUE(fails_with(store_->groups_of(tenant_, std::vector{name(0)}), Errc::too_large));
}

TEST_F(StoreDirectory, ListsPageByPage) {
  std::vector<UserRecord> users;
  for (const auto* name : {"d", "a", "C", "b"}) users.push_back({std::string(name) + "@contoso.test", "", "", {}});
  keep(users, {group("z@contoso.test", {"d@contoso.test", "A@contoso.test", "a@contoso.test"})});
  std::string seen;
  for (std::string after;;) {
    const auto page = must(store_->users(tenant_, after, 3));
    if (page.empty()) break;
    for (const auto& user : page) seen += user.mail.substr(0, 1);
    after = page.back().mail;
  }
  EXPECT_EQ(seen, "abCd");
  EXPECT_THAT(must(store_->groups(tenant_, "", 10)).at(0).members, ElementsAre("A@contoso.test", "d@contoso.test"));
}

TEST_F(StoreDirectory, KeepsTheOldDirectoryWhenTheDiskIsFull) {
  keep({{"old@contoso.test", "", "", {}}});
  must(store_->limit_pages_for_test(1));
  std::vector<UserRecord> many;
  for (int i = 0; i < 2'000; ++i) many.push_back({"u" + std::to_string(i) + "@contoso.test", "", "", {}});
  EXPECT_TRUE(fails_with(store_->replace_directory(tenant_, many, {}), Errc::io_error));
  EXPECT_TRUE(must(store_->find_user(tenant_, "old@contoso.test")));
}

TEST_F(StoreDirectory, KeepsTheFirstKeyOfAnAccount) {
  const std::vector<std::uint8_t> first{1, 2}, second{3};
  EXPECT_FALSE(must(store_->find_account_key(tenant_, "S-1-5-21-1")));
  EXPECT_EQ(must(store_->add_account_key(tenant_, "S-1-5-21-1", first)), first);
  EXPECT_EQ(must(store_->add_account_key(tenant_, "s-1-5-21-1", second)), first);
  EXPECT_EQ(must(store_->find_account_key(tenant_, "S-1-5-21-1")), first);
  EXPECT_EQ(must(store_->add_account_key(other_, "S-1-5-21-1", second)), second) << "another tenant's account";
  EXPECT_TRUE(fails_with(store_->add_account_key(new_guid(), "S-1-5-21-1", first), Errc::not_found));
}

TEST_F(StoreDirectory, GivesAllWhoAddAKeyAtOnceTheSame) {
  std::vector<std::vector<std::uint8_t>> kept(4);
  std::vector<std::thread> threads;
  for (std::uint8_t t = 0; t < kept.size(); ++t)
    threads.emplace_back([&, t] {
      auto own = must(SqliteStore::open({file_, 30s}));  // as another process has
      kept[t] = must(own->add_account_key(tenant_, "S-1-5-21-1", std::vector{t}));
    });
  for (auto& thread : threads) thread.join();
  for (const auto& key : kept) EXPECT_EQ(key, kept[0]);
}

TEST_F(StoreDirectory, RemembersTemplates) {
  const TemplateRecord record{"5a0ffb4a-0c1e-4f0e-9d12-9a0d6d2f1c01", "{}", "<XrML/>", kNow, true};
  must(store_->add_templates(tenant_, std::vector{record}));
  for (const auto& guid : {record.guid, "{" + record.guid + "}", std::string("5A0FFB4A-0c1e-4f0e-9d12-9a0d6d2f1c01")}) {
    const auto found = must(store_->find_template(tenant_, guid));
    EXPECT_EQ(found.guid, record.guid);
    EXPECT_EQ(found.definition, record.definition);
    EXPECT_EQ(found.xrml, record.xrml);
    EXPECT_EQ(found.changed, record.changed);
    EXPECT_TRUE(found.archived);
  }
  EXPECT_TRUE(fails_with(store_->add_templates(tenant_, std::vector{record}), Errc::already_exists));
  EXPECT_TRUE(fails_with(store_->add_templates(new_guid(), std::vector{record}), Errc::not_found));
  EXPECT_TRUE(fails_with(store_->find_template(other_, record.guid), Errc::not_found));
  const TemplateRecord another{"00000000-0c1e-4f0e-9d12-9a0d6d2f1c01", "{}", "<XrML/>", kNow, false};
  EXPECT_TRUE(fails_with(store_->add_templates(tenant_, std::vector{another, record}), Errc::already_exists));
  EXPECT_EQ(must(store_->templates(tenant_)).size(), 1u) << "all or none";
  must(store_->add_templates(tenant_, std::vector{another}));
  EXPECT_EQ(must(store_->templates(tenant_)).size(), 2u);
  EXPECT_EQ(must(store_->templates(tenant_)).at(1).guid, record.guid);
  EXPECT_TRUE(must(store_->templates(other_)).empty());
}

TEST_F(StoreDirectory, RemembersLicensorCertificatesByTheirKey) {
  const LicensorRecord record{"key", "S-1-5-21-1", "<XrML/>", kNow};
  EXPECT_FALSE(must(store_->find_licensor(tenant_, "key")));
  must(store_->add_licensor(tenant_, record));
  const auto found = must(store_->find_licensor("{" + tenant_ + "}", "key"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->key, "key");
  EXPECT_EQ(found->account, "S-1-5-21-1");
  EXPECT_EQ(found->certificate, "<XrML/>");
  EXPECT_EQ(found->created, kNow);
  EXPECT_FALSE(must(store_->find_licensor(other_, "key"))) << "another tenant's";
  EXPECT_TRUE(fails_with(store_->add_licensor(tenant_, record), Errc::already_exists));
  EXPECT_TRUE(fails_with(store_->add_licensor(new_guid(), record), Errc::not_found));
}

TEST_F(StoreDirectory, ForgetsTheOldestLicensorCertificatesOfAnAccountThatHasTooMany) {
  must(store_->add_licensor(tenant_, {"another's", "S-1-5-21-2", "<XrML/>", kNow - 1h}));
  for (std::size_t i = 0; i < kMaxLicensorsOfOne; ++i)
    must(store_->add_licensor(tenant_, {std::to_string(i), "S-1-5-21-1", "<XrML/>", kNow}));
  EXPECT_TRUE(must(store_->find_licensor(tenant_, "0")));
  must(store_->add_licensor(tenant_, {"one more", "s-1-5-21-1", "<XrML/>", kNow}));
  EXPECT_FALSE(must(store_->find_licensor(tenant_, "0")));
  EXPECT_TRUE(must(store_->find_licensor(tenant_, "1")));
  EXPECT_TRUE(must(store_->find_licensor(tenant_, "one more")));
  EXPECT_TRUE(must(store_->find_licensor(tenant_, "another's")));
}

// A file that the first released program wrote.
TEST_F(StoreDirectory, BringsAFileOfVersion1UpToDate) {
  const auto old = directory_.path() / "version-1.db";
  std::filesystem::copy_file(RMS_SOURCE_DIR "/tests/unit/cloud/data/store_version_1.db", old);
  std::filesystem::permissions(old, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  ASSERT_EQ(must(must(Database::open(old, 5s)).number("PRAGMA user_version")), 1);
  for (const auto* time : {"first", "again"}) {
    auto store = must(SqliteStore::open({old}));
    const auto tenant = must(store->find_tenant("contoso.test"));
    EXPECT_EQ(tenant.guid, "0f45fd50-383b-43ee-90a4-ed013cd0cfe5") << time;
    EXPECT_TRUE(tenant.chain.starts_with("<XrML")) << time;
    EXPECT_EQ(must(store->connectors()).at(0).name, "connector-1") << time;
    EXPECT_EQ(must(store->last_usage(tenant.guid, 10)).at(0).request_type, "Certify") << time;
    EXPECT_TRUE(
        succeeds(store->replace_directory(tenant.guid, std::vector{UserRecord{"bob@contoso.test", "", "", {}}}, {})));
    EXPECT_TRUE(must(store->find_user(tenant.guid, "bob@contoso.test"))) << time;
    EXPECT_TRUE(must(store->templates(tenant.guid)).empty()) << time;
    EXPECT_FALSE(must(store->find_licensor(tenant.guid, "key"))) << time;
  }
  EXPECT_EQ(must(must(Database::open(old, 5s)).number("PRAGMA user_version")), 6);
}

// Another process imports while we look: what is found is of before or after, never one's row with another's names.
TEST_F(StoreDirectory, IsReadAsOfOneMoment) {
  const UserRecord alice{"alice@contoso.test", "", "", {"a@contoso.test"}};
  const UserRecord bob{"bob@contoso.test", "", "", {"b@contoso.test"}};
  keep({alice, bob});
  std::atomic<bool> over = false;
  std::thread importer([&] {
    const auto other = must(SqliteStore::open({file_, 30s}));
    for (int i = 0; i < 400; ++i)
      must(other->replace_directory(tenant_, i % 2 == 0 ? std::vector{bob, alice} : std::vector{alice, bob}, {}));
    over = true;
  });
  while (!over) {
    const auto found = must(store_->find_user(tenant_, "bob@contoso.test"));
    if (!found || found->aliases != bob.aliases) ADD_FAILURE() << (found ? found->aliases.size() : 0) << " names";
  }
  importer.join();
}

}  // namespace
}  // namespace rms::cloud
