// SPDX-License-Identifier: Apache-2.0
#include "grants/scope.h"

#include <gtest/gtest.h>

namespace rms {
namespace {

using namespace std::chrono_literals;

constexpr const char* kGuid = "11111111-2222-4333-8444-55555555555a";
const WallTime kNow = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 6 / 1));

std::vector<std::string> people(std::initializer_list<std::string> addresses) {
  return addresses;
}

TEST(Scope, CoversEverythingButOpenAnyWhereItSetsNoLimit) {
  const Scope scope;
  EXPECT_FALSE(is_over(scope, kNow));
  EXPECT_TRUE(covers_template(scope, kGuid));
  EXPECT_TRUE(covers_template(scope, ""));
  EXPECT_TRUE(covers_owner(scope, {}));
  EXPECT_TRUE(covers_recipient(scope, people({"alice@contoso.test"})));
  EXPECT_FALSE(may_open_any(scope, kNow));
}

TEST(Scope, CoversNothingWhereAListIsEmpty) {
  const Scope scope{.templates = {{}}, .recipients = {{}}, .owners = {{}}};
  EXPECT_FALSE(covers_template(scope, kGuid));
  EXPECT_FALSE(covers_template(scope, ""));
  EXPECT_FALSE(covers_owner(scope, people({"alice@contoso.test"})));
  EXPECT_FALSE(covers_recipient(scope, people({"alice@contoso.test"})));
}

TEST(Scope, CoversTheTemplatesOnItsListHoweverTheyAreWritten) {
  const Scope scope{.templates = {{kGuid}}};
  EXPECT_TRUE(covers_template(scope, "{11111111-2222-4333-8444-55555555555A}"));
  EXPECT_FALSE(covers_template(scope, "21111111-2222-4333-8444-55555555555a"));
  EXPECT_FALSE(covers_template(scope, "")) << "rights without a template must be named";
  EXPECT_TRUE(covers_template({.templates = {{std::string(kCustomRights)}}}, ""));
  EXPECT_FALSE(covers_template({.templates = {{std::string(kCustomRights)}}}, kGuid));
}

TEST(Scope, CoversPeopleByAnyAddressAndByDomain) {
  const Scope scope{.recipients = {{"alice@contoso.test", "fabrikam.test"}}};
  EXPECT_TRUE(covers_recipient(scope, people({"ALICE@Contoso.Test"})));
  EXPECT_TRUE(covers_recipient(scope, people({"a.smith@contoso.test", "alice@contoso.test"}))) << "an alias";
  EXPECT_TRUE(covers_recipient(scope, people({"anyone@Fabrikam.test"})));
  EXPECT_FALSE(covers_recipient(scope, people({"bob@contoso.test"})));
  EXPECT_FALSE(covers_recipient(scope, people({"x@sub.fabrikam.test"}))) << "no domain below it";
  EXPECT_FALSE(covers_recipient(scope, people({"x@notfabrikam.test"})));
  EXPECT_FALSE(covers_recipient(scope, people({"fabrikam.test"}))) << "no address";
  EXPECT_FALSE(covers_recipient(scope, {})) << "nobody is on no list";
}

TEST(Scope, KeepsRecipientsAndOwnersApart) {
  const Scope scope{.owners = {{"contoso.test"}}};
  EXPECT_TRUE(covers_recipient(scope, people({"x@fabrikam.test"})));
  EXPECT_FALSE(covers_owner(scope, people({"x@fabrikam.test"})));
}

TEST(Scope, EndsWhenItSays) {
  const Scope scope{.until = kNow};
  EXPECT_FALSE(is_over(scope, kNow - 1ms));
  EXPECT_TRUE(is_over(scope, kNow));
}

TEST(Scope, OpensAnyUntilThatOrAllOfItIsOver) {
  Scope scope{.open_any = OpenAny{"a reason", kNow}};
  EXPECT_TRUE(may_open_any(scope, kNow - 1ms));
  EXPECT_FALSE(may_open_any(scope, kNow));
  scope.until = kNow - 1h;
  EXPECT_FALSE(may_open_any(scope, kNow - 1h));
}

}  // namespace
}  // namespace rms
