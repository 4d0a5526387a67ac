// SPDX-License-Identifier: Apache-2.0
#include "connector/upstream/wire.h"

#include <gtest/gtest.h>

#include "connector/upstream/status.h"

namespace rms::connector {
namespace {

CloudCall a_call() {
  CloudCall call;
  call.identity = {"mail", Role::sharepoint, "sp@contoso.test", "S-1-5-21-1", "dns:sp.contoso.test", "tls"};
  call.request_id = "request";
  call.correlation_id = "correlation";
  call.user_agent = "Agent/1.0";
  call.client_address = "10.1.2.3";
  return call;
}

TEST(Wire, SaysWhoAsksForWhom) {
  CloudCall call = a_call();
  const soap::VersionData version{"1.0.0.0", std::nullopt};
  call.version = &version;
  call.server_certification = true;
  const auto message = to_wire(soap::CertifyRequest{{"<spc/>", "<ca/>"}, false}, {call, 2, "connector-7"});
  const v1::RequestContext& context = message.context();
  EXPECT_EQ(context.request_id(), "request");
  EXPECT_EQ(context.attempt(), 2u);
  EXPECT_EQ(context.correlation_id(), "correlation");
  EXPECT_EQ(context.connector_id(), "connector-7");
  EXPECT_EQ(context.user_agent(), "Agent/1.0");
  EXPECT_EQ(context.client_address(), "10.1.2.3");
  EXPECT_EQ(context.caller().entry(), "mail");
  EXPECT_EQ(context.caller().role(), v1::ROLE_SHAREPOINT);
  EXPECT_EQ(context.caller().mail(), "sp@contoso.test");
  EXPECT_EQ(context.caller().sid(), "S-1-5-21-1");
  EXPECT_EQ(context.caller().principal(), "dns:sp.contoso.test");
  EXPECT_EQ(context.caller().mechanism(), "tls");
  EXPECT_EQ(message.version().minimum(), "1.0.0.0");
  EXPECT_FALSE(message.version().has_maximum());
  ASSERT_EQ(message.machine_chain().documents_size(), 2);
  EXPECT_EQ(message.machine_chain().documents(1), "<ca/>");
  EXPECT_FALSE(message.persistent());
  EXPECT_TRUE(message.server_certification());
}

TEST(Wire, KeepsDocumentsByteForByte) {
  const CloudCall call = a_call();
  const std::string odd("<X a = \"1\">\r\n\xC3\xA9\0</X >", 22);
  const soap::AcquireLicenseRequest request{{{{odd}, {"<pl/>"}, "<a/>"}, {{"<rac2/>"}, {}, ""}}};
  const auto message = to_wire(request, {call, 1, "c"});
  ASSERT_EQ(message.items_size(), 2);
  EXPECT_EQ(message.items(0).licensee_certs().documents(0), odd);
  EXPECT_EQ(message.items(0).application_data(), "<a/>");
  EXPECT_FALSE(message.items(1).has_issuance_license());  // the most recent one before it holds
  EXPECT_FALSE(message.has_version());
}

TEST(Wire, MakesAnyUserAgentReadable) {
  CloudCall call = a_call();
  call.user_agent = "A\xFF\n" + std::string(2 * kMaxUserAgentBytes, 'x');
  const auto message = to_wire(soap::GetClientLicensorCertRequest{{{"<rac/>"}}}, {call, 1, "c"});
  EXPECT_EQ(message.context().user_agent(), "A??" + std::string(kMaxUserAgentBytes - 3, 'x'));
}

TEST(Wire, MovesChainsOut) {
  v1::AcquireLicenseResponse response;
  response.add_answers()->mutable_chain()->add_documents("<ul/>");
  response.mutable_answers(0)->mutable_chain()->add_documents("<slc/>");
  response.add_answers()->mutable_fault()->set_exception("No");
  const auto answer = from_wire(response, soap::AcquireLicenseRequest{{{}, {}}});
  ASSERT_TRUE(answer) << answer.error().to_string();
  const auto& answers = std::get<soap::AcquireLicenseResponse>(*answer).answers;
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(std::get<soap::Chain>(answers[0]), (soap::Chain{"<ul/>", "<slc/>"}));
  EXPECT_EQ(std::get<soap::Fault>(answers[1]).exception, "No");
}

TEST(Wire, TakesAFaultForTheWholeRequestAsTheAnswer) {
  v1::GetClientLicensorCertResponse response;
  response.mutable_fault()->set_exception("Untrusted");
  response.mutable_fault()->set_text("Why.");
  const auto answer = from_wire(response, soap::GetClientLicensorCertRequest{{{}, {}}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(std::get<soap::Fault>(*answer), (soap::Fault{"Untrusted", "Why."}));
}

// One thing wrong with a good answer to one item.
TEST(Wire, RefusesAnAnswerThatIsNone) {
  const soap::AcquireLicenseRequest request{{{}}};
  const auto refused = [&](auto spoil) {
    v1::AcquireLicenseResponse response;
    response.add_answers()->mutable_chain()->add_documents("<ul/>");
    v1::AcquireLicenseResponse good = response;
    EXPECT_TRUE(from_wire(good, request));
    spoil(response);
    const auto answer = from_wire(response, request);
    return !answer && answer.error() == Errc::malformed;
  };
  EXPECT_TRUE(refused([](auto& r) { r.clear_answers(); }));
  EXPECT_TRUE(refused([](auto& r) { r.add_answers()->mutable_chain()->add_documents("<ul/>"); }));
  EXPECT_TRUE(refused([](auto& r) { r.mutable_answers(0)->clear_chain(); }));
  EXPECT_TRUE(refused([](auto& r) { r.mutable_answers(0)->mutable_chain()->clear_documents(); }));
  EXPECT_TRUE(refused([](auto& r) { r.mutable_answers(0)->mutable_chain()->add_documents(""); }));
  EXPECT_TRUE(refused([](auto& r) { r.mutable_answers(0)->mutable_fault(); }));
  EXPECT_TRUE(refused([](auto& r) { r.mutable_fault()->set_text("nameless"); }));
}

TEST(Wire, RefusesACertificationWithoutChainOrFault) {
  v1::CertifyResponse response;
  const auto answer = from_wire(response, soap::CertifyRequest{});
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error() == Errc::malformed);
}

TEST(Wire, RefusesFewerLicensorCertificatesThanWereAskedFor) {
  v1::GetClientLicensorCertResponse response;
  response.add_chains()->add_documents("<clc/>");
  const auto answer = from_wire(response, soap::GetClientLicensorCertRequest{{{}, {}}});
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error() == Errc::malformed);
}

TEST(Status, NeverTakesAnAccidentForADenial) {
  using grpc::StatusCode;
  const auto errc = [](int code) { return to_error(grpc::Status(static_cast<StatusCode>(code), "why"), "m").code; };
  for (int code = 1; code <= 16; ++code) {
    Errc expected = Errc::unavailable;
    if (code == StatusCode::DEADLINE_EXCEEDED) expected = Errc::deadline_exceeded;
    if (code == StatusCode::RESOURCE_EXHAUSTED) expected = Errc::overloaded;
    if (code == StatusCode::CANCELLED) expected = Errc::cancelled;
    if (code == StatusCode::PERMISSION_DENIED || code == StatusCode::UNAUTHENTICATED) expected = Errc::denied;
    EXPECT_EQ(errc(code), make_error_code(expected)) << code;
  }
}

TEST(Status, NamesMethodStatusAndReason) {
  const Error error =
      to_error(grpc::Status(grpc::StatusCode::DATA_LOSS, "disk full"), "rms.v1.Licensing/AcquireLicense");
  EXPECT_EQ(error.context, "rms.v1.Licensing/AcquireLicense: DATA_LOSS: disk full");
  EXPECT_EQ(status_name(static_cast<grpc::StatusCode>(17)), "UNKNOWN");
}

}  // namespace
}  // namespace rms::connector
