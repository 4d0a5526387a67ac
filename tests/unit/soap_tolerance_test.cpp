// SPDX-License-Identifier: Apache-2.0
//
// What real callers do that no specification allows or demands, one test each, in both versions of SOAP. What of it
// happens below the envelope (chunked bodies, Expect: 100-continue, connections that stay) is the listener's to test.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/soap_expectations.h"

namespace rms::soap {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SoapTolerance : public testing::TestWithParam<SoapVersion> {
 protected:
  static std::string of_version(std::string soap11) {
    return GetParam() == SoapVersion::v1_1 ? std::move(soap11) : in_soap12(std::move(soap11));
  }
  static std::string good() { return of_version(good_acquire_license()); }
  // The only item of an AcquireLicense that is good but for its looks.
  static void expect_understood(std::string text) {
    const auto envelope = read_request(licensing(), std::move(text));
    const auto items = read_acquire_license(envelope).items;
    ASSERT_EQ(items.size(), 1u);
    EXPECT_THAT(items[0].licensee_certs, ElementsAre(xrml("rac")));
    EXPECT_THAT(items[0].issuance_license, ElementsAre(xrml("pl")));
    EXPECT_EQ(items[0].application_data, "");
  }
};

TEST_P(SoapTolerance, MixedCasePaths) {
  for (const Service& service : services()) {
    std::string upper(service.path), lower(service.path);
    for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    EXPECT_EQ(find_service(upper), &service);
    EXPECT_EQ(find_service(lower), &service);
  }
}

TEST_P(SoapTolerance, ReorderedChildren) {
  const std::string rac = "<LicenseeCerts>" + certificate(xrml("rac")) + "</LicenseeCerts>";
  expect_understood(with(with(good(), rac, ""), "<ApplicationData/>", "<ApplicationData/>" + rac));
  expect_understood(with(good(), "<MinimumVersion>1.0.0.0</MinimumVersion><MaximumVersion>1.1.0.0</MaximumVersion>",
                         "<MaximumVersion>1.1.0.0</MaximumVersion><MinimumVersion>1.0.0.0</MinimumVersion>"));
  const std::string all = good();
  const auto begin = all.find("<s:Header>"), end = all.find("<s:Body>");
  const std::string header = all.substr(begin, end - begin);
  expect_understood(with(with(all, header, ""), "</s:Body>", "</s:Body>" + header));
}

TEST_P(SoapTolerance, RepeatedXmlns) {
  const std::string ns = " xmlns=\"" + std::string(licensing().ns) + "\"";
  std::string text = good();
  for (const char* name : {"RequestParams", "AcquireLicenseParams", "LicenseeCerts", "IssuanceLicense", "Certificate"})
    text = with(text, "<" + std::string(name) + ">", "<" + std::string(name) + ns + ">");
  expect_understood(text);
}

TEST_P(SoapTolerance, EncodingAttributes) {
  const std::string soapenc = "xmlns:soapenc=\"http://schemas.xmlsoap.org/soap/encoding/\" soapenc:arrayType";
  std::string text = with(good(), "<IssuanceLicense>", "<IssuanceLicense " + soapenc + "=\"Certificate[2]\">");
  text = with(text, "<RequestParams>", "<RequestParams " + soapenc + "=\"AcquireLicenseParams[1]\">");
  expect_understood(text);
  expect_understood(with(text, "<s:Body>", "<s:Body s:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\">"));
}

TEST_P(SoapTolerance, MissingVersionData) {
  const std::string all = good();
  const auto begin = all.find("<VersionData"), end = all.find("</s:Header>");
  const std::string without = with(all, all.substr(begin, end - begin), "");
  expect_understood(without);
  EXPECT_FALSE(read_request(licensing(), without).version());
  expect_understood(with(without, "<s:Header></s:Header>", ""));
}

TEST_P(SoapTolerance, VersionDataWithMoreThanIsKnown) {
  expect_understood(with(good(), "<VersionData ", "<VersionData id='v' s:mustUnderstand='1' "));
  expect_understood(with(good(), "<MinimumVersion>", "<RequiredVersion>1.0.0.0</RequiredVersion><MinimumVersion>"));
  expect_understood(with(good(), "<MinimumVersion>",
                         "<x:MinimumVersion xmlns:x='u'>x</x:MinimumVersion>"
                         "<MinimumVersion>"));
}

TEST_P(SoapTolerance, NilCertificates) {
  expect_understood(with(good(), certificate(xrml("pl")), "<Certificate xsi:nil='true'/>" + certificate(xrml("pl"))));
  expect_understood(with(good(), certificate(xrml("rac")), certificate(xrml("rac")) + "<Certificate xsi:nil='1'/>"));
}

TEST_P(SoapTolerance, EmptyApplicationData) {
  for (const char* data : {"", "<ApplicationData></ApplicationData>", "<ApplicationData xsi:nil='true'/>"})
    expect_understood(with(good(), "<ApplicationData/>", data));
}

TEST_P(SoapTolerance, ByteOrderMark) {
  expect_understood("\xef\xbb\xbf" + good());
  expect_understood("\xff\xfe" + xml::to_utf16le(good()));
}

TEST_P(SoapTolerance, XmlDeclaration) {
  for (const char* declaration :
       {"<?xml version=\"1.0\"?>", "<?xml version='1.0' encoding='utf-8' standalone='yes'?>\r\n",
        "<?xml version=\"1.0\" encoding=\"us-ascii\"?>"})
    expect_understood(declaration + good());
  expect_understood("\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>" + good());
}

TEST_P(SoapTolerance, OtherPrefixesCommentsAndBlanks) {
  std::string text = good();
  for (const char* name : {"RequestParams", "AcquireLicenseParams", "LicenseeCerts"}) {
    text = with(text, "<" + std::string(name) + ">",
                "<!-- c -->\r\n <q:" + std::string(name) + " xmlns:q=\"" + std::string(licensing().ns) + "\"\t>\n");
    text = with(text, "</" + std::string(name) + ">", " </q:" + std::string(name) + " >\n");
  }
  expect_understood(text);
}

TEST_P(SoapTolerance, BlanksAroundStrings) {
  const Service& service = page("/_wmcs/licensing/templateDistribution.asmx");
  const auto envelope = read_request(service, of_version(ask(service, Operation::acquire_templates,
                                                             "<guids>\n  <string>\n    {1}\n  </string>\n</guids>")));
  EXPECT_THAT(std::get<AcquireTemplatesRequest>(envelope.request()).guids, ElementsAre("{1}"));
}

TEST_P(SoapTolerance, NilStringsKeepTheirPlace) {
  const auto envelope = read_request(
      licensing(),
      of_version(ask(licensing(), Operation::acquire_pre_license,
                     "<RequestParams><AcquirePreLicenseParams><LicenseeIdentities><string>a</string><string "
                     "xsi:nil='true'/><string/><string>b</string></LicenseeIdentities><IssuanceLicense>" +
                         certificate(xrml("pl")) + "</IssuanceLicense></AcquirePreLicenseParams></RequestParams>")));
  EXPECT_THAT(std::get<AcquirePreLicenseRequest>(envelope.request()).identities, ElementsAre("a", "", "", "b"));
}

// The WSDL binds no header to it; some callers send one all the same, and it is none of its business.
TEST_P(SoapTolerance, VersionDataOfGetServerInfo) {
  const Service& service = page("/_wmcs/certification/server.asmx");
  const std::string asked = of_version(ask(service, Operation::get_server_info,
                                           "<requests><ServerInfoRequest><Type>VersionInfo</Type>"
                                           "</ServerInfoRequest></requests>"));
  for (const char* maximum : {"1.0.0.0", "9.9.9.9", "x", ""}) {
    const auto envelope =
        read_request(service, with(asked, "<MaximumVersion>1.0.0.0", "<MaximumVersion>" + std::string(maximum)));
    EXPECT_FALSE(envelope.version()) << maximum;
    EXPECT_EQ(std::get<GetServerInfoRequest>(envelope.request()).items.at(0).type, "VersionInfo");
  }
}

TEST_P(SoapTolerance, ParametersOfOperationsThatHaveNone) {
  const Service& service = page("/_wmcs/licensing/server.asmx");
  for (const char* params : {"", " \n ", "<anything xmlns='u'>x</anything>", "<requestParams xsi:nil='true'/>"})
    EXPECT_EQ(read_request(service, of_version(ask(service, Operation::get_licensor_certificate, params))).operation(),
              Operation::get_licensor_certificate);
}

INSTANTIATE_TEST_SUITE_P(Both, SoapTolerance, testing::Values(SoapVersion::v1_1, SoapVersion::v1_2),
                         [](const auto& test) { return test.param == SoapVersion::v1_1 ? "Soap11" : "Soap12"; });

}  // namespace
}  // namespace rms::soap
