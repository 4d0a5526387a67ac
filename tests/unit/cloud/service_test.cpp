// SPDX-License-Identifier: Apache-2.0
//
// What holds for every operation, and for long batches.
#include <gmock/gmock.h>

#include "cloud/templates/templates.h"
#include "unit/cloud/rights_fixture.h"

namespace rms::cloud {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class Service : public RightsTest {
 protected:
  Service() {
    must(add_default_templates(tenant(), *store_, kNow));
    must(store_->replace_directory(tenant().guid(), std::vector{UserRecord{mail_of("bob"), "Bob", "", {}}}, {}));
  }
};

// An item of a batch, and what must be answered to it.
struct Item {
  soap::AcquireLicenseItem item;
  std::string answer;
};

TEST_F(Service, AnswersABatchOfAHundredItemByItemInOrder) {
  const auto bob = account_certificate("bob"), carol = account_certificate("carol");
  const auto stale = account_certificate("bob", tenant(), {kNow - 48h, kNow - 24h});
  const auto good = published();
  auto for_carol_only = test::publication();
  for_carol_only.rights = {{mail_of("carol"), {"VIEW"}, {}}};
  const auto closed = published(for_carol_only);
  const auto foreign = published(test::publication(), tenant("fabrikam.test"));
  auto altered = good;
  std::string text(good[0].text());
  altered[0] = must(xrml::Document::parse(text.replace(text.find("Budget.docx"), 11, "Budget.docm")));

  const std::string done = "a chain";
  const std::vector<Item> pattern{
      {{views({bob}), views(good), ""}, done},
      {{views({bob}), {}, ""}, done},
      {{views({stale}), {}, ""}, "InvalidPersonaCertTimeException"},
      {{views({bob}), {}, ""}, done},  // the licence is inherited past an item that failed
      {{views({bob}), views(closed), ""}, "NoRightsForRequestedPrincipalException"},
      {{views({bob}), {}, ""}, "NoRightsForRequestedPrincipalException"},  // and not an older one that would do
      {{views({carol}), {}, ""}, "UnexpectedPersonaCertException"},
      {{views({bob}), views(altered), ""}, "InvalidRightsLabelSignatureException"},
      {{views({bob}), {}, ""}, "InvalidRightsLabelSignatureException"},
      {{{}, views(good), ""}, "UnexpectedPersonaCertException"},
      {{views({bob}), {}, ""}, done},  // what a failed item brought counts
      {{views({bob}), views(foreign), ""}, "RightsLabelNoMatchingIssuedPrincipalException"},
      {{views({bob}), {}, ""}, "RightsLabelNoMatchingIssuedPrincipalException"},
  };
  std::vector<soap::AcquireLicenseItem> items;
  for (int i = 0; i < 100; ++i) items.push_back(pattern[static_cast<std::size_t>(i) % pattern.size()].item);

  const auto answers = acquire("bob", items);
  ASSERT_TRUE(answers.has_value());
  ASSERT_EQ(answers->size(), 100u);
  const auto rows = this->rows();
  ASSERT_EQ(rows.size(), 100u);
  for (std::size_t i = 0; i < 100; ++i) {
    const auto& expected = pattern[i % pattern.size()].answer;
    EXPECT_EQ(exception_of((*answers)[i]), expected) << i;
    EXPECT_EQ(rows[i].result, expected == done ? "Success" : expected) << i;
    if (expected == done) {
      EXPECT_TRUE(open_as("bob", (*answers)[i]).key.key.equals(content_key().key.bytes())) << i;
    }
  }
}

// A request of 300 KB could ask for 256 licences of 250 KB each.
TEST_F(Service, BoundsWhatOneRequestIsAnsweredWith) {
  auto label = published();
  auto content = label[0].content();
  content.policy_lists = {"<POLICYLIST type=\"exclusion\"><!--" + std::string(250'000, 'x') + "--></POLICYLIST>"};
  label[0] = must(xrml::issue(content, &key_of("alice's licensor")));
  const auto bob = account_certificate("bob");
  std::vector<soap::AcquireLicenseItem> items(100, {views({bob}), {}, ""});
  items.front().issuance_license = views(label);

  const auto answers = acquire("bob", items);
  ASSERT_TRUE(answers.has_value());
  ASSERT_EQ(answers->size(), 100u) << "none is left out";
  std::size_t bytes = 0, refused = 0;
  for (const auto& answer : *answers) {
    if (const auto* chain = std::get_if<soap::Chain>(&answer)) {
      EXPECT_EQ(refused, 0u) << "a licence after a refusal";
      for (const auto& document : *chain) bytes += document.size();
    } else {
      EXPECT_EQ(exception_of(answer), "UnspecifiedErrorException");
      ++refused;
    }
  }
  EXPECT_GT(refused, 20u);
  EXPECT_GE(bytes, RightsService::kMaxAnswerBytes);
  EXPECT_LT(bytes, RightsService::kMaxAnswerBytes + 300'000);
  EXPECT_EQ(rows().back().result, "UnspecifiedErrorException");

  const auto pre = service_.acquire_pre_license(
      asked_as("bob"), {std::vector<std::string>(100, mail_of("bob")), views(label), ""}, [] { return false; });
  ASSERT_EQ(given(pre).answers.size(), 100u);
  EXPECT_TRUE(std::holds_alternative<std::string>(given(pre).answers.front()));
  ASSERT_TRUE(std::holds_alternative<soap::Fault>(given(pre).answers.back()));
  EXPECT_EQ(std::get<soap::Fault>(given(pre).answers.back()).exception, soap::exceptions::kUnspecifiedError);
}

TEST_F(Service, GivesAThousandOrdinaryLicences) {
  auto what = test::publication();
  what.rights = {{mail_of("bob"),
                  {"VIEW", "EDIT", "DOCEDIT", "EXTRACT", "OBJMODEL", "EXPORT", "PRINT", "FORWARD", "REPLY", "REPLYALL",
                   "VIEWRIGHTSDATA", "EDITRIGHTSDATA", "COMMENT"},
                  {kNow, kNow + 30 * 24h}}};
  const auto answer = acquire_one("bob", published(what), {account_certificate("bob")});
  EXPECT_LT(1000 * std::get<soap::Chain>(answer).at(0).size(), RightsService::kMaxAnswerBytes);
}

TEST_F(Service, AsksTheDirectoryOnceForABatch) {
  // A directory that changes between two items of one batch changes nothing for that batch.
  const auto bob = account_certificate("bob");
  auto what = test::publication();
  what.rights = {{"staff@contoso.test", {"VIEW"}, {}}};
  must(store_->replace_directory(tenant().guid(), std::vector{UserRecord{mail_of("bob"), "Bob", "", {}}},
                                 std::vector{GroupRecord{"staff@contoso.test", "", "", {}, {mail_of("bob")}}}));
  const auto label = published(what);
  const soap::AcquireLicenseRequest request{{{views({bob}), views(label), ""}, {views({bob}), {}, ""}}};
  int items = 0;
  const auto answers = service_.acquire_license(asked_as("bob"), request, [&] {
    if (++items == 2) must(store_->replace_directory(tenant().guid(), {}, {}));
    return false;
  });
  ASSERT_TRUE(answers.has_value());
  EXPECT_EQ(exception_of(answers->answers.at(0)), "a chain");
  EXPECT_EQ(exception_of(answers->answers.at(1)), "a chain");
  EXPECT_EQ(exception_of(acquire_one("bob", label, {bob})), "NoRightsForRequestedPrincipalException");
}

TEST_F(Service, LogsARowForEachOperationByItsName) {
  const auto asked = asked_as("bob");
  const auto guid = must(store_->templates(tenant().guid())).at(0).guid;
  EXPECT_TRUE(service_.acquire_template_information(asked).has_value());
  EXPECT_TRUE(service_.acquire_templates(asked, {{guid, "no such template"}}).has_value());
  EXPECT_TRUE(service_.get_licensor_certificate(asked).has_value());
  EXPECT_TRUE(service_.find_service_locations_for_user(asked, {{"LicensingService"}}, {}).has_value());
  EXPECT_TRUE(service_.get_server_info(asked, {{{"VersionInfo", {}}}}, {}).has_value());
  const auto label = must(xrml::issue_unsigned_license(
      tenant().principal(), {"09d39708-df09-4554-bd2b-d6421346dd30", mail_of("bob"), "Budget.docx", {}, {}},
      content_key(), kNow));
  const auto signed_label = service_.acquire_issuance_license(asked, {label.text()});
  EXPECT_TRUE(signed_label.has_value()) << exception_of(signed_label);

  std::vector<std::string> types;
  for (const auto& row : rows()) {
    types.push_back(row.request_type);
    EXPECT_EQ(row.result, "Success") << row.request_type;
    EXPECT_EQ(row.user_id, mail_of("bob")) << row.request_type;
    EXPECT_EQ(row.c_ip, "192.0.2.7") << row.request_type;
  }
  EXPECT_THAT(types, ElementsAre("AcquireTemplateInformation", "AcquireTemplates", "GetLicensorCertificate",
                                 "FindServiceLocationsForUser", "GetServerInfo", "AcquireIssuanceLicense"));
  EXPECT_EQ(rows().back().content_id, "09d39708-df09-4554-bd2b-d6421346dd30");
}

TEST_F(Service, LogsWhyItRefused) {
  const auto asked = asked_as("bob");
  service_.find_service_locations_for_user(asked, {{"<junk>"}}, {}).has_value();
  EXPECT_EQ(rows().back().result, "InvalidOperationException");
  service_.get_server_info(asked, {{{"junk", {}}}}, {}).has_value();
  EXPECT_EQ(rows().back().result, "ArgumentNullException");
  service_.acquire_issuance_license(asked, {"<junk/>"}).has_value();
  EXPECT_EQ(rows().back().result, "UnspecifiedErrorException");
}

// Without a row there is no answer, whatever was asked.
TEST_F(Service, WithholdsEveryAnswerThatCannotBeLogged) {
  const auto bob = account_certificate("bob");
  const auto label = published();
  const auto asked = asked_as("bob");
  must(store_->limit_pages_for_test(1));  // below what there is: SQLite then allows no page more
  const auto fill = [&] { return service_.get_licensor_certificate(asked); };
  auto answer = fill();
  for (int i = 0; answer && i < 1000; ++i) answer = fill();  // what is left of the last page
  ASSERT_FALSE(answer) << "the log never gets full";

  const auto withheld = [](const auto& outcome) {
    const Unfulfilled why = outcome.error();
    return why.error() != nullptr && *why.error() == Errc::unavailable;
  };
  EXPECT_TRUE(withheld(answer));
  EXPECT_TRUE(withheld(service_.get_server_info(asked, {{{"VersionInfo", {}}}}, {})));
  EXPECT_TRUE(withheld(service_.find_service_locations_for_user(asked, {{"LicensingService"}}, {})));
  EXPECT_TRUE(withheld(service_.acquire_template_information(asked)));
  EXPECT_TRUE(withheld(service_.acquire_templates(asked, {{"x"}})));
  EXPECT_TRUE(withheld(service_.precertify(asked, {"nobody@contoso.test", "", "", {}})));
  EXPECT_TRUE(withheld(service_.acquire_issuance_license(asked, {"<junk/>"})));
  EXPECT_TRUE(withheld(service_.get_client_licensor_cert(asked, {{views({bob})}})));
  EXPECT_TRUE(
      withheld(service_.acquire_pre_license(asked, {{"nobody@contoso.test"}, views(label), ""}, [] { return false; })));
  EXPECT_TRUE(withheld(acquire("bob", {{views({bob}), views(label), ""}})));
}

}  // namespace
}  // namespace rms::cloud
