// SPDX-License-Identifier: Apache-2.0
//
// Every operation of proto/rms/v1 over gRPC, and each limit of the contract.
#include "cloud/templates/templates.h"
#include "unit/cloud/served_rights.h"

namespace rms::cloud {
namespace {

using grpc::StatusCode;

class FrontOperations : public FrontTest {
 protected:
  FrontOperations() {
    must(add_default_templates(tenant(), *store_, kNow));
    must(store_->replace_directory(tenant().guid(), std::vector{UserRecord{mail_of("bob"), "Bob", "", {}}}, {}));
    start();
    channel_ = channel(client_);
  }

  template <class Request>
  Request asking() const {
    Request request;
    sign(request, said<Request>());
    return request;
  }
  template <class Request>
  std::string refusal(const Request& request) {
    const auto status = ask(request).first;
    EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT) << status.error_message();
    return status.error_message();
  }
  template <class Request>
  bool is_answered(const Request& request) {
    return ask(request).first.ok();
  }

#define RMS_ASK(service, operation, message)                                                \
  std::pair<grpc::Status, v1::message##Response> ask(const v1::message##Request& request) { \
    grpc::ClientContext context;                                                            \
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));      \
    v1::message##Response response;                                                         \
    auto status = v1::service::NewStub(channel_)->operation(&context, request, &response);  \
    return {std::move(status), std::move(response)};                                        \
  }
  RMS_ASK(Certification, Precertify, Precertify)
  RMS_ASK(Publishing, AcquireIssuanceLicense, AcquireIssuanceLicense)
  RMS_ASK(Licensing, AcquirePreLicense, AcquirePreLicense)
  RMS_ASK(Templates, AcquireTemplateInformation, AcquireTemplateInformation)
  RMS_ASK(Templates, AcquireTemplates, AcquireTemplates)
  RMS_ASK(Server, GetLicensorCertificate, GetLicensorCertificate)
  RMS_ASK(Server, FindServiceLocationsForUser, FindServiceLocations)
  RMS_ASK(Server, GetServerInfo, GetServerInfo)
#undef RMS_ASK

 private:
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(FrontOperations, Precertify) {
  auto request = asking<v1::PrecertifyRequest>();
  request.set_user_name(mail_of("bob"));
  const auto response = ask(request).second;
  EXPECT_EQ(must(xrml::Document::parse(response.certificate())).kind(), xrml::Kind::rights_account_certificate);
  request.set_user_name("nobody@contoso.test");
  EXPECT_EQ(ask(request).second.fault().exception(), soap::exceptions::kDrmsArgument);
}

TEST_F(FrontOperations, AcquireIssuanceLicense) {
  auto request = asking<v1::AcquireIssuanceLicenseRequest>();
  const auto label = must(xrml::issue_unsigned_license(
      tenant().principal(), {"09d39708-df09-4554-bd2b-d6421346dd30", mail_of("bob"), "Budget.docx", {}, {}},
      content_key(), kNow));
  request.set_unsigned_issuance_license(std::string(label.text()));
  const auto response = ask(request).second;
  ASSERT_EQ(response.chain().documents_size(), 4) << response.fault().exception();
  EXPECT_TRUE(test::succeeds(must(xrml::Document::parse(response.chain().documents(0))).verify_signature()));
  request.set_unsigned_issuance_license("<junk/>");
  EXPECT_EQ(ask(request).second.fault().exception(), soap::exceptions::kUnspecifiedError);
}

TEST_F(FrontOperations, AcquirePreLicense) {
  auto request = asking<v1::AcquirePreLicenseRequest>();
  request.add_licensee_identities(mail_of("bob"));
  request.add_licensee_identities("nobody@contoso.test");
  for (const auto& document : label_) request.mutable_issuance_license()->add_documents(std::string(document.text()));
  const auto response = ask(request).second;
  ASSERT_EQ(response.answers_size(), 2) << response.fault().exception();
  EXPECT_EQ(must(xrml::Document::parse(response.answers(0).license())).kind(), xrml::Kind::use_license);
  EXPECT_EQ(response.answers(1).fault().exception(), soap::exceptions::kAcquirePreLicenseInvalidLicensee);
  EXPECT_EQ(response.server_chain().documents_size(), 3);

  request.clear_issuance_license();
  EXPECT_EQ(ask(request).second.fault().exception(), soap::exceptions::kArgumentNull);
}

TEST_F(FrontOperations, Templates) {
  const auto information = ask(asking<v1::AcquireTemplateInformationRequest>()).second;
  ASSERT_EQ(information.templates_size(), 2) << information.fault().exception();
  EXPECT_FALSE(information.server_public_key().empty());

  auto request = asking<v1::AcquireTemplatesRequest>();
  request.add_guids(information.templates(0).guid());
  request.add_guids("no such template");
  const auto response = ask(request).second;
  ASSERT_EQ(response.templates_size(), 2) << response.fault().exception();
  EXPECT_EQ(response.templates(0).hash(), information.templates(0).hash());
  EXPECT_EQ(must(xrml::Document::parse(response.templates(0).xrml())).kind(), xrml::Kind::official_template);
  EXPECT_EQ(response.templates(1).guid(), "no such template");
  EXPECT_FALSE(response.templates(1).has_xrml());
}

TEST_F(FrontOperations, GetLicensorCertificate) {
  const auto response = ask(asking<v1::GetLicensorCertificateRequest>()).second;
  ASSERT_EQ(response.chain().documents_size(), 3);
  EXPECT_EQ(response.chain().documents(0), tenant().licensor_certificate().text());
}

TEST_F(FrontOperations, FindServiceLocationsForUser) {
  auto request = asking<v1::FindServiceLocationsRequest>();
  request.add_service_types("LicensingService");
  request.add_service_types("EnrollmentService");
  auto response = ask(request).second;
  ASSERT_EQ(response.locations_size(), 2) << response.fault().exception();
  EXPECT_EQ(response.locations(0).url(), "https://rms.contoso.test/_wmcs/licensing");
  EXPECT_FALSE(response.locations(1).has_url());
  request.set_published_base("https://rmsconnector.contoso.test/_wmcs");
  EXPECT_EQ(ask(request).second.locations(0).url(), "https://rmsconnector.contoso.test/_wmcs/licensing");
}

TEST_F(FrontOperations, GetServerInfo) {
  auto request = asking<v1::GetServerInfoRequest>();
  request.add_items()->set_type("ServiceLocations");
  request.mutable_items(0)->set_additional_info("<&\"");
  request.set_published_base("https://rmsconnector.contoso.test/_wmcs");
  const auto results = ask(request).second.results();
  EXPECT_TRUE(
      results.starts_with("<Results xmlns=\"\"><ServerInfoRequest Type=\"ServiceLocations\" "
                          "AdditionalInfo=\"&lt;&amp;&quot;\">"))
      << results;
  EXPECT_NE(results.find("\"https://rmsconnector.contoso.test/_wmcs/licensing\""), std::string::npos) << results;
}

// ---- limits

TEST_F(FrontOperations, LimitsTheIdentitiesOfAPreLicense) {
  auto request = asking<v1::AcquirePreLicenseRequest>();
  EXPECT_EQ(refusal(request), "licensee_identities must have 1 to 1000 entries");
  while (request.licensee_identities_size() < 1000) request.add_licensee_identities(std::string(1024, 'x'));
  EXPECT_TRUE(is_answered(request));
  request.add_licensee_identities("x");
  EXPECT_EQ(refusal(request), "licensee_identities must have 1 to 1000 entries");
  request.clear_licensee_identities();
  request.add_licensee_identities(std::string(1025, 'x'));
  EXPECT_EQ(refusal(request), "licensee_identities must have at most 1024 bytes");
}

TEST_F(FrontOperations, LimitsTemplates) {
  auto request = asking<v1::AcquireTemplatesRequest>();
  while (request.guids_size() < 25) request.add_guids(std::string(1024, 'x'));
  EXPECT_TRUE(is_answered(request));
  request.add_guids("x");
  EXPECT_EQ(refusal(request), "guids must have 0 to 25 entries");
  request.clear_guids();
  request.add_guids(std::string(1025, 'x'));
  EXPECT_EQ(refusal(request), "guids must have at most 1024 bytes");
}

TEST_F(FrontOperations, LimitsServiceTypes) {
  auto request = asking<v1::FindServiceLocationsRequest>();
  while (request.service_types_size() < 32) request.add_service_types(std::string(1024, 'x'));
  EXPECT_TRUE(is_answered(request));
  request.add_service_types("x");
  EXPECT_EQ(refusal(request), "service_types must have 0 to 32 entries");
  request.clear_service_types();
  request.add_service_types(std::string(1025, 'x'));
  EXPECT_EQ(refusal(request), "service_types must have at most 1024 bytes");
}

TEST_F(FrontOperations, LimitsServerInfo) {
  auto request = asking<v1::GetServerInfoRequest>();
  while (request.items_size() < 32) {
    auto* item = request.add_items();
    item->set_type("ServerLicensorCertificate");
    item->set_additional_info(std::string(1024, 'x'));
  }
  EXPECT_TRUE(is_answered(request));
  request.add_items()->set_type("VersionInfo");
  EXPECT_EQ(refusal(request), "items must have 0 to 32 entries");
  request.clear_items();
  request.add_items()->set_type(std::string(1025, 'x'));
  EXPECT_EQ(refusal(request), "items.type must have at most 1024 bytes");
  request.mutable_items(0)->set_type("VersionInfo");
  request.mutable_items(0)->set_additional_info(std::string(1025, 'x'));
  EXPECT_EQ(refusal(request), "items.additional_info must have at most 1024 bytes");
}

TEST_F(FrontOperations, PrintsNoPublishedBaseThatIsNoUrl) {
  const std::string hostile = "https://connector/\"/><Evil/>";
  auto locations = asking<v1::FindServiceLocationsRequest>();
  locations.set_published_base(hostile);
  EXPECT_EQ(refusal(locations).find(hostile), std::string::npos);
  auto info = asking<v1::GetServerInfoRequest>();
  info.set_published_base(hostile);
  EXPECT_TRUE(refusal(info).starts_with("published_base must be like https://"));
}

TEST_F(FrontOperations, LimitsPrecertify) {
  const auto named = [&] {
    auto request = asking<v1::PrecertifyRequest>();
    request.set_user_name(mail_of("bob"));
    return request;
  };
  auto request = named();
  request.set_user_name(std::string(1025, 'x'));
  EXPECT_EQ(refusal(request), "user_name must have at most 1024 bytes");
  request = named();
  request.set_id(std::string(1025, 'x'));
  EXPECT_EQ(refusal(request), "id must have at most 1024 bytes");
  request = named();
  request.set_mail(std::string(1025, 'x'));
  EXPECT_EQ(refusal(request), "mail must have at most 1024 bytes");
  request = named();
  while (request.proxy_addresses_size() < 64) request.add_proxy_addresses(std::string(1024, 'x'));
  EXPECT_TRUE(is_answered(request));
  request.add_proxy_addresses("x");
  EXPECT_EQ(refusal(request), "proxy_addresses must have 0 to 64 entries");
  request = named();
  request.add_proxy_addresses(std::string(1025, 'x'));
  EXPECT_EQ(refusal(request), "proxy_addresses must have at most 1024 bytes");
}

TEST_F(FrontOperations, AskWhoAsksEachTime) {
  EXPECT_EQ(refusal(v1::GetLicensorCertificateRequest()), "context.attribution must say who asks");
  EXPECT_EQ(refusal(v1::AcquireTemplateInformationRequest()), "context.attribution must say who asks");
  EXPECT_EQ(refusal(v1::AcquireIssuanceLicenseRequest()), "context.attribution must say who asks");
}

}  // namespace
}  // namespace rms::cloud
