// SPDX-License-Identifier: Apache-2.0
//
// A connector that has heard nothing asks again: whoever answers, and however often it asks, it is one question with
// one answer and one row in the usage log.
#include <future>

#include "base/guid.h"
#include "unit/cloud/served_rights.h"

namespace rms::cloud {
namespace {

using grpc::StatusCode;

// What stands on a store: a second one is a second process, but for the address space.
struct Replica {
  Replica(const std::filesystem::path& file, const Clock& clock, Log& log)
      : store(must(SqliteStore::open({file}))),
        tenants(*store, wrapping_key().clone()),
        people(*store),
        account_keys(*store, spare_keys, wrapping_key().clone()),
        rights(tenants, people, account_keys, spare_keys, *store, clock, log),
        heads(*store, clock, log),
        watch(*store, health, log, {std::chrono::hours(1), std::chrono::milliseconds(10)}),
        desk(*store, watch, pool, clock, log),
        services(desk, rights, heads, health) {}

  std::unique_ptr<SqliteStore> store;
  test::RecordLog quiet;
  TenantCache tenants;
  Directory people;
  SpareKeys spare_keys{0, quiet};
  AccountKeys account_keys;
  RightsService rights;
  HeadBook heads;
  HealthFront health;
  StoreWatch watch;
  WorkPool pool{4, 100};
  Desk desk;
  Services services;
};

class FrontAttempts : public FrontTest {
 protected:
  FrontAttempts() : FrontTest(4, 100) { start(); }
  ~FrontAttempts() override {
    if (!second_) return;
    boost::asio::co_spawn(loop_, second_server_->stop(std::chrono::seconds(10)), boost::asio::use_future).get();
    boost::asio::post(loop_, boost::asio::use_future([this] { second_server_.reset(); })).get();
  }

  // Starts a second service on the same store.
  void start_second() {
    second_ = std::make_unique<Replica>(directory_.path() / "store.db", clock_, log_);
    const auto credentials = ca_.server();
    const auto tls = must(net::read_pem_files(credentials.certificate, credentials.key, ca_.certificate()));
    boost::asio::post(loop_, boost::asio::use_future([&] {
                        second_server_ = std::make_unique<Server>(loop_.get_executor(), system_clock_, log_);
                        must(second_server_->start(options_, tls, second_->services));
                      }))
        .get();
    second_address_ = "127.0.0.1:" + std::to_string(second_server_->address().port());
  }
  std::shared_ptr<grpc::Channel> second_channel() const { return channel_to(second_address_, client_); }

  v1::AcquireLicenseRequest attempt(unsigned number, const std::string& id = kId) const {
    auto request = license_request();
    request.mutable_context()->set_request_id(id);
    request.mutable_context()->set_attempt(number);
    return request;
  }
  // The answer as it came.
  static std::string ask(const std::shared_ptr<grpc::Channel>& channel, const v1::AcquireLicenseRequest& request) {
    v1::AcquireLicenseResponse response;
    const auto status = call(channel, request, &response);
    return status.ok() ? response.SerializeAsString() : "status: " + status.error_message();
  }

  static constexpr const char* kId = "7d9f2c1e-0000-4000-8000-00000000abcd";
  std::unique_ptr<Replica> second_;
  std::unique_ptr<Server> second_server_;
  std::string second_address_;
};

TEST_F(FrontAttempts, GetTheSameBytesAndOneRow) {
  const auto open = channel(client_);
  const auto first = ask(open, attempt(1));
  v1::AcquireLicenseResponse response;
  ASSERT_TRUE(response.ParseFromString(first));
  ASSERT_TRUE(response.answers(0).has_chain());
  clock_.advance(std::chrono::minutes(2));  // made anew it would have another time in it
  EXPECT_EQ(ask(open, attempt(2)), first);
  EXPECT_EQ(ask(open, attempt(3)), first);
  EXPECT_EQ(ask(open, attempt(1)), first) << "overtaken on the way";
  EXPECT_EQ(rows().size(), 1u);
  EXPECT_NE(ask(open, attempt(1, new_guid())), first);
  EXPECT_EQ(rows().size(), 2u);
}

TEST_F(FrontAttempts, WithoutAnIdAreQuestionsOfTheirOwn) {
  const auto open = channel(client_);
  auto request = attempt(1);
  request.mutable_context()->clear_request_id();
  ask(open, request);
  ask(open, request);
  EXPECT_EQ(rows().size(), 2u);
  for (const auto* id : {"1", "not-a-guid-but-as-long-as-one-is-0000", "{7d9f2c1e-0000-4000-8000-00000000abcd}"}) {
    request.mutable_context()->set_request_id(id);
    EXPECT_EQ(call(open, request).error_code(), StatusCode::INVALID_ARGUMENT) << id;
  }
}

TEST_F(FrontAttempts, AtTheSameTimeAreAnsweredOnce) {
  const auto open = channel(client_);
  for (int round = 0; round < 5; ++round) {
    const auto id = new_guid();
    std::vector<std::future<std::string>> asked;
    for (unsigned i = 1; i <= 6; ++i)
      asked.push_back(std::async(std::launch::async, [&, i] { return ask(open, attempt(i, id)); }));
    std::set<std::string> answers;
    for (auto& each : asked) answers.insert(each.get());
    EXPECT_EQ(answers.size(), 1u);
    EXPECT_FALSE(answers.begin()->starts_with("status")) << *answers.begin();
  }
  EXPECT_EQ(rows().size(), 5u);
}

TEST_F(FrontAttempts, AtTwoServicesOnOneStoreAreAnsweredOnce) {
  start_second();
  const auto one = channel(client_), two = second_channel();
  const auto first = ask(one, attempt(1));
  EXPECT_EQ(ask(two, attempt(2)), first) << "one after the other";
  constexpr int kRounds = 20;
  for (int round = 0; round < kRounds; ++round) {
    const auto id = new_guid();
    auto here = std::async(std::launch::async, [&] { return ask(one, attempt(1, id)); });
    auto there = std::async(std::launch::async, [&] { return ask(two, attempt(2, id)); });
    EXPECT_EQ(here.get(), there.get()) << "at the same time";
  }
  EXPECT_EQ(rows().size(), 1u + kRounds);
}

TEST_F(FrontAttempts, UnderAnIdOfAnotherQuestionAreRefusedAndTold) {
  start_second();
  const auto one = channel(client_), two = second_channel();
  const auto first = ask(one, attempt(1));
  auto other = attempt(2);
  other.mutable_items(0)->set_application_data("other");
  auto somebody = attempt(2);
  auto said_of_alice = said<v1::AcquireLicenseRequest>();
  said_of_alice.mutable_caller()->set_mail(mail_of("alice"));
  sign(somebody, said_of_alice);
  for (const auto& open : {one, two}) {
    EXPECT_EQ(call(open, other).error_code(), StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(call(open, somebody).error_code(), StatusCode::INVALID_ARGUMENT) << "never somebody else's licence";
  }
  const auto told = log_.lines(Event::request_id_reused);
  ASSERT_EQ(told.size(), 4u);
  EXPECT_EQ(told[0].field("request_id"), kId);
  EXPECT_EQ(told[1].field("times"), "2");
  EXPECT_EQ(rows().size(), 1u);
  EXPECT_EQ(ask(two, attempt(2)), first) << "the question itself goes on";
}

TEST_F(FrontAttempts, WithWordsThatWereSignedAnewAreTheSameQuestion) {
  const auto open = channel(client_);
  const auto one = attempt(1);
  const auto first = ask(open, one);
  clock_.advance(std::chrono::minutes(5));
  const auto two = attempt(2);  // signs with the times of now
  EXPECT_NE(two.context().attribution().attribution(), one.context().attribution().attribution());
  EXPECT_EQ(ask(open, two), first);
  EXPECT_EQ(rows().size(), 1u);
}

TEST_F(FrontAttempts, OfAnotherConnectorAreAnotherQuestion) {
  const auto theirs = ca_.client("connector-2.contoso.test");
  const auto certificate = must(net::read_certificate_pem(theirs.certificate_pem));
  must(store_->add_connector({tenant().guid(), "second", certificate.fingerprint, kNow, false}));
  const auto first = ask(channel(client_), attempt(1));
  auto request = attempt(1);
  *request.mutable_context()->mutable_attribution() = test::signed_by(theirs, said<v1::AcquireLicenseRequest>());
  EXPECT_NE(ask(channel(theirs), request), first);
  EXPECT_EQ(rows().size(), 2u);
}

TEST_F(FrontAttempts, ARefusalIsAnAnswer) {
  const auto open = channel(client_);
  auto request = attempt(1);
  request.mutable_items(0)->clear_licensee_certs();
  const auto refused = ask(open, request);
  EXPECT_NE(refused.find("UnexpectedPersonaCertException"), refused.npos);
  EXPECT_EQ(ask(open, request), refused);
  EXPECT_EQ(rows().size(), 1u);
}

TEST_F(FrontAttempts, AnAccidentIsNone) {
  const auto open = channel(client_);
  must(store_->limit_pages_for_test(1));
  while (call(open, attempt(1, new_guid())).ok()) {
  }
  const auto before = rows().size();
  EXPECT_EQ(call(open, attempt(1)).error_code(), StatusCode::UNAVAILABLE);
  must(store_->limit_pages_for_test(100'000));
  ASSERT_TRUE(eventually([&] { return watch_.is_usable(); }));
  EXPECT_TRUE(call(open, attempt(2)).ok());
  EXPECT_EQ(rows().size(), before + 1);
  EXPECT_EQ(rows().back().result, "Success");
}

TEST_F(FrontAttempts, GetOneLicensorCertificateThatIsRememberedOnce) {
  start_second();
  v1::GetClientLicensorCertRequest request;
  sign(request, said<v1::GetClientLicensorCertRequest>());
  request.mutable_context()->set_request_id(kId);
  for (const auto& document : soap::Chain{std::string(persona_.text())})
    request.add_persona_chains()->add_documents(document);
  const auto ask_for = [&](const std::shared_ptr<grpc::Channel>& open) {
    grpc::ClientContext context;
    v1::GetClientLicensorCertResponse response;
    EXPECT_TRUE(v1::Publishing::NewStub(open)->GetClientLicensorCert(&context, request, &response).ok());
    EXPECT_EQ(response.chains_size(), 1) << response.fault().exception();
    return response.SerializeAsString();
  };
  const auto one = channel(client_), two = second_channel();
  auto here = std::async(std::launch::async, [&] { return ask_for(one); });
  auto there = std::async(std::launch::async, [&] { return ask_for(two); });
  EXPECT_EQ(here.get(), there.get()) << "each would have a key of its own";
  EXPECT_EQ(rows().size(), 1u);
  auto database = must(Database::open(directory_.path() / "store.db", std::chrono::seconds(5)));
  EXPECT_EQ(must(database.number("SELECT count(*) FROM licensors")), 1);
}

}  // namespace
}  // namespace rms::cloud
