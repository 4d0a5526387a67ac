// SPDX-License-Identifier: Apache-2.0
//
// Each limit: the last that passes, and the first that does not.
#include <array>
#include <string>

#include <gtest/gtest.h>

#include "support/soap_expectations.h"

namespace rms::soap {
namespace {

void expect_too_large(const Service& service, std::string bytes, const std::string& text,
                      std::string_view exception = exceptions::kArgument) {
  expect_refused(std::move(bytes), Errc::too_large, exception, text, service);
}

// An item that brings too much must not cost the others their answers: the service refuses it alone.
TEST(SoapLimits, AreNotThoseOfAnItemOfABatch) {
  using Sizes = std::array<std::size_t, 4>;  // certificates, the first of them, licence, data
  const std::string good = license_params(xrml("rac"), xrml("pl"));
  const auto read_item = [&good](const std::string& item) {
    const auto asked = read_request(licensing(), acquire_license(good + item));
    const AcquireLicenseItem read = read_acquire_license(asked).items.at(1);
    return Sizes{read.licensee_certs.size(), read.licensee_certs.empty() ? 0 : read.licensee_certs[0].size(),
                 read.issuance_license.at(0).size(), read.application_data.size()};
  };
  const std::size_t rac = xrml("rac").size(), pl = xrml("pl").size();
  const std::string large(30'720, 'x'), license(kMaxIssuanceLicenseBytes, 'x'), data(102'401, 'x');
  EXPECT_EQ(read_item(license_params(xrml(large), xrml("pl"))), (Sizes{1, xrml(large).size(), pl, 0}));
  EXPECT_EQ(read_item(with(good, certificate(xrml("rac")), repeated(101, certificate(xrml("rac"))))),
            (Sizes{101, rac, pl, 0}));
  EXPECT_EQ(read_item(license_params(xrml("rac"), xrml(license))), (Sizes{1, rac, xrml(license).size(), 0}));
  EXPECT_EQ(read_item(with(good, "<ApplicationData/>", "<ApplicationData>" + data + "</ApplicationData>")),
            (Sizes{1, rac, pl, data.size()}));
  const std::string certs = "<LicenseeCerts>" + certificate(xrml("rac")) + "</LicenseeCerts>";
  for (const char* none : {"", "<LicenseeCerts/>", "<LicenseeCerts xsi:nil='true'/>",
                           "<LicenseeCerts><Certificate xsi:nil='true'/></LicenseeCerts>"})
    EXPECT_EQ(read_item(with(good, certs, none)), (Sizes{0, 0, pl, 0})) << none;
}

TEST(SoapLimits, MachineAndPersonaCertificates) {
  const auto of = [](std::size_t n) { return repeated(n, certificate(xrml("spc"))); };
  EXPECT_TRUE(is_read(certification(), with(good_certify(), of(1), of(100))));
  expect_refused(with(good_certify(), of(1), of(101)), Errc::too_large, exceptions::kArgument,
                 "100 certificates in MachineCertificateChain", certification());
  const std::string last = xrml(std::string(30'720 - xrml("").size(), 'x'));
  EXPECT_TRUE(is_read(certification(), with(good_certify(), xrml("spc"), last)));
  const std::string large = xrml(std::string(30'721 - xrml("").size(), 'x'));
  expect_refused(with(good_certify(), xrml("spc"), large), Errc::too_large, exceptions::kArgument, "30720",
                 certification());
  expect_refused(with(good_get_client_licensor_cert(), xrml("rac"), large), Errc::too_large, exceptions::kArgument,
                 "30720", publishing());
}

TEST(SoapLimits, ItemsOfABatch) {
  const auto with_items = [](std::size_t n) {
    return acquire_license(repeated(n, license_params(xrml("rac"), xrml("pl"))));
  };
  EXPECT_TRUE(is_read(licensing(), with_items(256)));
  expect_refused(with_items(257), Errc::too_large, exceptions::kArgument, "at most 256 AcquireLicenseParams");
  const std::string clc = good_get_client_licensor_cert();
  const auto begin = clc.find("<GetClientLicensorCertParams>"), end = clc.find("</RequestParams>");
  const std::string params = clc.substr(begin, end - begin);
  EXPECT_TRUE(is_read(publishing(), with(clc, params, repeated(16, params))));
  expect_refused(with(clc, params, repeated(17, params)), Errc::too_large, exceptions::kArgument,
                 "at most 16 GetClientLicensorCertParams", publishing());
}

TEST(SoapLimits, TheWholeEnvelope) {
  const std::string good = good_acquire_license();
  EXPECT_TRUE(is_read(licensing(), good + std::string(kMaxEnvelopeBytes - good.size(), ' ')));
  expect_refused(good + std::string(kMaxEnvelopeBytes - good.size() + 1, ' '), Errc::too_large, exceptions::kArgument,
                 "more than 16777216 bytes");
  expect_refused(with(good, "<ApplicationData/>",
                      "<ApplicationData>" + repeated(70, "<a>") + repeated(70, "</a>") + "</ApplicationData>"),
                 Errc::too_large, exceptions::kArgument, "64 elements inside one another");
}

// ---- arrays and strings of the other operations

std::string strings(std::size_t n, const std::string& each = "a") {
  return repeated(n, "<string>" + each + "</string>");
}

std::string pre_license(const std::string& identities, const std::string& license = certificate(xrml("pl")),
                        const std::string& data = "") {
  return ask(licensing(), Operation::acquire_pre_license,
             "<RequestParams><AcquirePreLicenseParams><LicenseeIdentities>" + identities +
                 "</LicenseeIdentities><IssuanceLicense>" + license + "</IssuanceLicense><ApplicationData>" + data +
                 "</ApplicationData></AcquirePreLicenseParams></RequestParams>");
}

TEST(SoapLimits, IdentitiesOfAPreLicense) {
  EXPECT_TRUE(is_read(licensing(), pre_license(strings(1000))));
  expect_too_large(licensing(), pre_license(strings(1001)), "at most 1000 string");
  EXPECT_TRUE(is_read(licensing(), pre_license(strings(2, std::string(1024, 'x')))));
  expect_too_large(licensing(), pre_license(strings(2, std::string(1025, 'x'))), "at most 1024 bytes in string");
}

TEST(SoapLimits, DocumentsOfAPreLicense) {
  const auto of_bytes = [](std::size_t n) { return certificate(xrml(std::string(n - xrml("").size(), 'x'))); };
  EXPECT_TRUE(is_read(licensing(), pre_license(strings(1), of_bytes(kMaxIssuanceLicenseBytes))));
  expect_too_large(licensing(), pre_license(strings(1), of_bytes(kMaxIssuanceLicenseBytes + 1)),
                   "8388608 bytes a certificate in IssuanceLicense");
  const std::string half = certificate(xrml(std::string(kMaxIssuanceLicenseBytes / 2, 'x')));
  expect_too_large(licensing(), pre_license(strings(1), half + half), "8388608 bytes in IssuanceLicense");
  expect_too_large(licensing(), pre_license(strings(1), repeated(101, certificate(xrml("pl")))),
                   "100 certificates in IssuanceLicense");
  EXPECT_TRUE(is_read(licensing(), pre_license(strings(1), certificate(xrml("pl")), std::string(102'400, 'x'))));
  expect_too_large(licensing(), pre_license(strings(1), certificate(xrml("pl")), std::string(102'401, 'x')),
                   "102400 bytes in ApplicationData", exceptions::kUnspecifiedError);
}

TEST(SoapLimits, AnUnsignedIssuanceLicense) {
  const auto with_bytes = [](std::size_t n) {
    return ask(publishing(), Operation::acquire_issuance_license,
               "<RequestParams><AcquireIssuanceLicenseParams><UnsignedIssuanceLicense>" +
                   xrml(std::string(n - xrml("").size(), 'x')) +
                   "</UnsignedIssuanceLicense></AcquireIssuanceLicenseParams></RequestParams>");
  };
  EXPECT_TRUE(is_read(publishing(), with_bytes(kMaxIssuanceLicenseBytes)));
  expect_too_large(publishing(), with_bytes(kMaxIssuanceLicenseBytes + 1),
                   "at most 8388608 bytes in UnsignedIssuanceLicense");
}

TEST(SoapLimits, TemplatesAtATime) {
  const Service& service = page("/_wmcs/licensing/templateDistribution.asmx");
  const auto guids = [&service](const std::string& all) {
    return ask(service, Operation::acquire_templates, "<guids>" + all + "</guids>");
  };
  EXPECT_TRUE(is_read(service, guids(strings(25))));
  expect_too_large(service, guids(strings(26)), "at most 25 string");
  EXPECT_TRUE(is_read(service, guids(strings(1, std::string(1024, 'x')))));
  expect_too_large(service, guids(strings(1, std::string(1025, 'x'))), "at most 1024 bytes in string");
}

TEST(SoapLimits, ServiceTypes) {
  const Service& service = page("/_wmcs/licensing/ServiceLocator.asmx");
  const auto types = [&service](std::size_t n, std::size_t bytes) {
    return ask(service, Operation::find_service_locations_for_user,
               "<ServiceNames>" +
                   repeated(n, "<ServiceLocationRequest><Type>" + std::string(bytes, 'x') +
                                   "</Type></ServiceLocationRequest>") +
                   "</ServiceNames>");
  };
  EXPECT_TRUE(is_read(service, types(32, 1024)));
  expect_too_large(service, types(33, 1), "at most 32 ServiceLocationRequest");
  expect_too_large(service, types(1, 1025), "at most 1024 bytes in Type");
}

TEST(SoapLimits, ServerInfo) {
  const Service& service = page("/_wmcs/licensing/server.asmx");
  const auto items = [&service](std::size_t n, std::size_t type_bytes, std::size_t more_bytes) {
    return ask(service, Operation::get_server_info,
               "<requests>" +
                   repeated(n, "<ServerInfoRequest><Type>" + std::string(type_bytes, 'x') + "</Type><AdditionalInfo>" +
                                   std::string(more_bytes, 'x') + "</AdditionalInfo></ServerInfoRequest>") +
                   "</requests>");
  };
  EXPECT_TRUE(is_read(service, items(32, 1024, 1024)));
  expect_too_large(service, items(33, 1, 1), "at most 32 ServerInfoRequest");
  expect_too_large(service, items(1, 1025, 1), "at most 1024 bytes in Type");
  expect_too_large(service, items(1, 1, 1025), "at most 1024 bytes in AdditionalInfo");
}

TEST(SoapLimits, ThePersonOfAPrecertify) {
  const Service& service = page("/_wmcs/certification/Precertification.asmx");
  const auto person = [&service](std::size_t name, std::size_t id, std::size_t mail, std::size_t addresses) {
    return ask(service, Operation::precertify,
               "<requestParams><PrecertifyParams><UserName>" + std::string(name, 'x') +
                   "</UserName><Identification><AuthenticationMode>Windows</AuthenticationMode><Id>" +
                   std::string(id, 'x') + "</Id><Email>" + std::string(mail, 'x') + "</Email><ProxyAddresses>" +
                   strings(addresses) + "</ProxyAddresses></Identification></PrecertifyParams></requestParams>");
  };
  EXPECT_TRUE(is_read(service, person(1024, 1024, 1024, 64)));
  expect_too_large(service, person(1025, 1, 1, 1), "at most 1024 bytes in UserName");
  expect_too_large(service, person(1, 1025, 1, 1), "at most 1024 bytes in Id");
  expect_too_large(service, person(1, 1, 1025, 1), "at most 1024 bytes in Email");
  expect_too_large(service, person(1, 1, 1, 65), "at most 64 string");
}

TEST(SoapLimits, AVersion) {
  const auto with_maximum = [](std::size_t blanks, std::size_t zeros) {
    return acquire_license(license_params(xrml("rac"), xrml("pl")),
                           std::string(blanks, ' ') + std::string(zeros, '0') + "1.1.0.0");
  };
  EXPECT_TRUE(is_read(licensing(), with_maximum(2000, 1024 - 7)));  // Blanks do not count.
  expect_too_large(licensing(), with_maximum(0, 1024 - 6), "at most 1024 bytes in MaximumVersion");
}

// ---- the shape of XML, in both versions of SOAP

TEST(SoapLimits, DepthOfTheEnvelope) {
  // Envelope, Body, AcquireLicense, RequestParams, AcquireLicenseParams, ApplicationData.
  const auto with_depth = [](std::size_t n) {
    return with(good_acquire_license(), "<ApplicationData/>",
                "<ApplicationData>" + repeated(n - 6, "<a>") + repeated(n - 6, "</a>") + "</ApplicationData>");
  };
  EXPECT_TRUE(is_read(licensing(), with_depth(64)));
  expect_too_large(licensing(), with_depth(65), "64 elements inside one another");
  expect_too_large(licensing(), in_soap12(with_depth(65)), "64 elements inside one another");
}

TEST(SoapLimits, AttributesOfAnElement) {
  const auto with_attributes = [](int n) {
    std::string element = "<ApplicationData";
    for (int i = 0; i < n; ++i) element += " a" + std::to_string(i) + "=''";
    return with(good_acquire_license(), "<ApplicationData/>", element + "/>");
  };
  EXPECT_TRUE(is_read(licensing(), with_attributes(32)));
  expect_too_large(licensing(), with_attributes(33), "32 attributes");
  expect_too_large(licensing(), in_soap12(with_attributes(33)), "32 attributes");
}

TEST(SoapLimits, ElementsOfTheEnvelope) {
  const std::string good = good_acquire_license();
  std::size_t others = 0;
  for (std::size_t at = 0; (at = good.find('<', at)) != std::string::npos; ++at) others += good[at + 1] != '/';
  const auto with_elements = [&](std::size_t n) {
    return with(good, "<RequestParams>", "<RequestParams>" + repeated(n - others, "<a/>"));
  };
  EXPECT_TRUE(is_read(licensing(), with_elements(200'000)));
  expect_too_large(licensing(), with_elements(200'001), "200000 elements");
}

TEST(SoapLimits, NoDocumentTypeNoEntitiesNoInstructions) {
  for (const bool soap12 : {false, true}) {
    const std::string good = soap12 ? in_soap12(good_acquire_license()) : good_acquire_license();
    expect_refused("<!DOCTYPE s:Envelope>" + good, Errc::unsupported, exceptions::kXmlFormat, "document type");
    expect_refused("<!DOCTYPE s:Envelope SYSTEM 'http://192.0.2.1/x.dtd'>" + good, Errc::unsupported,
                   exceptions::kXmlFormat, "document type");
    expect_refused(
        "<!DOCTYPE a [<!ENTITY b 'x'>]>" + with(good, "<ApplicationData/>", "<ApplicationData>&b;</ApplicationData>"),
        Errc::unsupported, exceptions::kXmlFormat, "document type");
    expect_refused(with(good, "<ApplicationData/>", "<ApplicationData>&b;</ApplicationData>"), Errc::malformed,
                   exceptions::kXmlFormat, "undefined entity");
    expect_refused(with(good, "<ApplicationData/>", "<?php ?><ApplicationData/>"), Errc::unsupported,
                   exceptions::kXmlFormat, "processing instruction");
  }
}

// ---- answers, as the client reads them

TEST(SoapLimits, AnswersToEachOperation) {
  const auto too_large = [](const Service& service, const Response& response, const std::string& what) {
    const auto operation = static_cast<Operation>(response.index());
    const auto read = parse_response(operation, write_response({service.ns}, response, {}).body);
    ASSERT_FALSE(read) << what;
    EXPECT_EQ(read.error(), Errc::too_large);
    EXPECT_THAT(read.error().context, testing::HasSubstr(what));
  };
  const Service& templates = page("/_wmcs/licensing/templateDistribution.asmx");
  const Service& server = page("/_wmcs/licensing/server.asmx");
  too_large(publishing(), GetClientLicensorCertResponse{std::vector(17, Chain{xrml("clc")})},
            "at most 16 GetClientLicensorCertResponse");
  too_large(licensing(), AcquirePreLicenseResponse{std::vector(1001, PreLicenseAnswer(xrml("ul"))), {xrml("slc")}},
            "at most 1000 Certificate");
  too_large(templates, AcquireTemplateInformationResponse{"key", std::vector(10'001, TemplateHash{"g", "h"})},
            "at most 10000 GuidHash");
  too_large(templates, AcquireTemplatesResponse{std::vector(26, Template{"g", "h", "x"})}, "at most 25 GuidTemplate");
  too_large(server, FindServiceLocationsResponse{std::vector(33, ServiceLocation{"t", "u"})},
            "at most 32 ServiceLocationResponse");
  too_large(server, FindServiceLocationsResponse{{{"t", std::string(1025, 'u')}}}, "at most 1024 bytes in URL");
}

}  // namespace
}  // namespace rms::soap
