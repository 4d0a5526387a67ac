// SPDX-License-Identifier: Apache-2.0
#include <future>
#include <limits>

#include <grpc/support/log.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include "cloud/attribution/attribution.h"
#include "cloud/front/grpc_log.h"
#include "unit/cloud/served_rights.h"

namespace rms::cloud {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using grpc::StatusCode;

// A caller that connects and says nothing.
class Silent {
 public:
  explicit Silent(tcp::endpoint server) { socket_.connect(server); }
  void send_urgent() { socket_.send(boost::asio::buffer("!", 1), tcp::socket::message_out_of_band); }
  // True when the server closed the connection.
  bool is_closed() {
    char byte;
    boost::system::error_code error;
    socket_.read_some(boost::asio::buffer(&byte, 1), error);
    return static_cast<bool>(error);
  }

 private:
  boost::asio::io_context context_;
  tcp::socket socket_{context_};
};

// Occupies the only worker until it is released.
class Busy {
 public:
  explicit Busy(WorkPool& pool) {
    started_ = pool.try_post([this] {
      running_.count_down();
      release_.wait();
    });
    running_.wait();
  }
  ~Busy() { release(); }
  void release() {
    if (!released_) release_.count_down();
    released_ = true;
  }

 private:
  bool started_ = false, released_ = false;
  std::latch running_{1}, release_{1};
};

class Front : public FrontTest {};

TEST_F(Front, LicensesForARegisteredConnector) {
  start();
  v1::AcquireLicenseResponse response;
  const auto status = call(channel(client_), license_request(), &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(response.answers_size(), 1);
  ASSERT_TRUE(response.answers(0).has_chain()) << response.answers(0).fault().exception();
  const auto license = must(xrml::Document::parse(response.answers(0).chain().documents(0)));
  EXPECT_TRUE(must(xrml::open_use_license(license, key_of("bob"), kNow)).key.key.equals(content_key().key.bytes()));
  EXPECT_EQ(rows().back().connector, "registered");
  EXPECT_EQ(log_.count_from(Level::warning), 0u);
}

TEST_F(Front, CertifiesAndIssuesLicensorCertificates) {
  start();
  const auto open = channel(client_);
  v1::CertifyRequest certify;
  sign(certify, said<v1::CertifyRequest>());
  certify.set_persistent(true);
  certify.mutable_machine_chain()->add_documents(std::string(test::machine().text()));
  v1::CertifyResponse certified;
  grpc::ClientContext first, second;
  ASSERT_TRUE(v1::Certification::NewStub(open)->Certify(&first, certify, &certified).ok());
  ASSERT_TRUE(certified.has_chain()) << certified.fault().exception();

  v1::GetClientLicensorCertRequest licensor;
  sign(licensor, said<v1::GetClientLicensorCertRequest>());
  *licensor.add_persona_chains() = certified.chain();
  v1::GetClientLicensorCertResponse issued;
  ASSERT_TRUE(v1::Publishing::NewStub(open)->GetClientLicensorCert(&second, licensor, &issued).ok());
  EXPECT_EQ(issued.chains_size(), 1) << issued.fault().exception();
}

TEST_F(Front, PutsARefusalIntoTheAnswerNotIntoTheStatus) {
  start();
  auto request = license_request();
  request.mutable_items(0)->clear_licensee_certs();
  v1::AcquireLicenseResponse response;
  ASSERT_TRUE(call(channel(client_), request, &response).ok());
  EXPECT_EQ(response.answers(0).fault().exception(), soap::exceptions::kUnexpectedPersonaCert);
}

TEST_F(Front, RefusesAnUnregisteredConnectorAndLogsABoundedNumberOfLines) {
  start();
  const auto stranger = channel(ca_.client("stranger.contoso.test"));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(call(stranger, license_request()).error_code(), StatusCode::PERMISSION_DENIED);
  const auto lines = log_.lines(Event::unauthorized);
  EXPECT_EQ(lines.size(), 10u) << "the clock stands still: only the burst is written";
  EXPECT_NE(lines.at(0).field("subject").find("stranger"), std::string::npos);
  clock_.advance(1s);
  call(stranger, license_request());
  EXPECT_EQ(log_.lines(Event::unauthorized).back().field("not_logged"), "40");
  EXPECT_TRUE(rows().empty()) << "a stranger belongs to no tenant";
}

TEST_F(Front, RefusesAConnectorFromTheMomentThatItIsRemoved) {
  start();
  const auto open = channel(client_);
  EXPECT_TRUE(call(open, license_request()).ok());
  must(store_->remove_connector(tenant().guid(), "registered"));
  EXPECT_EQ(call(open, license_request()).error_code(), StatusCode::PERMISSION_DENIED);
}

TEST_F(Front, LetsNobodyInWithoutACertificateOfOurCa) {
  start();
  EXPECT_EQ(call(channel({}), license_request()).error_code(), StatusCode::UNAVAILABLE);
  test::TestCa other;
  EXPECT_EQ(call(channel(other.client("connector-1.contoso.test")), license_request()).error_code(),
            StatusCode::UNAVAILABLE);
  EXPECT_TRUE(rows().empty());
}

TEST_F(Front, WantsToKnowWhoAsks) {
  start();
  const auto open = channel(client_);
  const auto code = [&](const std::function<void(v1::Attribution&)>& breaks) {
    auto request = license_request();
    auto what = said<v1::AcquireLicenseRequest>();
    breaks(what);
    sign(request, what);
    return call(open, request).error_code();
  };
  EXPECT_EQ(code([](auto&) {}), StatusCode::OK);
  EXPECT_EQ(code([](auto& what) { what.mutable_caller()->set_role(v1::ROLE_UNSPECIFIED); }),
            StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(code([](auto& what) { what.mutable_caller()->clear_entry(); }), StatusCode::INVALID_ARGUMENT);
  auto request = license_request();
  request.clear_context();
  EXPECT_EQ(call(open, request).error_code(), StatusCode::INVALID_ARGUMENT);
}

TEST_F(Front, BelievesOnlyWhatTheConnectorOfThisConnectionSigned) {
  start();
  const auto open = channel(client_);
  auto request = license_request();
  auto& words = *request.mutable_context()->mutable_attribution();
  auto altered = said<v1::AcquireLicenseRequest>();
  altered.mutable_caller()->set_mail(mail_of("alice"));
  words.set_attribution(altered.SerializeAsString());
  EXPECT_EQ(call(open, request).error_code(), StatusCode::UNAUTHENTICATED) << "altered";
  words.clear_signature();
  EXPECT_EQ(call(open, request).error_code(), StatusCode::UNAUTHENTICATED) << "not signed";
  words = test::signed_by(ca_.client("connector-1.contoso.test"), said<v1::AcquireLicenseRequest>());
  EXPECT_EQ(call(open, request).error_code(), StatusCode::UNAUTHENTICATED) << "signed by another";
  sign(request, said<v1::CertifyRequest>());
  EXPECT_EQ(call(open, request).error_code(), StatusCode::UNAUTHENTICATED) << "signed for something else";
  words.set_attribution("junk");
  words.set_signature(net::Signer::from_pem(test::secret(client_.key_pem)).value().sign("rms.v1.Attribution", "junk"));
  EXPECT_EQ(call(open, request).error_code(), StatusCode::INVALID_ARGUMENT) << "signed junk";
  EXPECT_TRUE(rows().empty()) << "nobody knows who asked";
  EXPECT_EQ(log_.lines(Event::unauthorized).at(0).field("connector"), "registered");
}

TEST_F(Front, TakesWordsAsLongAsTheyAreGood) {
  start();
  const auto open = channel(client_);
  auto request = license_request();
  clock_.advance(55min - 1s);
  EXPECT_TRUE(call(open, request).ok());
  clock_.advance(1s);
  const auto late = call(open, request);
  EXPECT_EQ(late.error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_NE(late.error_message().find("the clocks of connector and service differ"), std::string::npos);
  auto ahead = said<v1::AcquireLicenseRequest>();
  ahead.set_not_before_ms(test::to_ms(clock_.wall() + 7s));
  sign(request, ahead);
  EXPECT_EQ(call(open, request).error_message(),
            "the attribution begins in 7 s: the clocks of connector and service differ");
}

TEST_F(Front, LimitsWhatAConnectorSaysOfGrants) {
  start();
  const auto open = channel(client_);
  const auto code = [&](const std::function<void(v1::Grants&)>& fill) {
    auto request = license_request();
    auto what = said<v1::AcquireLicenseRequest>();
    fill(*what.mutable_grants());
    sign(request, what);
    return call(open, request).error_code();
  };
  const auto owners = [](int count, std::size_t bytes) {
    return [=](v1::Grants& grants) {
      for (int i = 0; i < count; ++i) grants.mutable_owners()->add_names(std::string(bytes, 'x'));
    };
  };
  EXPECT_EQ(code(owners(1000, 10)), StatusCode::OK);
  EXPECT_EQ(code(owners(1001, 10)), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(code(owners(1000, 254)), StatusCode::OK);
  EXPECT_EQ(code(owners(1, 1024 * 1024)), StatusCode::INVALID_ARGUMENT) << "with the rest a little more than 1 MiB";
  const auto reason = [](std::size_t bytes) {
    return [=](v1::Grants& grants) { grants.mutable_open_any()->set_reason(std::string(bytes, 'x')); };
  };
  EXPECT_EQ(code(reason(256)), StatusCode::OK);
  EXPECT_EQ(code(reason(257)), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(code(reason(0)), StatusCode::INVALID_ARGUMENT) << "nobody opens without a reason";
}

TEST_F(Front, TakesNoWordsThatAreGoodForDays) {
  start();
  const auto open = channel(client_);
  auto request = license_request();
  auto what = said<v1::AcquireLicenseRequest>();
  const auto code = [&](std::int64_t not_after_ms) {
    what.set_not_after_ms(not_after_ms);
    sign(request, what);
    return call(open, request).error_code();
  };
  EXPECT_EQ(code(what.not_before_ms() + 24 * 3600 * 1000), StatusCode::OK);
  EXPECT_EQ(code(what.not_before_ms() + 24 * 3600 * 1000 + 1), StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(code(std::numeric_limits<std::int64_t>::max()), StatusCode::UNAUTHENTICATED);
}

TEST_F(Front, KeepsWhatWasSignedWithTheRows) {
  start();
  const auto open = channel(client_);
  ASSERT_TRUE(call(open, license_request()).ok());
  ASSERT_TRUE(call(open, license_request()).ok());
  const auto row = rows().back();
  const auto record = must(store_->find_attribution(row.attribution));
  EXPECT_TRUE(test::succeeds(check_row(row, record)));
  auto forged = row;
  forged.principal = "somebody else";
  EXPECT_EQ(check_row(forged, record).error(), Errc::signature_invalid);
  forged = row;
  forged.admin_action = true;
  forged.used_grant = "open_any: made up";
  EXPECT_EQ(check_row(forged, record).error(), Errc::signature_invalid) << "it was not granted";
  forged = row;
  forged.time += 2h;
  EXPECT_EQ(check_row(forged, record).error(), Errc::signature_invalid) << "the words were over";
}

TEST_F(Front, LimitsMessagesAndItems) {
  options_.message_bytes = 1024 * 1024;
  start();
  const auto open = channel(client_);
  auto request = license_request();
  request.mutable_items(0)->set_application_data(std::string(1024 * 1024, 'x'));
  EXPECT_EQ(call(open, request).error_code(), StatusCode::RESOURCE_EXHAUSTED);
  request = license_request();
  while (request.items_size() < 257) request.add_items();
  const auto status = call(open, request);
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_NE(status.error_message().find("items must have 1 to 256"), std::string::npos) << status.error_message();
  request.clear_items();
  EXPECT_EQ(call(open, request).error_code(), StatusCode::INVALID_ARGUMENT);
}

// Without room for a few of the largest messages they would wait for one another for ever.
TEST(FrontMemory, HasRoomForAFewOfTheLargestMessages) {
  Server::Options options;
  EXPECT_EQ(Server::memory_bytes(options), 256u * 1024 * 1024);
  options.message_bytes = 256 * 1024 * 1024;
  EXPECT_EQ(Server::memory_bytes(options), 1024u * 1024 * 1024);
}

TEST(FrontGrpcLog, WritesWhileItLivesAndNeverAfter) {
  test::RecordLog log;
  test::FakeClock clock{kNow};
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);  // As grpc_init() does; until then gRPC says nothing.
  {
    const GrpcLog grpc_log(log, clock);
    gpr_log(GPR_ERROR, "first");
    ASSERT_EQ(log.lines().size(), 1u);
    EXPECT_EQ(log.lines()[0].field("said"), "first");
    EXPECT_EQ(log.lines()[0].level, Level::info);
    for (int i = 0; i < 20; ++i) gpr_log(GPR_ERROR, "again");
    EXPECT_EQ(log.lines().size(), 10u);
    clock.advance(60s);
  }
  gpr_log(GPR_ERROR, "after");  // the budget is full again: only the end of its life keeps it out
  EXPECT_EQ(log.lines().size(), 10u);
}

TEST(FrontGrpcLog, OfSeveralTheYoungestWrites) {
  test::RecordLog first, second;
  const test::FakeClock clock{kNow};
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
  const GrpcLog older(first, clock);
  {
    const GrpcLog younger(second, clock);
    gpr_log(GPR_ERROR, "said");
  }
  EXPECT_EQ(first.lines().size(), 0u);
  EXPECT_EQ(second.lines().size(), 1u);
}

TEST_F(Front, LimitsThePersonsOfOneRequest) {
  start();
  const auto stub = v1::Publishing::NewStub(channel(client_));
  const auto ask = [&](int personas) {
    v1::GetClientLicensorCertRequest request;
    sign(request, said<v1::GetClientLicensorCertRequest>());
    while (request.persona_chains_size() < personas) request.add_persona_chains();
    grpc::ClientContext context;
    v1::GetClientLicensorCertResponse response;
    return stub->GetClientLicensorCert(&context, request, &response).error_code();
  };
  EXPECT_EQ(ask(0), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ask(16), StatusCode::OK) << "and a refusal in the answer";
  EXPECT_EQ(ask(17), StatusCode::INVALID_ARGUMENT);
}

// A connector must not hear that its message was wrong when something of ours is.
TEST_F(Front, TellsWhatIsDamagedHereFromABadRequest) {
  auto damaged = tenant_record("damaged.test");
  damaged.chain = "<junk/>";
  must(store_->add_tenant(damaged));
  const auto theirs = ca_.client("connector-2.contoso.test");
  const auto certificate = must(net::read_certificate_pem(theirs.certificate_pem));
  must(store_->add_connector({damaged.guid, "theirs", certificate.fingerprint, kNow, false}));
  start();
  auto request = license_request();
  *request.mutable_context()->mutable_attribution() = test::signed_by(theirs, said<v1::AcquireLicenseRequest>());
  EXPECT_EQ(call(channel(theirs), request).error_code(), StatusCode::INTERNAL);
  EXPECT_GE(log_.count_from(Level::error), 1u);
}

TEST_F(Front, SaysThatItCannotAnswerWhenTheLogCannotBeWritten) {
  start();
  must(store_->limit_pages_for_test(1));
  auto request = license_request();
  request.mutable_context()->set_user_agent(std::string(512, 'x'));
  while (request.items_size() < 256) request.add_items()->mutable_licensee_certs()->add_documents("x");
  const auto status = call(channel(client_), request);
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message().find("store"), std::string::npos) << "nothing from inside";
}

TEST_F(Front, RefusesAtOnceWhatDoesNotFitIntoTheQueue) {
  start();
  const auto open = channel(client_);
  Busy busy(pool_);
  const auto ask = [&] { return call(open, license_request()).error_code(); };
  auto first = std::async(std::launch::async, ask);
  auto second = std::async(std::launch::async, ask);
  auto third = std::async(std::launch::async, ask);
  // Two wait in the queue; whichever is the third hears at once.
  std::vector<std::future<StatusCode>*> calls{&first, &second, &third};
  ASSERT_TRUE(eventually([&] {
    return std::ranges::any_of(calls, [](auto* f) { return f->wait_for(0s) == std::future_status::ready; });
  }));
  busy.release();
  std::multiset<StatusCode> codes{first.get(), second.get(), third.get()};
  EXPECT_EQ(codes, (std::multiset<StatusCode>{StatusCode::OK, StatusCode::OK, StatusCode::RESOURCE_EXHAUSTED}));
}

TEST_F(Front, AcceptsNoMoreThanTheLimitAndGoesOnWhenAPlaceIsFree) {
  options_.connections = 2;
  options_.handshake_timeout = 60s;
  start();
  auto first = std::make_unique<Silent>(server_.address());
  Silent second(server_.address());
  ASSERT_TRUE(eventually([&] { return connections() == 2; }));
  EXPECT_FALSE(call(channel(client_), license_request(), nullptr, 300ms).ok()) << "it waits in the kernel's queue";
  EXPECT_EQ(connections(), 2u);
  first.reset();
  const auto status = call(channel(client_), license_request());
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(Front, TakesThePlaceBackFromWhoSaysNothing) {
  options_.connections = 1;
  options_.handshake_timeout = 200ms;
  start();
  Silent silent(server_.address());
  EXPECT_TRUE(silent.is_closed());
  const auto status = call(channel(client_), license_request());
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(Front, CountsAConnectionForAsLongAsItLives) {
  start();
  {
    const auto open = channel(client_);
    ASSERT_TRUE(call(open, license_request()).ok());
    EXPECT_EQ(connections(), 1u);
  }
  EXPECT_TRUE(eventually([&] { return connections() == 0; }));
}

TEST_F(Front, IsNotTalkedOutOfCountingByUrgentData) {
  options_.handshake_timeout = 60s;
  start();
  Silent silent(server_.address());
  ASSERT_TRUE(eventually([&] { return connections() == 1; }));
  for (int i = 0; i < 3; ++i) {
    silent.send_urgent();
    ASSERT_TRUE(call(channel(client_), license_request()).ok());  // the loop has turned since
  }
  EXPECT_GE(connections(), 1u);
  EXPECT_TRUE(eventually([&] { return connections() == 1; }));
}

TEST_F(Front, FinishesTheCallsInHandWhenItStops) {
  start();
  const auto open = channel(client_);
  Busy busy(pool_);
  auto in_hand = std::async(std::launch::async, [&] { return call(open, license_request()); });
  ASSERT_TRUE(eventually([&] { return waiting_calls() == 1; }));
  auto stopping = std::async(std::launch::async, [&] { return stop(); });
  ASSERT_TRUE(eventually([&] { return !is_listening(); }));
  busy.release();
  EXPECT_TRUE(in_hand.get().ok());
  EXPECT_TRUE(stopping.get()) << "nothing had to be cancelled";
  EXPECT_EQ(log_.count_from(Level::warning), 0u);
}

TEST_F(Front, CancelsWhatIsNotFinishedInTime) {
  start();
  const auto open = channel(client_);
  Busy busy(pool_);
  auto in_hand = std::async(std::launch::async, [&] { return call(open, license_request()); });
  ASSERT_TRUE(eventually([&] { return waiting_calls() == 1; }));
  auto stopping = std::async(std::launch::async, [&] { return stop(50ms); });
  EXPECT_FALSE(in_hand.get().ok());
  busy.release();
  EXPECT_FALSE(stopping.get());
  EXPECT_TRUE(rows().empty()) << "nobody works for a caller who is gone";
}

}  // namespace
}  // namespace rms::cloud
