// SPDX-License-Identifier: Apache-2.0
#include "connector/authenticator/logon_info.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/logon_info_writer.h"

namespace rms::connector {
namespace {

using test::LogonInfoSpec;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(LogonInfo, SaysWhoItIsAndEveryGroup) {
  LogonInfoSpec spec;
  spec.extra = {"S-1-5-21-9-9-9-1109", "S-1-18-1"};
  spec.resource_domain_sid = "S-1-5-21-4-5-6";
  spec.resources = {2001, 2002};
  const auto info = read_logon_info(test::logon_info(spec));
  ASSERT_TRUE(info) << info.error().to_string();
  EXPECT_EQ(info->account, "EXCH01$");
  EXPECT_EQ(info->domain, "CONTOSO");
  EXPECT_EQ(info->domain_sid, "S-1-5-21-1-2-3");
  EXPECT_EQ(info->sid, "S-1-5-21-1-2-3-1105");
  EXPECT_EQ(info->primary_group, "S-1-5-21-1-2-3-515");
  EXPECT_THAT(info->groups, ElementsAre("S-1-5-21-1-2-3-515", "S-1-5-21-1-2-3-1109"));
  EXPECT_THAT(info->extra, ElementsAre("S-1-5-21-9-9-9-1109", "S-1-18-1"));
  EXPECT_THAT(info->resource, ElementsAre("S-1-5-21-4-5-6-2001", "S-1-5-21-4-5-6-2002"));
}

TEST(LogonInfo, NeedsNoGroups) {
  LogonInfoSpec spec;
  spec.groups = {};
  const auto info = read_logon_info(test::logon_info(spec));
  ASSERT_TRUE(info) << info.error().to_string();
  EXPECT_THAT(info->groups, IsEmpty());
  EXPECT_THAT(info->extra, IsEmpty());
  EXPECT_THAT(info->resource, IsEmpty());
}

// As a domain controller of Samba 4.17 wrote it, held against what ndrdump says of it.
TEST(LogonInfo, ReadsWhatAControllerWrote) {
  std::ifstream in(std::string(RMS_SOURCE_DIR) + "/tests/fuzz/seeds/logon_info/samba-computer", std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  const auto info = read_logon_info(bytes.str());
  ASSERT_TRUE(info) << info.error().to_string();
  EXPECT_EQ(info->account, "EXCH01$");
  EXPECT_EQ(info->domain, "CONTOSO");
  const std::string domain = "S-1-5-21-3460989212-3590469756-3018157480";
  EXPECT_EQ(info->domain_sid, domain);
  EXPECT_EQ(info->sid, domain + "-1104");
  EXPECT_EQ(info->primary_group, domain + "-515");
  EXPECT_THAT(info->groups, ElementsAre(domain + "-515", domain + "-1102", domain + "-1103"));
  EXPECT_THAT(info->extra, ElementsAre("S-1-18-1"));
}

TEST(LogonInfo, RefusesWhatEndsTooEarly) {
  LogonInfoSpec spec;
  spec.extra = {"S-1-5-21-9-9-9-1109"};
  const std::string whole = test::logon_info(spec);
  ASSERT_TRUE(read_logon_info(whole));
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(read_logon_info(whole.substr(0, size)).error(), Errc::malformed) << size;
}

TEST(LogonInfo, BoundsTheGroups) {
  LogonInfoSpec spec;
  spec.groups = std::vector<std::uint32_t>(kMostGroups, 1);
  EXPECT_TRUE(read_logon_info(test::logon_info(spec)));
  spec.groups.push_back(1);
  EXPECT_EQ(read_logon_info(test::logon_info(spec)).error(), Errc::too_large);
}

TEST(LogonInfo, RefusesANameThatIsNoText) {
  std::string bytes = test::logon_info({});
  const std::size_t at = bytes.find(std::string("E\0X\0", 4));
  ASSERT_NE(at, std::string::npos);
  bytes[at + 1] = '\xd8';  // half of a surrogate pair
  EXPECT_EQ(read_logon_info(bytes).error(), Errc::malformed);
}

}  // namespace
}  // namespace rms::connector
