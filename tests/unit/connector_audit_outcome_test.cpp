// SPDX-License-Identifier: Apache-2.0
#include "connector/audit/outcome.h"

#include <fstream>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connector/audit/line.h"

namespace rms::connector {
namespace {

using namespace std::chrono_literals;

// A request that got what it asked for; tests break one thing.
AccessRecord good() {
  static const ServerEntry exchange = [] {
    ServerEntry entry;
    entry.name = "exchange";
    return entry;
  }();
  AccessRecord record;
  record.correlation_id = "0f45fd50-383b-43ee-90a4-ed013cd0cfe5";
  record.decision = Decision{Verdict::allowed, &exchange, "allowed"};
  record.status = 200;
  record.upstream = 3ms;
  return record;
}

struct Case {
  const char* name;
  void (*change)(AccessRecord&);
  Conclusion conclusion;
  const char* reason;
};

class OutcomeTest : public testing::TestWithParam<Case> {};

TEST_P(OutcomeTest, HasAStableReasonThatIsExplained) {
  AccessRecord record = good();
  GetParam().change(record);
  const Outcome outcome = outcome_of(record);
  EXPECT_EQ(to_string(outcome.conclusion), to_string(GetParam().conclusion));
  EXPECT_EQ(outcome.reason, GetParam().reason);
  EXPECT_NE(find_reason(outcome.reason), nullptr) << outcome.reason << " is not explained";
}

constexpr auto turned_away = [](AccessRecord& record, int status) {
  record.decision.reset();
  record.upstream.reset();
  record.status = status;
};
constexpr auto unanswered = [](AccessRecord& record, Errc why) {
  static std::set<std::string> texts;
  record.status = 503;
  record.outcome = *texts.insert(make_error_code(why).message()).first;
};
constexpr auto refused = [](AccessRecord& record, Verdict verdict, const char* reason) {
  record.decision = Decision{verdict, nullptr, reason};
  record.status = 403;
  record.upstream.reset();
};

INSTANTIATE_TEST_SUITE_P(
    All, OutcomeTest,
    testing::Values(
        Case{"allowed", [](AccessRecord&) {}, Conclusion::allowed, "allowed"},
        Case{"stranger", [](AccessRecord& r) { refused(r, Verdict::unknown_principal, "no_entry"); },
             Conclusion::refused, "no_entry"},
        Case{"ambiguous", [](AccessRecord& r) { refused(r, Verdict::unknown_principal, "ambiguous_entry"); },
             Conclusion::refused, "ambiguous_entry"},
        Case{"grant", [](AccessRecord& r) { refused(r, Verdict::not_granted, "operation_not_granted"); },
             Conclusion::refused, "operation_not_granted"},
        Case{"empty", [](AccessRecord& r) { refused(r, Verdict::empty_list, "no_servers_configured"); },
             Conclusion::refused, "no_servers_configured"},
        Case{"nobody", [](AccessRecord& r) { turned_away(r, 401); }, Conclusion::refused, "not_authenticated"},
        Case{"revoked",
             [](AccessRecord& r) {
               turned_away(r, 403);
               r.outcome = "certificate_revoked";
             },
             Conclusion::refused, "certificate_revoked"},
        Case{"no_crl",
             [](AccessRecord& r) {
               turned_away(r, 403);
               r.outcome = "no_valid_crl";
             },
             Conclusion::refused, "no_valid_crl"},
        Case{"outlived",
             [](AccessRecord& r) {
               turned_away(r, 403);
               r.outcome = "certificate_not_valid_now";
             },
             Conclusion::refused, "certificate_not_valid_now"},
        Case{"untrusted", [](AccessRecord& r) { turned_away(r, 403); }, Conclusion::refused, "certificate_untrusted"},
        Case{"http", [](AccessRecord& r) { turned_away(r, 400); }, Conclusion::malformed, "bad_http"},
        Case{"page", [](AccessRecord& r) { turned_away(r, 404); }, Conclusion::malformed, "no_such_page"},
        Case{"method", [](AccessRecord& r) { turned_away(r, 405); }, Conclusion::malformed, "method_not_allowed"},
        Case{"slow", [](AccessRecord& r) { turned_away(r, 408); }, Conclusion::malformed, "timed_out"},
        Case{"body", [](AccessRecord& r) { turned_away(r, 413); }, Conclusion::malformed, "body_too_large"},
        Case{"type", [](AccessRecord& r) { turned_away(r, 415); }, Conclusion::malformed, "not_soap"},
        Case{"header", [](AccessRecord& r) { turned_away(r, 431); }, Conclusion::malformed, "header_too_large"},
        Case{"envelope",
             [](AccessRecord& r) {
               r.status = 500;
               r.outcome = "malformed: not XML";
               r.upstream.reset();
             },
             Conclusion::malformed, "malformed_envelope"},
        Case{"fault",
             [](AccessRecord& r) {
               r.status = 500;
               r.outcome = "Microsoft.RightsManagementServices.NoRightsForRequestedPrincipalException";
             },
             Conclusion::fault, "service_refused"},
        Case{"part", [](AccessRecord& r) { r.outcome = "Microsoft.RightsManagementServices.AException"; },
             Conclusion::fault, "service_refused_item"},
        Case{"away", [](AccessRecord& r) { unanswered(r, Errc::unavailable); }, Conclusion::could_not_ask,
             "unavailable"},
        Case{"late", [](AccessRecord& r) { unanswered(r, Errc::deadline_exceeded); }, Conclusion::could_not_ask,
             "deadline_exceeded"},
        Case{"full", [](AccessRecord& r) { unanswered(r, Errc::overloaded); }, Conclusion::could_not_ask, "overloaded"},
        Case{"gone", [](AccessRecord& r) { unanswered(r, Errc::cancelled); }, Conclusion::could_not_ask, "cancelled"},
        Case{"unknown_connector", [](AccessRecord& r) { unanswered(r, Errc::denied); }, Conclusion::could_not_ask,
             "connector_not_accepted"},
        Case{"broken", [](AccessRecord& r) { unanswered(r, Errc::io_error); }, Conclusion::could_not_ask,
             "service_failed"},
        Case{"crowded", [](AccessRecord& r) { turned_away(r, 503); }, Conclusion::could_not_ask, "too_many_requests"},
        Case{"over_share",
             [](AccessRecord& r) {
               turned_away(r, 503);
               r.outcome = kOverShare;
             },
             Conclusion::could_not_ask, "server_over_share"},
        Case{"tickets",
             [](AccessRecord& r) {
               turned_away(r, 503);
               r.outcome = "overloaded";
             },
             Conclusion::could_not_ask, "too_many_tickets"},
        Case{"accident",
             [](AccessRecord& r) {
               r.status = 500;
               r.outcome = kInternalError;
               r.upstream.reset();
             },
             Conclusion::could_not_ask, "internal_error"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(DecisionMembers, SayWhoAskedForWhatAndWhatBecameOfIt) {
  AccessRecord record = good();
  Principal who;
  who.name = "dns:exchange.contoso.test";
  who.mechanism = "tls-client-certificate";
  record.principal = &who;
  record.request_id = "request";
  record.operation = "AcquireLicense";
  record.peer = "192.0.2.7:50123";
  JournalHead head;
  std::string text = chain(head, decision_members(record, WallTime(), "connector-1"));
  text.pop_back();
  const auto line = read_journal_line(text);
  ASSERT_TRUE(line) << line.error().to_string();
  EXPECT_EQ(line->kind, "decision");
  EXPECT_EQ(line->time, "1970-01-01T00:00:00.000Z");
  for (const auto& [name, value] : {std::pair("result", "allowed"),
                                    {"reason", "allowed"},
                                    {"correlation_id", "0f45fd50-383b-43ee-90a4-ed013cd0cfe5"},
                                    {"request_id", "request"},
                                    {"connector", "connector-1"},
                                    {"principal", "dns:exchange.contoso.test"},
                                    {"mechanism", "tls-client-certificate"},
                                    {"entry", "exchange"},
                                    {"role", "exchange"},
                                    {"operation", "AcquireLicense"},
                                    {"peer", "192.0.2.7:50123"},
                                    {"status", "200"},
                                    {"upstream_us", "3000"}})
    EXPECT_EQ(line->member(name), value) << name;
}

TEST(OutcomeOfARefusedToken, IsItsOwnCode) {
  AccessRecord record = good();
  turned_away(record, 401);
  record.outcome = "clock_skew";
  EXPECT_EQ(outcome_of(record).reason, "clock_skew");
  EXPECT_EQ(outcome_of(record).conclusion, Conclusion::refused);
}

TEST(DecisionMembers, CutWhatACallerMakesTooLong) {
  AccessRecord record = good();
  const std::string path(64 * 1024, '"');
  record.path = record.user_agent = record.method = record.outcome = path;
  EXPECT_LT(decision_members(record, WallTime(), "connector-1").size(), 8 * 1024U);
}

TEST(Reasons, AreAllInTheDocumentation) {
  std::ifstream in(std::string(RMS_SOURCE_DIR) + "/docs/audit.md");
  std::ostringstream text;
  text << in.rdbuf();
  std::set<std::string_view> seen;
  for (const Reason& reason : reasons()) {
    EXPECT_TRUE(seen.insert(reason.code).second) << reason.code;
    EXPECT_THAT(text.str(), testing::HasSubstr("| `" + std::string(reason.code) + "` | " + std::string(reason.meaning) +
                                               " | " + std::string(reason.cure) + " |"));
  }
}

TEST(DecisionMembers, SayThatARequestCameByPlainHttp) {
  AccessRecord record = good();
  EXPECT_EQ(decision_members(record, WallTime(), "connector-1").find("scheme"), std::string::npos);
  record.tls = false;
  EXPECT_NE(decision_members(record, WallTime(), "connector-1").find("\"scheme\":\"http\""), std::string::npos);
}

}  // namespace
}  // namespace rms::connector
