// SPDX-License-Identifier: Apache-2.0
#include "yaml/values.h"

#include <limits>

#include <gtest/gtest.h>

namespace rms::yaml {
namespace {

using namespace std::chrono_literals;

TEST(YamlInteger, IsReadAsDecimalOnly) {
  EXPECT_EQ(*parse_integer("0"), 0);
  EXPECT_EQ(*parse_integer("65535"), 65535);
  EXPECT_EQ(*parse_integer("-12"), -12);
  EXPECT_EQ(*parse_integer("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  for (const auto* text : {"", "-", "-0", "+1", "010", "0644", "0x1F", "0o17", "1_000", "1,000", "1e3", "1.0", " 1",
                           "1 ", "9223372036854775808", "yes"})
    EXPECT_TRUE(parse_integer(text).has_error() && parse_integer(text).error() == Errc::invalid_setting) << text;
}

TEST(YamlDuration, NeedsItsUnit) {
  EXPECT_EQ(*parse_duration("500ms"), 500ms);
  EXPECT_EQ(*parse_duration("5s"), 5s);
  EXPECT_EQ(*parse_duration("15m"), 15min);
  EXPECT_EQ(*parse_duration("1h"), 1h);
  EXPECT_EQ(*parse_duration("0s"), 0s);
  for (const auto* text : {"", "5", "s", "5 s", "5S", "05s", "-5s", "1.5s", "1h30m", "5sec", "99999999999999999999s",
                           "9223372036854775807h"})
    EXPECT_TRUE(parse_duration(text).has_error() && parse_duration(text).error() == Errc::invalid_setting) << text;
}

TEST(YamlSize, NeedsItsUnit) {
  EXPECT_EQ(*parse_size("512B"), 512u);
  EXPECT_EQ(*parse_size("64KiB"), 65536u);
  EXPECT_EQ(*parse_size("16MiB"), 16u << 20);
  EXPECT_EQ(*parse_size("1GiB"), 1u << 30);
  for (const auto* text : {"", "64", "64K", "64KB", "64kib", "064KiB", "-1B", "9223372036854775807GiB"})
    EXPECT_TRUE(parse_size(text).has_error() && parse_size(text).error() == Errc::invalid_setting) << text;
}

TEST(YamlFormat, TakesTheLargestUnitThatFits) {
  EXPECT_EQ(format_duration(0ms), "0s");
  EXPECT_EQ(format_duration(1500ms), "1500ms");
  EXPECT_EQ(format_duration(90s), "90s");
  EXPECT_EQ(format_duration(120s), "2m");
  EXPECT_EQ(format_size(0), "0B");
  EXPECT_EQ(format_size(65536), "64KiB");
  EXPECT_EQ(format_size(1000), "1000B");
}

TEST(YamlEndpoint, IsHostAndPort) {
  EXPECT_EQ(parse_endpoint("rights.example.com:8443")->host, "rights.example.com");
  EXPECT_EQ(parse_endpoint("rights.example.com:8443")->port, 8443);
  EXPECT_EQ(parse_endpoint("127.0.0.1:0")->port, 0);
  EXPECT_EQ(parse_endpoint("[2001:db8::1]:443")->host, "2001:db8::1");
  for (const auto* text : {"", "host", ":443", "host:", "host:65536", "host:0443", "host:-1", "2001:db8::1:443",
                           "[]:443", "[host]:443", "https://host:443", "ho st:443", "user@host:443"})
    EXPECT_TRUE(parse_endpoint(text).has_error() && parse_endpoint(text).error() == Errc::invalid_setting) << text;
}

TEST(YamlShown, NeverCarriesControlCharactersOrWholeSecrets) {
  EXPECT_EQ(in_quotes("a\nb\x1b[2J"), "'a?b?[2J'");
  EXPECT_EQ(in_quotes(std::string(1000, 'x')).size(), 65u);
  EXPECT_EQ(in_quotes(std::string(59, 'x') + "\xc3\xa9"), "'" + std::string(59, 'x') + "...'");
}

TEST(YamlClosest, FindsASlipButNotAnotherWord) {
  const std::string_view known[] = {"connections", "body_bytes", "key"};
  EXPECT_EQ(closest("conections", known), "connections");
  EXPECT_EQ(closest("body_byets", known), "body_bytes");
  EXPECT_EQ(closest("kye", known), "key");
  EXPECT_EQ(closest("dns", known), "");
  EXPECT_EQ(closest("", known), "");
}

}  // namespace
}  // namespace rms::yaml
