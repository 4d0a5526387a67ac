// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/soap_expectations.h"

namespace rms::soap {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// ---- good ones

TEST(SoapRequest, ReadsCertifyOnBothOfItsPages) {
  for (const Service* service : {&certification(), find_service("/_wmcs/certification/certification.asmx")}) {
    const auto envelope = read_request(*service, good_certify());
    EXPECT_EQ(envelope.operation(), Operation::certify);
    const auto& request = std::get<CertifyRequest>(envelope.request());
    EXPECT_THAT(request.machine_chain, ElementsAre(xrml("spc")));
    EXPECT_TRUE(request.persistent);
    EXPECT_EQ(envelope.version()->maximum, "1.0.0.0");
  }
}

TEST(SoapRequest, ReadsPersistentAsABoolean) {
  const auto persistent = [](std::string_view element) {
    const auto envelope = read_request(certification(), with(good_certify(), "<Persistent>true</Persistent>", element));
    return std::get<CertifyRequest>(envelope.request()).persistent;
  };
  EXPECT_FALSE(persistent("<Persistent>false</Persistent>"));
  EXPECT_FALSE(persistent("<Persistent>0</Persistent>"));
  EXPECT_TRUE(persistent("<Persistent>1</Persistent>"));
  EXPECT_FALSE(persistent("<Persistent>\r\n  false\t</Persistent>"));  // xs:boolean collapses white space
  EXPECT_TRUE(persistent(""));
  expect_refused(with(good_certify(), ">true<", ">yes<"), Errc::malformed, exceptions::kArgument, "true or false",
                 certification());
}

TEST(SoapRequest, ReadsGetClientLicensorCert) {
  const auto envelope = read_request(publishing(), good_get_client_licensor_cert());
  const auto& request = std::get<GetClientLicensorCertRequest>(envelope.request());
  EXPECT_THAT(request.persona_chains, ElementsAre(ElementsAre(xrml("rac"))));
}

TEST(SoapRequest, ReadsABatchWhoseLaterItemsInheritTheLicense) {
  const auto envelope = read_request(
      licensing(), acquire_license(license_params(xrml("rac1"), xrml("pl1")) + license_params(xrml("rac2"), "") +
                                   license_params(xrml("rac3"), xrml("pl3"))));
  const auto request = read_acquire_license(envelope);
  ASSERT_EQ(request.items.size(), 3u);
  EXPECT_THAT(request.items[0].issuance_license, ElementsAre(xrml("pl1")));
  EXPECT_THAT(request.items[1].licensee_certs, ElementsAre(xrml("rac2")));
  EXPECT_THAT(request.items[1].issuance_license, IsEmpty());
  EXPECT_THAT(request.items[2].issuance_license, ElementsAre(xrml("pl3")));
}

TEST(SoapRequest, KeepsApplicationDataAsItIs) {
  const std::string data = "<App a='1'>\r\n &amp; <!-- x --></App>";
  const auto envelope = read_request(licensing(), with(good_acquire_license(), "<ApplicationData/>",
                                                       "<ApplicationData>" + data + "</ApplicationData>"));
  EXPECT_EQ(read_acquire_license(envelope).items[0].application_data, data);
}

TEST(SoapRequest, AbsentNilAndEmptyApplicationDataAreTheSame) {
  for (const char* data : {"", "<ApplicationData xsi:nil='true'/>", "<ApplicationData></ApplicationData>"}) {
    const auto envelope = read_request(licensing(), with(good_acquire_license(), "<ApplicationData/>", data));
    EXPECT_EQ(read_acquire_license(envelope).items[0].application_data, "") << data;
  }
}

TEST(SoapRequest, NilAndEmptyCertificatesHoldNoDocument) {
  const auto envelope = read_request(
      licensing(),
      with(good_acquire_license(), certificate(xrml("pl")),
           "<Certificate xsi:nil='true'/><Certificate/><Certificate> </Certificate>" + certificate(xrml("pl"))));
  EXPECT_THAT(read_acquire_license(envelope).items[0].issuance_license, ElementsAre(xrml("pl")));
}

TEST(SoapRequest, ANilOrEmptyArrayIsNoLicense) {
  for (const char* array : {"<IssuanceLicense xsi:nil='1'/>", "<IssuanceLicense/>",
                            "<IssuanceLicense><Certificate xsi:nil='true'/></IssuanceLicense>"}) {
    const std::string later = with(license_params(xrml("rac"), ""), "<ApplicationData/>", array);
    const auto envelope = read_request(licensing(), acquire_license(license_params(xrml("rac"), xrml("pl")) + later));
    EXPECT_THAT(read_acquire_license(envelope).items[1].issuance_license, IsEmpty()) << array;
    expect_refused(acquire_license(later), Errc::malformed, exceptions::kArgumentNull,
                   "IssuanceLicense in the first AcquireLicenseParams");
  }
}

TEST(SoapRequest, StaysValidWhenItIsMoved) {
  auto envelope = read_request(licensing(), good_acquire_license());
  const auto moved = std::move(envelope);
  EXPECT_THAT(read_acquire_license(moved).items[0].licensee_certs, ElementsAre(xrml("rac")));
}

TEST(SoapRequest, ToleratesUnknownChildrenAndAttributes) {
  std::string text =
      with(good_acquire_license(), "<RequestParams>", "<RequestParams x='1' s:encodingStyle=''><Other/>");
  text = with(text, "<ApplicationData/>", "<x:ApplicationData xmlns:x='u'/><ApplicationData/>");
  EXPECT_TRUE(is_read(licensing(), text));
}

// ---- the envelope

TEST(SoapRequest, RefusesWhatIsNoXml) {
  for (const std::string text : {"", "junk", "{\"json\": true}", "<s:Envelope", "\xff\xfe<"})
    expect_refused(text, Errc::malformed, exceptions::kXmlFormat, "expected a SOAP 1.1 or SOAP 1.2 envelope");
  expect_refused("<!DOCTYPE x>" + good_acquire_license(), Errc::unsupported, exceptions::kXmlFormat,
                 "document type declaration");
}

TEST(SoapRequest, RefusesOtherRootsAndNamespaces) {
  expect_refused("<Envelope/>", Errc::unsupported, exceptions::kSoap, "expected a SOAP 1.1 or SOAP 1.2 envelope");
  expect_refused("<html/>", Errc::malformed, exceptions::kSoap, "expected a SOAP 1.1 or SOAP 1.2 envelope");
  expect_refused(with(good_acquire_license(), "xmlsoap.org/soap/envelope/", "xmlsoap.org/soap/envelope"),
                 Errc::unsupported, exceptions::kSoap, "http://schemas.xmlsoap.org/soap/envelope/");
}

TEST(SoapRequest, NeedsExactlyOneBodyWithOneElement) {
  const std::string good = good_acquire_license();
  const auto begin = good.find("<s:Body>"), end = good.find("</s:Envelope>");
  const std::string body = good.substr(begin, end - begin);
  expect_refused(with(good, body, ""), Errc::malformed, exceptions::kSoap, "expected a Body");
  expect_refused(with(good, body, body + body), Errc::malformed, exceptions::kArgument, "Body only once");
  expect_refused(with(good, body, "<s:Body/>"), Errc::malformed, exceptions::kSoap,
                 "exactly one element in the SOAP Body");
  expect_refused(with(good, "</s:Body>", "<Other/></s:Body>"), Errc::malformed, exceptions::kSoap,
                 "exactly one element in the SOAP Body");
  expect_refused(with(good, "<s:Header>", "<s:Header/><s:Header>"), Errc::malformed, exceptions::kArgument,
                 "Header only once");
}

TEST(SoapRequest, RefusesOperationsOfOtherPages) {
  expect_refused(good_certify(), Errc::malformed, exceptions::kSoap,
                 "expected AcquireLicense or AcquirePreLicense in namespace http://microsoft.com/DRM/LicensingService");
  expect_refused(good_acquire_license(), Errc::malformed, exceptions::kSoap,
                 "expected Certify in namespace http://microsoft.com/DRM/CertificationService", certification());
  expect_refused(with(good_acquire_license(), "<AcquireLicense xmlns=\"http://microsoft.com/DRM/LicensingService\">",
                      "<AcquireLicense xmlns=\"http://microsoft.com/DRM/PublishingService\">"),
                 Errc::malformed, exceptions::kSoap, "in namespace http://microsoft.com/DRM/LicensingService");
}

// ---- SOAPAction

TEST(SoapRequest, TakesItsSoapActionQuotedBareEmptyOrAbsent) {
  for (const char* action : {"\"http://microsoft.com/DRM/LicensingService/AcquireLicense\"",
                             "http://microsoft.com/DRM/LicensingService/AcquireLicense", "\"\"", ""})
    EXPECT_TRUE(is_read(licensing(), good_acquire_license(), action)) << action;
  EXPECT_TRUE(is_read(licensing(), good_acquire_license()));
}

TEST(SoapRequest, RefusesASoapActionOfAnotherOperation) {
  for (const char* action : {"\"http://microsoft.com/DRM/LicensingService/AcquirePreLicense\"",
                             "\"http://microsoft.com/DRM/CertificationService/Certify\"",
                             "http://microsoft.com/DRM/LicensingService/acquirelicense", "\"x", "\""})
    expect_refused(good_acquire_license(), Errc::denied, exceptions::kSoap,
                   "expected SOAPAction http://microsoft.com/DRM/LicensingService/AcquireLicense", licensing(), action);
}

// ---- headers

std::string with_header(std::string_view entries) {
  return with(good_acquire_license(), "</s:Header>", std::string(entries) + "</s:Header>");
}

TEST(SoapRequest, RefusesForeignHeadersThatMustBeUnderstood) {
  for (const char* header :
       {"<h:x xmlns:h='u' s:mustUnderstand='1'/>", "<h:x xmlns:h='u' s:mustUnderstand='true'/>",
        "<VersionData xmlns='u' s:mustUnderstand='1'/>", "<h:x xmlns:h='u' s:mustUnderstand='1' s:actor=''/>",
        "<h:x xmlns:h='u' s:mustUnderstand='1' s:actor='http://schemas.xmlsoap.org/soap/actor/next'/>"})
    expect_refused(with_header(header), Errc::unsupported, exceptions::kSoapHeader,
                   "the only header understood is VersionData in namespace http://microsoft.com/DRM/LicensingService");
}

TEST(SoapRequest, ToleratesHeadersThatNeedNotBeUnderstood) {
  for (const char* header :
       {"<h:x xmlns:h='u'/>", "<h:x xmlns:h='u' s:mustUnderstand='0'/>", "<h:x xmlns:h='u' mustUnderstand='1'/>",
        "<h:x xmlns:h='u' s:mustUnderstand='1' s:actor='http://someone.else/'/>"})
    EXPECT_TRUE(is_read(licensing(), with_header(header))) << header;
  EXPECT_TRUE(
      is_read(licensing(), with(good_acquire_license(), "<VersionData ", "<VersionData s:mustUnderstand='1' ")));
}

// ---- VersionData

std::string with_version(std::string_view children) {
  return with(good_acquire_license(),
              "<MinimumVersion>1.0.0.0</MinimumVersion><MaximumVersion>1.1.0.0</MaximumVersion>", children);
}
std::string minimum(std::string_view v) {
  return "<MinimumVersion>" + std::string(v) + "</MinimumVersion>";
}
std::string maximum(std::string_view v) {
  return "<MaximumVersion>" + std::string(v) + "</MaximumVersion>";
}

TEST(SoapVersion, MayBeAbsentWhollyOrInParts) {
  const std::string good = good_acquire_license();
  const auto begin = good.find("<s:Header>"), end = good.find("<s:Body>");
  EXPECT_FALSE(read_request(licensing(), with(good, good.substr(begin, end - begin), "")).version());
  EXPECT_FALSE(read_request(licensing(), with(good, good.substr(begin, end - begin), "<s:Header/>")).version());
  const auto version = read_request(licensing(), with_version("")).version();
  ASSERT_TRUE(version);
  EXPECT_FALSE(version->minimum);
  EXPECT_FALSE(version->maximum);
  EXPECT_TRUE(is_read(licensing(), with_version(maximum("1.2.0.0"))));
  EXPECT_TRUE(is_read(licensing(), with_version(minimum("1.2.0.0"))));
  EXPECT_TRUE(is_read(licensing(), with_version("<MaximumVersion xsi:nil='true'/>")));
}

TEST(SoapVersion, ToleratesWhatItDoesNotKnow) {
  EXPECT_TRUE(is_read(licensing(), with_version("<RequiredVersion>string</RequiredVersion><Other/>")));
  EXPECT_TRUE(is_read(licensing(), with(good_acquire_license(), "<VersionData ", "<VersionData a='b' ")));
}

TEST(SoapVersion, IgnoresBlanksAroundIt) {
  EXPECT_EQ(read_request(licensing(), with_version(maximum("\n  1.1.0.0\n"))).version()->maximum, "1.1.0.0");
}

TEST(SoapVersion, RefusesWhatIsNotFourNumbers) {
  for (const char* bad : {"", " ", "1", "1.0.0", "1.0.0.0.0", "1.0.0.", ".1.0.0", "a.b.c.d", "1.0.0.0x", "-1.0.0.0",
                          "+1.0.0.0", "1.0.0.4294967296", "1,0,0,0", "1. 0.0.0"}) {
    expect_refused(with_version(minimum(bad)), Errc::malformed, exceptions::kMalformedDataVersion,
                   "MinimumVersion must be four numbers");
    expect_refused(with_version(maximum(bad)), Errc::malformed, exceptions::kMalformedDataVersion,
                   "MaximumVersion must be four numbers");
  }
}

TEST(SoapVersion, RefusesMinimumAboveMaximum) {
  expect_refused(with_version(minimum("1.1.0.0") + maximum("1.0.0.0")), Errc::malformed,
                 exceptions::kMalformedDataVersion, "must not be higher");
}

TEST(SoapVersion, RefusesAMaximumAboveOurs) {
  for (const char* high : {"1.2.0.1", "1.3.0.0", "1.10.0.0", "2.0.0.0", "4294967295.0.0.0"})
    expect_refused(with_version(minimum("1.0.0.0") + maximum(high)), Errc::unsupported,
                   exceptions::kUnsupportedDataVersion, "versions up to 1.2.0.0");
  expect_refused(with_version(minimum("1.3.0.0")), Errc::unsupported, exceptions::kUnsupportedDataVersion, "1.2.0.0");
}

TEST(SoapVersion, ComparesNumbersNotText) {
  EXPECT_TRUE(is_read(licensing(), with_version(minimum("01.00.0.0") + maximum("1.1.99999.0"))));
}

TEST(SoapVersion, MayStandOnlyOnce) {
  const std::string good = good_acquire_license();
  const auto begin = good.find("<VersionData"), end = good.find("</s:Header>");
  const std::string data = good.substr(begin, end - begin);
  expect_refused(with(good, data, data + data), Errc::malformed, exceptions::kArgument, "VersionData only once");
  expect_refused(with_version(maximum("1.0.0.0") + maximum("1.1.0.0")), Errc::malformed, exceptions::kArgument,
                 "MaximumVersion only once");
}

TEST(SoapVersion, DecidesWhetherABatchIsTaken) {
  const std::string two = license_params(xrml("rac"), xrml("pl")) + license_params(xrml("rac"), "");
  for (const char* yes : {"1.1.0.0", "1.2.0.0", "1.1.0.1"})
    EXPECT_TRUE(is_read(licensing(), acquire_license(two, yes))) << yes;
  for (const char* no : {"1.0.0.0", "1.0.9.9"})
    expect_refused(acquire_license(two, no), Errc::malformed, exceptions::kArgument,
                   "exactly one AcquireLicenseParams");
  const std::string good = acquire_license(two);
  const auto begin = good.find("<s:Header>"), end = good.find("<s:Body>");
  expect_refused(with(good, good.substr(begin, end - begin), ""), Errc::malformed, exceptions::kArgument,
                 "MaximumVersion 1.1.0.0");
}

// ---- parameters

TEST(SoapRequest, RefusesMissingAndNilParameters) {
  const auto null = [](const std::string& text, const std::string& name, const Service& service = licensing()) {
    expect_refused(text, Errc::malformed, exceptions::kArgumentNull, name, service);
  };
  const std::string params = license_params(xrml("rac"), xrml("pl"));
  const std::string array = "<RequestParams>" + params + "</RequestParams>";
  null(with(good_acquire_license(), array, ""), "expected RequestParams");
  null(with(good_acquire_license(), array, "<RequestParams xsi:nil='true'/>"), "expected RequestParams");
  null(acquire_license(""), "at least one AcquireLicenseParams");
  null(acquire_license("<AcquireLicenseParams xsi:nil='true'/>" + params), "no nil AcquireLicenseParams");
  null(acquire_license("<AcquireLicenseParams xmlns='other'/>"), "at least one AcquireLicenseParams");
  null(with(good_certify(), certificate(xrml("spc")), ""), "at least one Certificate in MachineCertificateChain",
       certification());
  null(with(good_get_client_licensor_cert(), certificate(xrml("rac")), ""), "at least one Certificate in PersonaCerts",
       publishing());
}

TEST(SoapRequest, RefusesParametersThatStandTwice) {
  const std::string pl = "<IssuanceLicense>" + certificate(xrml("pl")) + "</IssuanceLicense>";
  expect_refused(with(good_acquire_license(), pl, pl + pl), Errc::malformed, exceptions::kArgument,
                 "IssuanceLicense only once");
}

TEST(SoapRequest, RefusesCertificatesThatHoldAnythingElse) {
  for (const std::string& bad : {xrml("a") + xrml("b"), std::string("<XML/>"), "text" + xrml("a"), xrml("a") + "text",
                                 std::string("&lt;XrML/>"), std::string("<p:XrML xmlns:p='u'/>")}) {
    expect_refused(with(good_acquire_license(), xrml("pl"), bad), Errc::malformed, exceptions::kArgument, "XrML");
  }
}

}  // namespace
}  // namespace rms::soap
