// SPDX-License-Identifier: Apache-2.0
#include "ctl/directory/commands.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cloud/store/sqlite_store.h"
#include "ctl/directory/sources.h"
#include "support/outcome.h"
#include "support/test_ca.h"

namespace rms::ctl {
namespace {

using test::fails_with;
using test::must;
using testing::HasSubstr;
using testing::Not;

class DirectoryCommands : public testing::Test {
 protected:
  DirectoryCommands() { must(store_->add_tenant(tenant_)); }

  Contents contents(const std::string& users, const std::string& groups = "") {
    return must(read_csv(directory_.write("u.csv", "mail,name,sid,aliases\n" + users),
                         directory_.write("g.csv", "mail,name,sid,aliases,members\n" + groups), [](std::size_t) {}));
  }
  std::string import(const Contents& what, bool dry_run = false) {
    std::ostringstream out;
    must(import_directory(*store_, tenant_, what, dry_run, out));
    return out.str();
  }
  std::string show(const std::string& name) {
    std::ostringstream out;
    must(show_entry(*store_, tenant_, name, out));
    return out.str();
  }
  std::string list() {
    std::ostringstream out;
    must(list_entries(*store_, tenant_, out));
    return out.str();
  }

  test::TempDir directory_;
  std::unique_ptr<cloud::SqliteStore> store_ = must(cloud::SqliteStore::open({directory_.path() / "store.db"}));
  const cloud::TenantRecord tenant_{"0f45fd50-383b-43ee-90a4-ed013cd0cfe5",
                                    "contoso.test",
                                    "https://rms.contoso.test",
                                    "<XrML/>",
                                    {1},
                                    {2},
                                    {3},
                                    WallTime(std::chrono::seconds(1'790'000'000))};
};

const std::string kUsers =
    "bob@contoso.test,Bob,S-1-5-21-1,robert@contoso.test\ncarol@contoso.test,Carol,,\nDave@contoso.test,,,\n";
const std::string kGroups =
    "staff@contoso.test,Staff,S-1-5-21-9,all@contoso.test,robert@contoso.test\n"
    "everyone@contoso.test,,,,staff@contoso.test\n";

TEST_F(DirectoryCommands, ImportsAndSaysWhatChanged) {
  EXPECT_THAT(
      import(contents(kUsers, kGroups)),
      testing::AllOf(HasSubstr("Imported the directory of contoso.test"), HasSubstr("3: 3 new, 0 changed, 0 gone"),
                     HasSubstr("2: 2 new"), HasSubstr("+ bob@contoso.test"), HasSubstr("+ staff@contoso.test")));
  EXPECT_THAT(import(contents(kUsers, kGroups)), HasSubstr("3: 0 new, 0 changed, 0 gone")) << "nothing is new now";
  const auto said =
      import(contents("bob@contoso.test,Robert,S-1-5-21-1,robert@contoso.test\neve@contoso.test,,,\n"
                      "DAVE@contoso.test,,,\n",
                      "staff@contoso.test,Staff,S-1-5-21-9,all@contoso.test,eve@contoso.test\n"
                      "everyone@contoso.test,,,,staff@contoso.test\n"));
  EXPECT_THAT(said, testing::AllOf(HasSubstr("3: 1 new, 2 changed, 1 gone"), HasSubstr("~ bob@contoso.test"),
                                   HasSubstr("- carol@contoso.test"), HasSubstr("+ eve@contoso.test"),
                                   HasSubstr("~ DAVE@contoso.test"), HasSubstr("2: 0 new, 1 changed, 0 gone")));
  EXPECT_FALSE(must(store_->find_user(tenant_.guid, "carol@contoso.test")));
  EXPECT_TRUE(must(store_->find_user(tenant_.guid, "eve@contoso.test")));
}

TEST_F(DirectoryCommands, ChangesNothingInADryRun) {
  import(contents(kUsers, kGroups));
  const auto before = list();
  EXPECT_THAT(import(contents("eve@contoso.test,,,\n"), true),
              testing::AllOf(HasSubstr("1: 1 new, 0 changed, 3 gone"), HasSubstr("Nothing was changed")));
  EXPECT_EQ(list(), before);
}

TEST_F(DirectoryCommands, RefusesToLeaveNobody) {
  import(contents(kUsers));
  std::ostringstream out;
  EXPECT_TRUE(fails_with(import_directory(*store_, tenant_, contents(""), false, out), Errc::invalid_setting));
  EXPECT_TRUE(must(store_->find_user(tenant_.guid, "bob@contoso.test")));
}

TEST_F(DirectoryCommands, NamesTheFirstFewOfManyChanges) {
  std::string users;
  for (int i = 0; i < 12; ++i) users += "u" + std::to_string(10 + i) + "@contoso.test,,,\n";
  EXPECT_THAT(import(contents(users)), testing::AllOf(HasSubstr("+ u19@contoso.test"),
                                                      Not(HasSubstr("u20@contoso.test")), HasSubstr("and 2 more")));
}

TEST_F(DirectoryCommands, SaysHowManyMembersNobodyKnows) {
  EXPECT_THAT(import(contents("", "s@contoso.test,,,,nobody@contoso.test\n")), HasSubstr("Note: 1 members of groups"));
}

TEST_F(DirectoryCommands, ShowsUsersAndGroupsByAnyNameWithNestedGroups) {
  import(contents(kUsers, kGroups));
  for (const auto* name : {"bob@contoso.test", "ROBERT@contoso.test", "S-1-5-21-1"}) {
    EXPECT_THAT(show(name),
                testing::AllOf(HasSubstr("User bob@contoso.test"), HasSubstr("aliases  robert@contoso.test"),
                               HasSubstr("groups   everyone@contoso.test, staff@contoso.test")));
  }
  EXPECT_THAT(show("all@contoso.test"),
              testing::AllOf(HasSubstr("Group staff@contoso.test"), HasSubstr("groups   everyone@contoso.test"),
                             HasSubstr("members  robert@contoso.test")));
  std::ostringstream out;
  EXPECT_TRUE(fails_with(show_entry(*store_, tenant_, "nobody@contoso.test", out), Errc::not_found));
}

TEST_F(DirectoryCommands, ListsEverybodyBeyondOnePage) {
  std::string users;
  for (int i = 0; i < 2'001; ++i) users += "u" + std::to_string(i) + "@contoso.test,,,\n";
  import(contents(users, kGroups));
  const auto text = list();
  EXPECT_EQ(std::ranges::count(text, '\n'), 1 + 2'001 + 2);
  EXPECT_THAT(text, HasSubstr("group  staff@contoso.test"));
}

}  // namespace
}  // namespace rms::ctl
