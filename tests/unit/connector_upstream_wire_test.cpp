// SPDX-License-Identifier: Apache-2.0
#include "connector/upstream/wire.h"

#include <functional>

#include <gtest/gtest.h>

#include "connector/upstream/status.h"
#include "support/soap_messages.h"

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

const v1::SignedAttribution& signed_words() {
  static const v1::SignedAttribution words = [] {
    v1::SignedAttribution made;
    made.set_attribution("who asks");
    made.set_signature("signed");
    return made;
  }();
  return words;
}

TEST(Wire, SaysWhoAsksForWhom) {
  CloudCall call = a_call();
  const soap::VersionData version{"1.0.0.0", std::nullopt};
  call.version = &version;
  call.server_certification = true;
  const auto message =
      to_wire(soap::CertifyRequest{{"<spc/>", "<ca/>"}, false}, {call, 2, "connector-7", signed_words()});
  const v1::RequestContext& context = message.context();
  EXPECT_EQ(context.request_id(), "request");
  EXPECT_EQ(context.attempt(), 2u);
  EXPECT_EQ(context.correlation_id(), "correlation");
  EXPECT_EQ(context.connector_id(), "connector-7");
  EXPECT_EQ(context.user_agent(), "Agent/1.0");
  EXPECT_EQ(context.client_address(), "10.1.2.3");
  EXPECT_EQ(context.attribution().attribution(), "who asks");
  EXPECT_EQ(context.attribution().signature(), "signed");
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
  const auto message = to_wire(request, {call, 1, "c", signed_words()});
  ASSERT_EQ(message.items_size(), 2);
  EXPECT_EQ(message.items(0).licensee_certs().documents(0), odd);
  EXPECT_EQ(message.items(0).application_data(), "<a/>");
  EXPECT_FALSE(message.items(1).has_issuance_license());  // the most recent one before it holds
  EXPECT_FALSE(message.has_version());
}

TEST(Wire, MakesAnyUserAgentReadable) {
  CloudCall call = a_call();
  call.user_agent = "A\xFF\n" + std::string(2 * kMaxUserAgentBytes, 'x');
  const auto message = to_wire(soap::GetClientLicensorCertRequest{{{"<rac/>"}}}, {call, 1, "c", signed_words()});
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

// A good answer to a good question of each kind; refused() spoils it.
template <class Message, class Request>
class AnswerTo {
 public:
  AnswerTo(Request request, std::function<void(Message&)> fill) : request_(std::move(request)), fill_(std::move(fill)) {
    EXPECT_TRUE(read([](Message&) {}));
  }
  Result<soap::Response> read(const std::function<void(Message&)>& change) const {
    Message message;
    fill_(message);
    change(message);
    return from_wire(message, request_);
  }
  bool refused(const std::function<void(Message&)>& spoil) const {
    const auto answer = read(spoil);
    return !answer && answer.error() == Errc::malformed;
  }

 private:
  Request request_;
  std::function<void(Message&)> fill_;
};

TEST(Wire, CarriesPreLicences) {
  const CloudCall call = a_call();
  const soap::AcquirePreLicenseRequest request{{"alice@contoso.test", "S-1-5-21-7"}, {"<pl/>"}, "<a/>"};
  const auto message = to_wire(request, {call, 1, "c", signed_words()});
  ASSERT_EQ(message.licensee_identities_size(), 2);
  EXPECT_EQ(message.licensee_identities(1), "S-1-5-21-7");
  EXPECT_EQ(message.issuance_license().documents(0), "<pl/>");
  EXPECT_EQ(message.application_data(), "<a/>");

  const AnswerTo<v1::AcquirePreLicenseResponse, soap::AcquirePreLicenseRequest> answer(request, [](auto& r) {
    r.add_answers()->set_license("<ul/>");
    r.add_answers()->mutable_fault()->set_exception("No");
    r.mutable_server_chain()->add_documents("<slc/>");
  });
  const auto read = answer.read([](auto&) {});
  const auto& good = std::get<soap::AcquirePreLicenseResponse>(*read);
  EXPECT_EQ(std::get<std::string>(good.answers.at(0)), "<ul/>");
  EXPECT_EQ(std::get<soap::Fault>(good.answers.at(1)).exception, "No");
  EXPECT_EQ(good.server_chain, soap::Chain{"<slc/>"});

  EXPECT_TRUE(answer.refused([](auto& r) { r.mutable_answers()->RemoveLast(); }));
  EXPECT_TRUE(answer.refused([](auto& r) { r.add_answers()->set_license("<ul/>"); }));
  EXPECT_TRUE(answer.refused([](auto& r) { r.mutable_answers(0)->set_license(""); }));
  EXPECT_TRUE(answer.refused([](auto& r) { r.mutable_answers(0)->clear_license(); }));
  EXPECT_TRUE(answer.refused([](auto& r) { r.mutable_answers(1)->mutable_fault()->clear_exception(); }));
  EXPECT_TRUE(answer.refused([](auto& r) { r.clear_server_chain(); })) << "a licence without its chain";
  EXPECT_TRUE(answer.refused([](auto& r) { r.mutable_server_chain()->add_documents(""); }));
  const auto nobody = answer.read([](auto& r) {
    r.mutable_answers(0)->mutable_fault()->set_exception("No");
    r.clear_server_chain();
  });
  EXPECT_TRUE(nobody) << "nobody has a licence, so nobody needs a chain";
}

TEST(Wire, CarriesOnlinePublishing) {
  const CloudCall call = a_call();
  const soap::AcquireIssuanceLicenseRequest request{"<XrML>\r\n</XrML>"};
  EXPECT_EQ(to_wire(request, {call, 1, "c", signed_words()}).unsigned_issuance_license(), "<XrML>\r\n</XrML>");
  const AnswerTo<v1::AcquireIssuanceLicenseResponse, soap::AcquireIssuanceLicenseRequest> answer(
      request, [](auto& r) { r.mutable_chain()->add_documents("<pl/>"); });
  EXPECT_TRUE(answer.refused([](auto& r) { r.clear_chain(); }));
  EXPECT_TRUE(answer.refused([](auto& r) { r.mutable_fault(); }));
}

TEST(Wire, CarriesTemplates) {
  const CloudCall call = a_call();
  const AnswerTo<v1::AcquireTemplateInformationResponse, soap::AcquireTemplateInformationRequest> information(
      {}, [](auto& r) {
        r.set_server_public_key("key");
        r.add_templates()->set_guid("{1}");
        r.mutable_templates(0)->set_hash("hash");
      });
  EXPECT_TRUE(information.refused([](auto& r) { r.clear_server_public_key(); }));
  EXPECT_TRUE(information.refused([](auto& r) { r.mutable_templates(0)->clear_guid(); }));
  EXPECT_TRUE(information.refused([](auto& r) { r.mutable_templates(0)->clear_hash(); }));
  EXPECT_TRUE(information.read([](auto& r) { r.clear_templates(); })) << "a tenant may have none";

  const soap::AcquireTemplatesRequest request{{"{1}", "{2}"}};
  EXPECT_EQ(to_wire(request, {call, 1, "c", signed_words()}).guids(1), "{2}");
  const AnswerTo<v1::AcquireTemplatesResponse, soap::AcquireTemplatesRequest> templates(request, [](auto& r) {
    v1::Template& one = *r.add_templates();
    one.set_guid("{1}");
    one.set_hash("hash");
    one.set_xrml("<XrML/>");
    r.add_templates()->set_guid("{2}");
  });
  const auto read = templates.read([](auto&) {});
  const auto& good = std::get<soap::AcquireTemplatesResponse>(*read).templates;
  EXPECT_EQ(good.at(0).xrml, "<XrML/>");
  EXPECT_EQ(good.at(1).xrml, std::nullopt);
  EXPECT_TRUE(templates.refused([](auto& r) { r.mutable_templates()->RemoveLast(); }));
  EXPECT_TRUE(templates.refused([](auto& r) { r.mutable_templates(1)->clear_guid(); }));
  EXPECT_TRUE(templates.refused([](auto& r) { r.mutable_templates(0)->set_xrml(""); }));
  EXPECT_TRUE(templates.refused([](auto& r) { r.mutable_templates(0)->clear_hash(); }));
  EXPECT_TRUE(templates.refused([](auto& r) { r.mutable_templates()->SwapElements(0, 1); })) << "not in order";
}

// From envelope to envelope: what is no GUID is no template, and no reason to leave the others unanswered.
TEST(Wire, AnswersForAGuidThatIsEmpty) {
  const soap::Service& page = soap::page("/_wmcs/licensing/templateDistribution.asmx");
  const soap::RequestEnvelope asked =
      soap::read_request(page, soap::ask(page, soap::Operation::acquire_templates,
                                         "<guids><string/><string>{1}</string><string xsi:nil='true'/></guids>"));
  const auto& request = std::get<soap::AcquireTemplatesRequest>(asked.request());
  const CloudCall call = a_call();
  v1::AcquireTemplatesResponse response;
  const auto question = to_wire(request, {call, 1, "c", signed_words()});
  for (const std::string& guid : question.guids()) response.add_templates()->set_guid(guid);
  const auto answer = from_wire(response, request);
  ASSERT_TRUE(answer) << answer.error().to_string();
  const auto written = soap::write_response(asked.dialect(), *answer, asked.version());
  EXPECT_EQ(written.http_status, 200u);
  EXPECT_NE(written.body.find("<GuidTemplate><Guid></Guid></GuidTemplate><GuidTemplate><Guid>{1}</Guid></GuidTemplate>"
                              "<GuidTemplate><Guid></Guid></GuidTemplate>"),
            std::string::npos)
      << written.body;
}

TEST(Wire, CarriesWhatTheServiceSaysOfItself) {
  CloudCall call = a_call();
  const soap::VersionData version{"1.0.0.0", "1.2.0.0"};
  call.version = &version;
  call.published_base = "https://rms.contoso.test/_wmcs";

  const AnswerTo<v1::GetLicensorCertificateResponse, soap::GetLicensorCertificateRequest> licensor(
      {}, [](auto& r) { r.mutable_chain()->add_documents("<slc/>"); });
  EXPECT_TRUE(licensor.refused([](auto& r) { r.mutable_chain()->clear_documents(); }));

  const soap::FindServiceLocationsRequest where{{"LicensingService", "\xC3\xA9"}};
  const auto asked = to_wire(where, {call, 1, "c", signed_words()});
  EXPECT_EQ(asked.service_types(1), "\xC3\xA9");
  EXPECT_EQ(asked.published_base(), "https://rms.contoso.test/_wmcs");
  EXPECT_EQ(asked.version().maximum(), "1.2.0.0");
  const AnswerTo<v1::FindServiceLocationsResponse, soap::FindServiceLocationsRequest> locations(where, [](auto& r) {
    r.add_locations()->set_type("LicensingService");
    r.mutable_locations(0)->set_url("https://a");
    r.add_locations()->set_type("\xC3\xA9");
  });
  const auto found = locations.read([](auto&) {});
  EXPECT_EQ(std::get<soap::FindServiceLocationsResponse>(*found).locations.at(1).url, std::nullopt);
  EXPECT_TRUE(locations.refused([](auto& r) { r.mutable_locations()->RemoveLast(); }));
  EXPECT_TRUE(locations.refused([](auto& r) { r.mutable_locations(0)->set_url(""); }));
  EXPECT_TRUE(locations.refused([](auto& r) { r.mutable_locations(0)->clear_type(); }));

  const soap::GetServerInfoRequest info{{{"VersionInfo", std::nullopt}, {"ServiceLocations", "x"}}};
  const auto message = to_wire(info, {call, 1, "c", signed_words()});
  ASSERT_EQ(message.items_size(), 2);
  EXPECT_FALSE(message.items(0).has_additional_info());
  EXPECT_EQ(message.items(1).additional_info(), "x");
  EXPECT_EQ(message.published_base(), "https://rms.contoso.test/_wmcs");
  const AnswerTo<v1::GetServerInfoResponse, soap::GetServerInfoRequest> results(
      info, [](auto& r) { r.set_results("<Results/>"); });
  EXPECT_TRUE(results.refused([](auto& r) { r.set_results(""); }));
  EXPECT_TRUE(results.refused([](auto& r) { r.clear_results(); }));
}

TEST(Wire, CarriesPrecertification) {
  const CloudCall call = a_call();
  const soap::PrecertifyRequest request{"alice", "S-1-5-21-7", "alice@contoso.test", {"a@b.test", "c@d.test"}};
  const auto message = to_wire(request, {call, 1, "c", signed_words()});
  EXPECT_EQ(message.user_name(), "alice");
  EXPECT_EQ(message.id(), "S-1-5-21-7");
  EXPECT_EQ(message.mail(), "alice@contoso.test");
  EXPECT_EQ(message.proxy_addresses_size(), 2);
  const AnswerTo<v1::PrecertifyResponse, soap::PrecertifyRequest> answer(request,
                                                                         [](auto& r) { r.set_certificate("<rac/>"); });
  EXPECT_TRUE(answer.refused([](auto& r) { r.set_certificate(""); }));
  EXPECT_TRUE(answer.refused([](auto& r) { r.mutable_fault()->set_text("nameless"); }));
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
