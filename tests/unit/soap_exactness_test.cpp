// SPDX-License-Identifier: Apache-2.0
//
// XrML's signatures cover characters. These tests send documents that every XML library would write differently and
// hold what comes out against what went in, through both readers and both writers.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/soap_messages.h"

namespace rms::soap {
namespace {

using testing::ElementsAre;

struct Awkward {
  const char* name;
  std::string document;
};
std::ostream& operator<<(std::ostream& out, const Awkward& a) {
  return out << a.name;
}

class SoapExactness : public testing::TestWithParam<Awkward> {
 protected:
  const std::string& document() const { return GetParam().document; }
  std::string request() const { return with(good_acquire_license(), xrml("pl"), document()); }

  // What the server reads in `bytes`.
  static std::string read(const std::string& bytes) {
    const auto envelope = read_request(licensing(), bytes);
    return std::string(read_acquire_license(envelope).items.at(0).issuance_license.at(0));
  }
};

TEST_P(SoapExactness, OfRequestsInUtf8) {
  EXPECT_EQ(read(request()), document());
}
TEST_P(SoapExactness, OfRequestsInUtf8WithByteOrderMark) {
  EXPECT_EQ(read("\xef\xbb\xbf" + request()), document());
}
TEST_P(SoapExactness, OfRequestsInUtf16) {
  EXPECT_EQ(read(xml::to_utf16le(request())), document());
  EXPECT_EQ(read("\xff\xfe" + xml::to_utf16le("<?xml version=\"1.0\" encoding=\"utf-16\"?>\r\n" + request())),
            document());
}
TEST_P(SoapExactness, OfRequestsThatTheClientWrites) {
  const AcquireLicenseItem item{
      .licensee_certs = {document()}, .issuance_license = {document()}, .application_data = {}};
  EXPECT_EQ(read(write_request(licensing(), AcquireLicenseRequest{{item}}, {})), document());
}
TEST_P(SoapExactness, OfResponses) {
  const auto written = write_response({licensing().ns}, AcquireLicenseResponse{{Chain{document(), xrml("slc")}}}, {});
  const auto response = parse_response(Operation::acquire_license, written.body);
  ASSERT_TRUE(response) << response.error().to_string();
  const auto& answers = std::get<AcquireLicenseResponse>(*response).answers;
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_THAT(std::get<Chain>(answers[0]), ElementsAre(document(), xrml("slc")));
}

INSTANTIATE_TEST_SUITE_P(
    Awkward, SoapExactness,
    testing::Values(
        Awkward{"LineFeedInName", "<XrML\nversion=\"1.2\"\n\txmlns=\"\"\n><NAME\n>x</NAME\n></XrML\n>"},
        Awkward{"BlanksAroundEquals", "<XrML version = \"1.2\" xmlns =''><B  a= 'x' ></B ></XrML >"},
        Awkward{"RedeclaredNamespaces",
                "<XrML version=\"1.2\" xmlns=\"\"><BODY xmlns=\"\"><A xmlns=\"\" xmlns:p='u'><p:B "
                "xmlns:p='u'/></A></BODY></XrML>"},
        Awkward{"WithoutANamespaceOfItsOwn", "<XrML version=\"1.2\"><BODY/></XrML>"},
        Awkward{"Comments", "<XrML xmlns=\"\"><!-- </XrML> --><B/><!----></XrML>"},
        Awkward{"CharacterReferences",
                "<XrML xmlns=\"\" a=\"&#x41;&#10;&quot;\">&#65;&#x41;&amp;&lt;&gt;&apos;&quot;&#13;</XrML>"},
        Awkward{"CarriageReturns", "<XrML xmlns=\"\">\r\n<B>\r\n\r</B>\r\n</XrML>"},
        Awkward{"SingleQuotes", "<XrML version='1.2' xmlns='' note='say \"yes\"'/>"},
        Awkward{"Cdata", "<XrML xmlns=\"\"><![CDATA[</XrML></Certificate>]]>]]&gt;</XrML>"},
        Awkward{"GreaterThanInAttribute", "<XrML xmlns=\"\" a=\"x > y />\"><B c='/XrML>'/></XrML>"},
        Awkward{"EmptyElement", "<XrML xmlns=\"\"/>"},
        Awkward{"XrmlInXrml", "<XrML xmlns=\"\"><XrML/><Certificate><XrML></XrML></Certificate></XrML>"},
        Awkward{"LongerCharacters", "<XrML xmlns=\"\" \xc3\xa4='\xe2\x82\xac'>\xf0\x9f\x94\x91<\xc3\xbc/></XrML>"},
        Awkward{"TabsAndSpaces", "<XrML xmlns=\"\">\t <B>  \t</B>\n \n</XrML>"}),
    [](const auto& awkward) { return awkward.param.name; });

std::string file_content(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(SoapVectors, PassThroughExactly) {
  const std::filesystem::path folder(RMS_VECTORS_DIR);
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no vectors in " << folder;
  for (const char* name : {"spec-spc.xml", "spec-rac.xml", "spec-clc.xml", "spec-pl.xml", "spec-ul.xml"}) {
    const std::string document = file_content(folder / name);
    const auto envelope = read_request(licensing(), acquire_license(license_params(document, document)));
    EXPECT_THAT(read_acquire_license(envelope).items[0].licensee_certs,
                ElementsAre(document.substr(0, document.rfind('>') + 1)))
        << name;
  }
}

// What MSIPC sends in Word's name: children out of schema order, encoding attributes, a namespace on every level.
TEST(SoapClients, MsipcIsUnderstood) {
  const std::string ns(licensing().ns), rac = xrml("rac"), pl = xrml("pl"), clc = xrml("clc");
  const std::string request =
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n"
      "<SOAP-ENV:Envelope xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\" "
      "xmlns:soapenc=\"http://schemas.xmlsoap.org/soap/encoding/\" "
      "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\">\r\n"
      "<SOAP-ENV:Header><VersionData xmlns=\"" +
      ns +
      "\"><MaximumVersion>1.1.0.0</MaximumVersion><MinimumVersion>1.0.0.0</MinimumVersion></VersionData></"
      "SOAP-ENV:Header>\r\n"
      "<SOAP-ENV:Body SOAP-ENV:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\"><q:AcquireLicense "
      "xmlns:q=\"" +
      ns +
      "\">"
      "<RequestParams xmlns=\"" +
      ns + "\" soapenc:arrayType=\"AcquireLicenseParams[1]\"><AcquireLicenseParams xmlns=\"" + ns +
      "\">\r\n"
      "<IssuanceLicense xmlns=\"" +
      ns + "\" soapenc:arrayType=\"Certificate[2]\"><Certificate xmlns=\"" + ns + "\">" + pl +
      "</Certificate>\r\n"
      "<q:Certificate>\r\n  " +
      clc +
      "\r\n</q:Certificate></IssuanceLicense>"
      "<LicenseeCerts soapenc:arrayType=\"Certificate[1]\"><Certificate>" +
      rac +
      "</Certificate></LicenseeCerts>"
      "<ApplicationData></ApplicationData></AcquireLicenseParams></RequestParams></q:AcquireLicense></SOAP-ENV:Body></"
      "SOAP-ENV:Envelope>\r\n";
  const auto envelope = read_request(licensing(), request);
  const auto items = read_acquire_license(envelope).items;
  ASSERT_EQ(items.size(), 1u);
  EXPECT_THAT(items[0].licensee_certs, ElementsAre(rac));
  EXPECT_THAT(items[0].issuance_license, ElementsAre(pl, clc));
}

}  // namespace
}  // namespace rms::soap
