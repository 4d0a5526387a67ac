// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cloud/usage_log/format.h"

namespace rms::cloud {
namespace {

UsageRow a_row() {
  UsageRow row;
  row.time = WallTime(std::chrono::seconds(1'372'197'568));  // 2013-06-25T21:59:28Z
  row.row_id = "1c3fe7a9-d9e0-4654-97b7-14fafa72ea63";
  row.request_type = "AcquireLicense";
  row.user_id = "joe@contoso.com";
  row.result = "Success";
  row.correlation_id = "cab52088-8925-4371-be34-4b71a3112356";
  row.content_id = "bb4af47b-cfed-4719-831d-71b98191a4f2";
  row.owner_email = "alice@contoso.com";
  row.issuer = "alice@contoso.com";
  row.file_name = "Budget.docx";
  row.date_published = "2015-10-15T21:37:00";
  row.c_info = "MSIPC;version=1.0.623.47";
  row.c_ip = "64.51.202.144";
  row.connector = "connector-1";
  row.entry = "exchange";
  row.role = "exchange";
  row.principal = "dns:exchange.contoso.test";
  row.mechanism = "tls-client-certificate";
  return row;
}

TEST(UsageLog, BeginsAsAzuresDoes) {
  const auto header = usage_header(UsageFormat::w3c);
  EXPECT_TRUE(
      header.starts_with("#Software: RMS\n#Version: 1.1\n#Fields: date\ttime\trow-id\trequest-type\tuser-id\tresult\t"
                         "correlation-id\tcontent-id\towner-email\tissuer\ttemplate-id\tfile-name\tdate-published\t"
                         "c-info\tc-ip\tadmin-action\tacting-as-user\t"));
}

TEST(UsageLog, WritesTheFieldsAsAzureDoes) {
  EXPECT_EQ(
      usage_line(UsageFormat::w3c, a_row()),
      "2013-06-25\t21:59:28\t1c3fe7a9-d9e0-4654-97b7-14fafa72ea63\tAcquireLicense\t'joe@contoso.com'\t'Success'\t"
      "cab52088-8925-4371-be34-4b71a3112356\t{bb4af47b-cfed-4719-831d-71b98191a4f2}\talice@contoso.com\t"
      "alice@contoso.com\t\tBudget.docx\t2015-10-15T21:37:00\t'MSIPC;version=1.0.623.47'\t64.51.202.144\tFalse\t\t"
      "connector-1\texchange\texchange\tdns:exchange.contoso.test\ttls-client-certificate\t\t\t\n");
}

TEST(UsageLog, HasAsManyFieldsAsNames) {
  const auto header = usage_header(UsageFormat::w3c);
  const auto names = header.substr(header.find("#Fields: "));
  const auto line = usage_line(UsageFormat::w3c, a_row());
  EXPECT_EQ(std::ranges::count(names, '\t'), std::ranges::count(line, '\t'));
}

TEST(UsageLog, KeepsHostileTextInItsFieldAndLine) {
  auto row = a_row();
  row.c_info = "x'\ty\r\n2013-06-25\t'forged'\x7f";
  row.file_name = "a\tb\nc";
  row.content_id =
      "\xc2\x9b"
      "31m";  // CSI, as one character
  const auto line = usage_line(UsageFormat::w3c, row);
  EXPECT_EQ(std::ranges::count(line, '\t'), std::ranges::count(usage_line(UsageFormat::w3c, a_row()), '\t'));
  EXPECT_EQ(std::ranges::count(line, '\n'), 1);
  EXPECT_NE(line.find("'x'' y  2013-06-25 ''forged'' '"), std::string::npos) << line;
  EXPECT_EQ(std::ranges::count(usage_line(UsageFormat::table, row), '\n'), 1);
  EXPECT_EQ(usage_line(UsageFormat::table, row).find("\xc2\x9b"), std::string::npos);
}

TEST(UsageLog, WritesOneJsonObjectALine) {
  auto row = a_row();
  row.c_info = "quote\" newline\n not utf-8 \xff";
  const auto line = usage_line(UsageFormat::json, row);
  EXPECT_EQ(std::ranges::count(line, '\n'), 1);
  const auto object = nlohmann::json::parse(line);
  EXPECT_EQ(object["request-type"], "AcquireLicense");
  EXPECT_EQ(object["time"], "21:59:28");
  EXPECT_EQ(object["entry"], "exchange");
  EXPECT_EQ(object["admin-action"], false);
  EXPECT_TRUE(usage_header(UsageFormat::json).empty());
}

TEST(UsageLog, KnowsItsFormats) {
  EXPECT_EQ(parse_usage_format("w3c"), UsageFormat::w3c);
  EXPECT_EQ(parse_usage_format("json"), UsageFormat::json);
  EXPECT_EQ(parse_usage_format("table"), UsageFormat::table);
  EXPECT_EQ(parse_usage_format("csv"), std::nullopt);
  EXPECT_EQ(format_usage(UsageFormat::table, std::vector{a_row(), a_row()}).substr(0, 10), "TIME (UTC)");
}

}  // namespace
}  // namespace rms::cloud
