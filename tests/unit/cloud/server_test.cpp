// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <gtest/gtest.h>

#include "cloud/server/locations.h"
#include "cloud/server/server_info.h"
#include "support/outcome.h"
#include "support/xrml_world.h"
#include "xml/document.h"
#include "xrml/key_wrap.h"

namespace rms::cloud {
namespace {

using test::must;

constexpr std::string_view kConnector = "https://rmsconnector.contoso.test/_wmcs";

const IssuingTenant& tenant() {
  static const auto opened = [] {
    const auto key = xrml::new_wrapping_key();
    return must(
        IssuingTenant::open(must(make_tenant({"contoso.test", "https://rms.contoso.test", ""}, key, test::kNow)), key));
  }();
  return opened;
}

std::string url_of(const std::string& type, std::string_view published_base = {}) {
  const auto found = find_service_locations({{type}}, published_urls(tenant(), published_base));
  return found ? found->locations.at(0).url.value_or("none") : found.error().fault()->exception;
}

TEST(Locations, AreTheVirtualDirectoriesOfTheTenant) {
  for (const auto* type : {"CertificationService", "CertificationInternalService", "PrecertificationService"})
    EXPECT_EQ(url_of(type), "https://rms.contoso.test/_wmcs/certification") << type;
  for (const auto* type : {"LicensingService", "LicensingInternalService", "PublishingService", "ServerService"})
    EXPECT_EQ(url_of(type), "https://rms.contoso.test/_wmcs/licensing") << type;
}

TEST(Locations, AreThoseOfTheConnectorIfItSaysSo) {
  EXPECT_EQ(url_of("CertificationService", kConnector), std::string(kConnector) + "/certification");
  EXPECT_EQ(url_of("LicensingService", kConnector), std::string(kConnector) + "/licensing");
}

TEST(Locations, TellTheExtranetFromTheInside) {
  auto urls = tenant().urls();
  urls.extranet_licensing = "https://rms.contoso.example/_wmcs/licensing";
  EXPECT_EQ(location_of("LicensingService", urls), urls.extranet_licensing);
  EXPECT_EQ(location_of("LicensingInternalService", urls), urls.licensing);
}

TEST(Locations, HaveNoUrlForWhatIsNotOffered) {
  for (const auto* type : {"EnrollmentService", "GroupExpansionService", "DrmRemoteDirectoryServices", "AdminV2Service",
                           "licensingservice"})
    EXPECT_EQ(url_of(type), "none") << type;
}

// As AD RMS maps it: a type that is answered and not offered.
TEST(Locations, OfActivationAreThoseOfCertification) {
  EXPECT_EQ(url_of("ActivationService"), url_of("CertificationInternalService"));
  EXPECT_EQ(std::ranges::count(offered_services(), "ActivationService"), 0);
}

TEST(Locations, RefuseATypeThatIsImproperlyFormed) {
  EXPECT_EQ(url_of(std::string(64, 'a')), "none");
  for (const auto& type :
       std::vector<std::string>{"", " LicensingService", "Licensing Service", "7Service", "<a/>", std::string(65, 'a')})
    EXPECT_EQ(url_of(type), soap::exceptions::kInvalidOperation) << type;
}

TEST(Locations, AnswerEachTypeInOrderAsItWasSpelled) {
  const auto found = find_service_locations({{"LicensingService", "EnrollmentService", "LicensingService"}},
                                            published_urls(tenant(), {}));
  ASSERT_TRUE(found.has_value());
  ASSERT_EQ(found->locations.size(), 3u);
  EXPECT_EQ(found->locations[1].type, "EnrollmentService");
  EXPECT_FALSE(found->locations[1].url);
  EXPECT_EQ(found->locations[2].url, found->locations[0].url);
}

TEST(PublishedBase, IsAUrlThatCanBePrinted) {
  for (const auto* base :
       {"", "https://rmsconnector.contoso.test/_wmcs", "http://rmsconnector", "https://192.0.2.7:8443/_wmcs",
        "https://[2001:db8::7]/_wmcs", "https://[2001:db8::7]:443/a/b"})
    EXPECT_TRUE(test::succeeds(check_published_base(base))) << base;
}

TEST(PublishedBase, IsRefusedIfItIsAnythingElse) {
  for (const auto* base :
       {"rmsconnector.contoso.test/_wmcs", "ftp://connector/_wmcs", "javascript:alert(1)", "https://", "https:///_wmcs",
        "https://connector/_wmcs/", "https://user@connector/_wmcs", "https://connector/_wmcs?x", "https://connector/#x",
        "https://connector:/_wmcs", "https://connector:https/_wmcs", "https://connector:123456/_wmcs",
        "https://connector/\"/><Evil", "https://connector/a b", "https://connector/a\nb", "https://[::1/_wmcs",
        "https://[]/_wmcs", "HTTPS://connector/_wmcs", "https://k\xc3\xb6nig.test/_wmcs"})
    EXPECT_TRUE(test::fails_with(check_published_base(base), Errc::malformed)) << base;
}

TEST(PublishedBase, IsBounded) {
  const std::string start = "https://connector/";
  const auto base = start + std::string(kMaxPublishedBaseBytes - start.size(), 'a');
  EXPECT_TRUE(test::succeeds(check_published_base(base)));
  EXPECT_TRUE(test::fails_with(check_published_base(base + "a"), Errc::malformed));
}

TEST(LicensorCertificate, ComesWithWhatIssuedIt) {
  const auto texts = licensor_certificate(tenant()).chain;
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  const auto chain = must(xrml::parse_chain(views));
  ASSERT_EQ(chain.size(), 3u);
  EXPECT_EQ(chain[0].kind(), xrml::Kind::server_licensor_certificate);
  EXPECT_TRUE(test::succeeds(xrml::verify_chain(chain, {{*chain[2].content().principal().key}}, test::kNow)));
}

std::string results_of(std::vector<soap::ServerInfoItem> items, std::string_view published_base = {}) {
  const auto info = server_info(tenant(), {std::move(items)}, published_urls(tenant(), published_base));
  return info ? info->results : info.error().fault()->exception;
}

TEST(ServerInfo, AnswersEachRequestInOrder) {
  EXPECT_EQ(results_of({{"VersionInfo", {}}, {"ServerFeatureInfo", "x"}, {"VersionInfo", ""}}),
            "<Results xmlns=\"\">"
            "<ServerInfoRequest Type=\"VersionInfo\" AdditionalInfo=\"\"><VersionInfo Version=\"6.0.0.0\"/>"
            "</ServerInfoRequest>"
            "<ServerInfoRequest Type=\"ServerFeatureInfo\" AdditionalInfo=\"x\"><ServerFeatureInfo>"
            "<Feature Name=\"GroupExpansionWebService\" Value=\"false\"/>"
            "<Feature Name=\"ActiveDirectoryServicesRemoting\" Value=\"false\"/>"
            "<Feature Name=\"FederatedServicesEnabled\" Value=\"0\"/></ServerFeatureInfo></ServerInfoRequest>"
            "<ServerInfoRequest Type=\"VersionInfo\" AdditionalInfo=\"\"><VersionInfo Version=\"6.0.0.0\"/>"
            "</ServerInfoRequest></Results>");
}

TEST(ServerInfo, PrintsTheCertificatesToTheCharacter) {
  const auto results = results_of({{"ServerLicensorCertificate", {}}});
  std::string chain;
  for (const auto& document : tenant().chain()) chain += document.text();
  EXPECT_NE(results.find("<ServerLicensorCertificateChain>" + chain + "</ServerLicensorCertificateChain>"),
            std::string::npos);
}

TEST(ServerInfo, PrintsTheLocationsThatAreOffered) {
  const auto results = results_of({{"ServiceLocations", {}}}, kConnector);
  EXPECT_NE(results.find("<ServiceLocation Type=\"CertificationService\" Url=\"" + std::string(kConnector) +
                         "/certification\"/>"),
            std::string::npos)
      << results;
  EXPECT_EQ(results.find("rms.contoso.test"), std::string::npos) << "the tenant's own are not printed beside it";
  for (const auto type : offered_services()) EXPECT_NE(results.find(type), std::string::npos) << type;
}

// The answer is one well-formed element whatever the caller's words are.
TEST(ServerInfo, EscapesWhatTheCallerSaid) {
  const std::string hostile = "\"/><Evil a='&]]>\x01";
  const auto results = results_of({{"VersionInfo", hostile}});
  EXPECT_EQ(results.find("<Evil"), std::string::npos);
  const auto document = must(xml::Document::parse(results));
  EXPECT_EQ(document.root().child("ServerInfoRequest")->attribute("AdditionalInfo"), "\"/><Evil a='&]]>?");
}

TEST(ServerInfo, RefusesATypeThatThereIsNot) {
  for (const auto* type : {"", "versioninfo", "VersionInfo ", "<x/>"})
    EXPECT_EQ(results_of({{"VersionInfo", {}}, {type, {}}}), soap::exceptions::kArgumentNull) << type;
}

}  // namespace
}  // namespace rms::cloud
