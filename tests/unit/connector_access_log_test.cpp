// SPDX-License-Identifier: Apache-2.0
#include "connector/audit/access_log.h"

#include <gtest/gtest.h>

#include "support/record_log.h"

namespace rms::connector {
namespace {

using namespace std::chrono_literals;

// A good request of exchange's, as it looks when it has been answered.
class AccessLogTest : public testing::Test {
 protected:
  AccessLogTest() {
    ServerEntry exchange;
    exchange.name = "exchange";
    exchange.mail = "exchange@contoso.test";
    exchange.sid = "S-1-5-21-1";
    settings.servers.push_back(exchange);
    settings.file = "/etc/rms.yaml";
    principal.mechanism = "tls-client-certificate";
    principal.name = "dns:exchange.contoso.test";
    principal.certificate.emplace().fingerprint = "00ff";
    record.correlation_id = "correlation";
    record.request_id = "request";
    record.peer = "192.0.2.7:50123";
    record.principal = &principal;
    record.decision = Decision{Verdict::allowed, &settings.servers[0], "allowed"};
    record.method = "POST";
    record.path = "/_wmcs/licensing/license.asmx";
    record.operation = "AcquireLicense";
    record.user_agent = "MSIPC";
    record.status = 200;
    record.bytes_in = 10;
    record.bytes_out = 20;
    record.total = 1500us;
    record.upstream = 1200us;
  }

  Settings settings;
  Principal principal;
  AccessRecord record;
  test::RecordLog log;
  AccessLog access{log};
};

TEST_F(AccessLogTest, WritesOneLineWithAllThatIsKnown) {
  access.request(record);
  access.request(record);
  const auto lines = log.lines(Event::none);
  ASSERT_EQ(lines.size(), 2u);
  const auto& line = lines[1];
  EXPECT_EQ(line.level, Level::info);
  EXPECT_EQ(line.field("correlation_id"), "correlation");
  EXPECT_EQ(line.field("request_id"), "request");
  EXPECT_EQ(line.field("peer"), "192.0.2.7:50123");
  EXPECT_EQ(line.field("principal"), "dns:exchange.contoso.test");
  EXPECT_EQ(line.field("mechanism"), "tls-client-certificate");
  EXPECT_EQ(line.field("certificate"), "00ff");
  EXPECT_EQ(line.field("entry"), "exchange");
  EXPECT_EQ(line.field("role"), "exchange");
  EXPECT_EQ(line.field("operation"), "AcquireLicense");
  EXPECT_EQ(line.field("user_agent"), "MSIPC");
  EXPECT_EQ(line.field("status"), "200");
  EXPECT_EQ(line.field("bytes_in"), "10");
  EXPECT_EQ(line.field("bytes_out"), "20");
  EXPECT_EQ(line.field("total_us"), "1500");
  EXPECT_EQ(line.field("upstream_us"), "1200");
  EXPECT_EQ(line.field("reason"), "");
}

TEST_F(AccessLogTest, LeavesOutWhatIsNotKnown) {
  AccessRecord unknown;
  unknown.status = 404;
  access.request(unknown);
  const auto lines = log.lines();
  ASSERT_EQ(lines.size(), 1u);
  for (const Field& field : lines[0].fields)
    EXPECT_TRUE(field.name == "status" || field.name == "bytes_in" || field.name == "bytes_out" ||
                field.name == "total_us")
        << field.name;
  EXPECT_EQ(lines[0].level, Level::info);
}

TEST_F(AccessLogTest, ReportsTheFirstAccessOfAServerOnce) {
  access.request(record);
  access.request(record);
  const auto first = log.lines(Event::first_access);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].level, Level::info);
  EXPECT_EQ(first[0].field("entry"), "exchange");
  EXPECT_EQ(first[0].field("mail"), "exchange@contoso.test");
  EXPECT_EQ(first[0].field("sid"), "S-1-5-21-1");
  EXPECT_EQ(first[0].field("principal"), "dns:exchange.contoso.test");
  EXPECT_EQ(first[0].field("peer"), "192.0.2.7:50123");
}

TEST_F(AccessLogTest, NamesARefusedStrangerInExactlyOneLine) {
  principal.name = "dns:stranger.contoso.test";
  record.decision = Decision{Verdict::unknown_principal, nullptr, "no_entry"};
  record.status = 403;
  record.upstream.reset();
  access.request(record);
  ASSERT_EQ(log.lines().size(), 1u);
  const auto line = log.lines()[0];
  EXPECT_EQ(line.event, Event::unauthorized);
  EXPECT_EQ(line.level, Level::warning);
  EXPECT_EQ(line.field("principal"), "dns:stranger.contoso.test");
  EXPECT_EQ(line.field("reason"), "no_entry");
  EXPECT_EQ(line.field("entry"), "");
  EXPECT_EQ(line.field("status"), "403");
}

TEST_F(AccessLogTest, NamesTheServerThatAskedForTooMuch) {
  record.decision = Decision{Verdict::not_granted, &settings.servers[0], "operation_not_granted"};
  access.request(record);
  ASSERT_EQ(log.lines().size(), 1u) << "a refusal is no first access";
  EXPECT_EQ(log.lines()[0].event, Event::unauthorized);
  EXPECT_EQ(log.lines()[0].field("entry"), "exchange");
  EXPECT_EQ(log.lines()[0].field("reason"), "operation_not_granted");
}

TEST_F(AccessLogTest, CutsWhatACallerMakesTooLong) {
  const std::string path(513, 'p'), agent(65536, 'a');
  record.path = path;
  record.user_agent = agent;
  access.request(record);
  const auto line = log.lines(Event::none).at(0);
  EXPECT_EQ(line.field("path").size(), 512u);
  EXPECT_EQ(line.field("user_agent").size(), 512u);
}

TEST_F(AccessLogTest, ATokenThatWasRefusedIsAnEventOfNobody) {
  AccessRecord nobody;
  nobody.status = 401;
  nobody.outcome = "clock_skew";
  nobody.refusal_detail = "the caller's clock is 600 s ahead of ours";
  access.request(nobody);
  ASSERT_EQ(log.lines().size(), 1u);
  EXPECT_EQ(log.lines()[0].event, Event::unauthenticated);
  EXPECT_EQ(log.lines()[0].level, Level::warning);
}

TEST_F(AccessLogTest, ATokenThatNobodyCouldJudgeIsNoEvent) {
  AccessRecord nobody;
  nobody.status = 503;
  nobody.outcome = "overloaded";
  nobody.refusal_detail = "more tokens came than can be remembered";
  access.request(nobody);
  EXPECT_EQ(log.lines().at(0).event, Event::none);
  EXPECT_EQ(log.lines().at(0).level, Level::warning);
}

TEST_F(AccessLogTest, ACallerThatShowsNothingIsNoEvent) {
  AccessRecord nobody;
  nobody.status = 401;
  access.request(nobody);
  EXPECT_EQ(log.lines().at(0).event, Event::none);
  EXPECT_EQ(log.lines().at(0).level, Level::info);
}

TEST_F(AccessLogTest, ACertificateThatCountsNoLongerIsAnEventOfNobody) {
  record.decision.reset();
  record.withdrawn = true;
  record.status = 403;
  record.outcome = "certificate_revoked";
  access.request(record);
  ASSERT_EQ(log.lines().size(), 1u);
  EXPECT_EQ(log.lines()[0].event, Event::unauthenticated);
  EXPECT_EQ(log.lines()[0].field("outcome"), "certificate_revoked");
  EXPECT_EQ(log.lines()[0].field("principal"), "dns:exchange.contoso.test");
}

TEST_F(AccessLogTest, SaysThatARequestCameByPlainHttp) {
  access.request(record);
  EXPECT_EQ(log.lines().back().field("scheme"), "");
  record.tls = false;
  access.request(record);
  EXPECT_EQ(log.lines().back().field("scheme"), "http");
}

TEST(TransportMemory, TellsOnceAndAgainAfterAReturn) {
  using News = TransportMemory::News;
  TransportMemory memory;
  EXPECT_EQ(memory.saw("a", true), News::none);
  EXPECT_EQ(memory.size(), 0u) << "who never used plain HTTP is not remembered";
  EXPECT_EQ(memory.saw("a", false), News::plain_http);
  EXPECT_EQ(memory.saw("a", false), News::none);
  EXPECT_EQ(memory.saw("b", true), News::none);
  EXPECT_EQ(memory.saw("a", true), News::secured);
  EXPECT_EQ(memory.saw("a", true), News::none);
  EXPECT_EQ(memory.saw("a", false), News::plain_http);
}

TEST(TransportMemory, ForgetsAllWhenOneMoreComesThanItMayRemember) {
  using News = TransportMemory::News;
  TransportMemory memory(2);
  memory.saw("a", false);
  memory.saw("b", false);
  EXPECT_EQ(memory.saw("a", false), News::none);
  EXPECT_EQ(memory.saw("c", false), News::plain_http);
  EXPECT_EQ(memory.size(), 1u);
  EXPECT_EQ(memory.saw("a", false), News::plain_http) << "told of once more";
  EXPECT_EQ(memory.saw("b", true), News::none) << "its move is not told of";
}

TEST_F(AccessLogTest, SaysWhichListIsInForce) {
  access.list_loaded(settings);
  const auto lines = log.lines(Event::list_loaded);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].level, Level::info);
  EXPECT_EQ(lines[0].field("servers"), "1");
  EXPECT_EQ(log.count_from(Level::warning), 0u);
}

TEST_F(AccessLogTest, WarnsOfAnEmptyList) {
  settings.servers.clear();
  access.list_loaded(settings);
  const auto lines = log.lines(Event::empty_list);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].level, Level::warning);
}

TEST_F(AccessLogTest, GreetsAServerAgainWhenItHadBeenTakenOffTheList) {
  access.request(record);
  access.list_loaded(settings);
  access.request(record);
  EXPECT_EQ(log.lines(Event::first_access).size(), 1u) << "a list with the same server changes nothing";
  access.list_loaded(Settings());
  access.list_loaded(settings);
  access.request(record);
  EXPECT_EQ(log.lines(Event::first_access).size(), 2u);
}

}  // namespace
}  // namespace rms::connector
