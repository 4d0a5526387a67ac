// SPDX-License-Identifier: Apache-2.0
#include "ctl/lookup/name.h"

#include <gtest/gtest.h>

#include "support/outcome.h"

namespace rms::ctl {
namespace {

using namespace std::string_literals;
using Form = SearchedName::Form;
using test::fails_with;
using test::must;

const DomainNames kContoso{"contoso.test", "CONTOSO"};

std::string filter(std::string_view written) {
  return filter_of(must(parse_name(written)), kContoso);
}

TEST(LookupName, IsReadInEveryFormThatAdministratorsUse) {
  const auto read = [](std::string_view written) { return must(parse_name(written)); };
  EXPECT_EQ(read("EXCH01$").form, Form::plain);
  EXPECT_EQ(read("Exchange Servers").account, "Exchange Servers");
  EXPECT_EQ(read("CONTOSO\\EXCH01$").form, Form::down_level);
  EXPECT_EQ(read("CONTOSO\\EXCH01$").domain, "CONTOSO");
  EXPECT_EQ(read("CONTOSO\\EXCH01$").account, "EXCH01$");
  EXPECT_EQ(read("EXCH01$@CONTOSO.TEST").form, Form::principal);
  EXPECT_EQ(read("EXCH01$@CONTOSO.TEST").domain, "CONTOSO.TEST");
  EXPECT_EQ(read("a@b@contoso.test").account, "a@b");
  EXPECT_EQ(read("S-1-5-21-1-2-3-1118").form, Form::sid);
  EXPECT_EQ(read("S-1-x").form, Form::plain);  // Somebody may be called so.
}

TEST(LookupName, WithAPartMissingIsNone) {
  for (const std::string& written :
       {""s, "  "s, "\\EXCH01$"s, "CONTOSO\\"s, "@contoso.test"s, "alice@"s, std::string(1025, 'a')})
    EXPECT_TRUE(fails_with(parse_name(written), Errc::invalid_setting)) << written;
}

TEST(LookupName, KnowsItsDomainByBothNamesInAnyCase) {
  for (const char* here :
       {"EXCH01$", "contoso\\EXCH01$", "Contoso.Test\\EXCH01$", "EXCH01$@CONTOSO.TEST", "S-1-5-32-544"})
    EXPECT_FALSE(names_another_domain(must(parse_name(here)), kContoso)) << here;
  for (const char* there : {"FABRIKAM\\EXCH01$", "alice@fabrikam.test", "alice@sub.contoso.test"})
    EXPECT_TRUE(names_another_domain(must(parse_name(there)), kContoso)) << there;
}

TEST(LookupFilter, FindsComputersWithAndWithoutTheirDollar) {
  EXPECT_EQ(filter("EXCH01$"), "(&(objectSid=*)(|(sAMAccountName=EXCH01$)))");
  EXPECT_EQ(filter("EXCH01"), "(&(objectSid=*)(|(sAMAccountName=EXCH01)(sAMAccountName=EXCH01$)(cn=EXCH01)))");
  EXPECT_EQ(filter("CONTOSO\\EXCH01"), "(&(objectSid=*)(|(sAMAccountName=EXCH01)(sAMAccountName=EXCH01$)))");
}

TEST(LookupFilter, TakesAnAccountNameOfThisDomainOnly) {
  EXPECT_EQ(filter("alice@contoso.test"),
            "(&(objectSid=*)(|(userPrincipalName=alice@contoso.test)(mail=alice@contoso.test)(sAMAccountName=alice)))");
  EXPECT_EQ(filter("alice@fabrikam.test"),
            "(&(objectSid=*)(|(userPrincipalName=alice@fabrikam.test)(mail=alice@fabrikam.test)))");
}

TEST(LookupFilter, FindsASidByItsBytes) {
  EXPECT_EQ(filter("S-1-5-32-544"), "(objectSid=\\01\\02\\00\\00\\00\\00\\00\\05 \\00\\00\\00 \\02\\00\\00)");
}

TEST(LookupFilter, HostileNamesMeanThemselves) {
  EXPECT_EQ(escape_filter("*"), "\\2a");
  EXPECT_EQ(escape_filter("a)(objectClass=*"), "a\\29\\28objectClass=\\2a");
  EXPECT_EQ(escape_filter("a\0b\\c"s), "a\\00b\\5cc");
  EXPECT_EQ(escape_filter("b\xc3\xa4r\n"), "b\\c3\\a4r\\0a");
  EXPECT_EQ(filter("*"), "(&(objectSid=*)(|(sAMAccountName=\\2a)(sAMAccountName=\\2a$)(cn=\\2a)))");
  EXPECT_EQ(filter("CONTOSO\\*)(cn=*"),
            "(&(objectSid=*)(|(sAMAccountName=\\2a\\29\\28cn=\\2a)(sAMAccountName=\\2a\\29\\28cn=\\2a$)))");
}

}  // namespace
}  // namespace rms::ctl
