// SPDX-License-Identifier: Apache-2.0
//
// Each operation there and back, in both versions of SOAP: the payloads are spelled here as MS-RMPR and MS-RMSI spell
// them, so that reader and writer cannot agree on a mistake.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/soap_messages.h"

namespace rms::soap {
namespace {

using testing::HasSubstr;
using testing::Not;

const VersionData kBatch{"1.0.0.0", "1.1.0.0"};
const std::string kA = xrml("a"), kB = xrml("b");
const std::string kCertificateA = "<Certificate>" + kA + "</Certificate>",
                  kCertificateB = "<Certificate>" + kB + "</Certificate>";
const std::string kNoRights(exceptions::kNoRightsForRequestedPrincipal);

struct Exchange {
  const char* path;
  Request request;
  std::string asked;  // inside <Operation>
  Response response;
  std::string answered;  // inside <OperationResponse>
};

void PrintTo(const Exchange& exchange, std::ostream* out) {
  *out << to_string(operation_of(exchange.request)) << " on " << exchange.path;
}

const Exchange kExchanges[] = {
    {"/_wmcs/certification/ServerCertification.asmx", CertifyRequest{{kA, kB}, false},
     "<requestParams><MachineCertificateChain>" + kCertificateA + kCertificateB +
         "</MachineCertificateChain><Persistent>false</Persistent></requestParams>",
     CertifyResponse{{kA, kB}},
     "<CertifyResult><CertificateChain>" + kCertificateA + kCertificateB +
         "</CertificateChain><Quota><Verified>true</Verified><CurrentConsumption>5</CurrentConsumption><Maximum>10"
         "</Maximum></Quota></CertifyResult>"},

    {"/_wmcs/certification/certification.asmx", CertifyRequest{{kA}, true},
     "<requestParams><MachineCertificateChain>" + kCertificateA +
         "</MachineCertificateChain><Persistent>true</Persistent></requestParams>",
     CertifyResponse{{kA}},
     "<CertifyResult><CertificateChain>" + kCertificateA +
         "</CertificateChain><Quota><Verified>true</Verified><CurrentConsumption>5</CurrentConsumption><Maximum>10"
         "</Maximum></Quota></CertifyResult>"},

    {"/_wmcs/licensing/publish.asmx", GetClientLicensorCertRequest{{{kA, kB}, {kB}}},
     "<RequestParams><GetClientLicensorCertParams><PersonaCerts>" + kCertificateA + kCertificateB +
         "</PersonaCerts></GetClientLicensorCertParams><GetClientLicensorCertParams><PersonaCerts>" + kCertificateB +
         "</PersonaCerts></GetClientLicensorCertParams></RequestParams>",
     GetClientLicensorCertResponse{{{kA, kB}, {kB}}},
     "<GetClientLicensorCertResult><GetClientLicensorCertResponse><CertificateChain>" + kCertificateA + kCertificateB +
         "</CertificateChain></GetClientLicensorCertResponse><GetClientLicensorCertResponse><CertificateChain>" +
         kCertificateB + "</CertificateChain></GetClientLicensorCertResponse></GetClientLicensorCertResult>"},

    {"/_wmcs/licensing/license.asmx", AcquireLicenseRequest{{{{kA}, {kB, kA}, "<data/>"}, {{kB}, {}, ""}}},
     "<RequestParams><AcquireLicenseParams><LicenseeCerts>" + kCertificateA + "</LicenseeCerts><IssuanceLicense>" +
         kCertificateB + kCertificateA +
         "</IssuanceLicense><ApplicationData><data/></ApplicationData></AcquireLicenseParams><AcquireLicenseParams>"
         "<LicenseeCerts>" +
         kCertificateB + "</LicenseeCerts><ApplicationData></ApplicationData></AcquireLicenseParams></RequestParams>",
     AcquireLicenseResponse{{Chain{kA, kB}, Fault{kNoRights, "No & never."}}},
     "<AcquireLicenseResult><AcquireLicenseResponse><CertificateChain>" + kCertificateA + kCertificateB +
         "</CertificateChain><ReferenceCertificates/></AcquireLicenseResponse><AcquireLicenseResponse>"
         "<CertificateChain><Certificate><AcquireLicenseException><ExceptionString>" +
         kNoRights +
         ": No &amp; never.</ExceptionString><batchindex>1</batchindex></AcquireLicenseException></Certificate>"
         "</CertificateChain><ReferenceCertificates/></AcquireLicenseResponse></AcquireLicenseResult>"},

    {"/_wmcs/licensing/license.asmx",
     AcquirePreLicenseRequest{{"bob@contoso.test", "S-1-5-21-1-2-3-1106", ""}, {kA}, ""},
     "<RequestParams><AcquirePreLicenseParams><LicenseeIdentities><string>bob@contoso.test</string><string>"
     "S-1-5-21-1-2-3-1106</string><string></string></LicenseeIdentities><IssuanceLicense>" +
         kCertificateA +
         "</IssuanceLicense><ApplicationData></ApplicationData></AcquirePreLicenseParams></RequestParams>",
     AcquirePreLicenseResponse{{kA, Fault{kNoRights, "No."}, kB}, {kB}},
     "<AcquirePreLicenseResult><AcquirePreLicenseResponse><Licenses>" + kCertificateA +
         "<Certificate><AcquirePreLicenseException><ExceptionString>" + kNoRights +
         ": No.</ExceptionString><batchindex>1</batchindex></AcquirePreLicenseException></Certificate>" +
         kCertificateB + "</Licenses><CertificateChain>" + kCertificateB +
         "</CertificateChain><ReferenceCertificates/></AcquirePreLicenseResponse></AcquirePreLicenseResult>"},

    {"/_wmcs/licensing/publish.asmx", AcquireIssuanceLicenseRequest{kA},
     "<RequestParams><AcquireIssuanceLicenseParams><UnsignedIssuanceLicense>" + kA +
         "</UnsignedIssuanceLicense></AcquireIssuanceLicenseParams></RequestParams>",
     AcquireIssuanceLicenseResponse{{kA, kB}},
     "<AcquireIssuanceLicenseResult><AcquireIssuanceLicenseResponse><CertificateChain>" + kCertificateA +
         kCertificateB + "</CertificateChain></AcquireIssuanceLicenseResponse></AcquireIssuanceLicenseResult>"},

    {"/_wmcs/licensing/templateDistribution.asmx", AcquireTemplateInformationRequest{}, "",
     AcquireTemplateInformationResponse{"MIIB/+=", {{"{1}", "aGFzaA=="}, {"{2}", "b3RoZXI="}}},
     "<AcquireTemplateInformationResult><ServerPublicKey>MIIB/+=</ServerPublicKey><GuidHashCount>2</GuidHashCount>"
     "<GuidHash><Guid>{1}</Guid><Hash>aGFzaA==</Hash></GuidHash><GuidHash><Guid>{2}</Guid><Hash>b3RoZXI=</Hash>"
     "</GuidHash></AcquireTemplateInformationResult>"},

    {"/_wmcs/licensing/templateDistribution.asmx", AcquireTemplatesRequest{{"{1}", "{2}"}},
     "<guids><string>{1}</string><string>{2}</string></guids>",
     AcquireTemplatesResponse{{{"{1}", "aGFzaA==", "<XrML a=\"&lt;\">\r\n</XrML>"}, {"{2}", "", std::nullopt}}},
     "<AcquireTemplatesResult><GuidTemplate><Guid>{1}</Guid><Hash>aGFzaA==</Hash><Template>&lt;XrML "
     "a=&quot;&amp;lt;&quot;&gt;&#13;\n&lt;/XrML&gt;</Template></GuidTemplate><GuidTemplate><Guid>{2}</Guid>"
     "</GuidTemplate></AcquireTemplatesResult>"},

    {"/_wmcs/licensing/server.asmx", GetLicensorCertificateRequest{}, "", GetLicensorCertificateResponse{{kA, kB}},
     "<GetLicensorCertificateResult><CertificateChain>" + kCertificateA + kCertificateB +
         "</CertificateChain></GetLicensorCertificateResult>"},

    {"/_wmcs/certification/ServiceLocator.asmx", FindServiceLocationsRequest{{"LicensingService", "AdminV2Service"}},
     "<ServiceNames><ServiceLocationRequest><Type>LicensingService</Type></ServiceLocationRequest>"
     "<ServiceLocationRequest><Type>AdminV2Service</Type></ServiceLocationRequest></ServiceNames>",
     FindServiceLocationsResponse{{{"LicensingService", "https://rms.test/?a&b"}, {"AdminV2Service", std::nullopt}}},
     "<FindServiceLocationsForUserResult><ServiceLocationResponse><URL>https://rms.test/?a&amp;b</URL><Type>"
     "LicensingService</Type></ServiceLocationResponse><ServiceLocationResponse><Type>AdminV2Service</Type>"
     "</ServiceLocationResponse></FindServiceLocationsForUserResult>"},

    {"/_wmcs/certification/server.asmx", GetServerInfoRequest{{{"VersionInfo", std::nullopt}, {"Any", "more"}}},
     "<requests><ServerInfoRequest><Type>VersionInfo</Type></ServerInfoRequest><ServerInfoRequest><Type>Any</Type>"
     "<AdditionalInfo>more</AdditionalInfo></ServerInfoRequest></requests>",
     GetServerInfoResponse{"<Results xmlns=\"\"><ServerInfoRequest Type='VersionInfo' /></Results>"},
     "<GetServerInfoResult><Results xmlns=\"\"><ServerInfoRequest Type='VersionInfo' /></Results>"
     "</GetServerInfoResult>"},

    {"/_wmcs/certification/Precertification.asmx",
     PrecertifyRequest{"bob@contoso.test", "S-1-5-21-1-2-3-1106", "bob@contoso.test", {"b@contoso.test", "c"}},
     "<requestParams><PrecertifyParams><UserName>bob@contoso.test</UserName><Identification><AuthenticationMode>"
     "Windows</AuthenticationMode><Id>S-1-5-21-1-2-3-1106</Id><Email>bob@contoso.test</Email><ProxyAddresses>"
     "<string>b@contoso.test</string><string>c</string></ProxyAddresses></Identification></PrecertifyParams>"
     "</requestParams>",
     PrecertifyResponse{kA},
     "<PrecertifyResult><PrecertifyResponse>" + kCertificateA + "</PrecertifyResponse></PrecertifyResult>"},
};

class SoapMessages : public testing::TestWithParam<std::tuple<Exchange, SoapVersion>> {
 protected:
  const Exchange& exchange() const { return std::get<0>(GetParam()); }
  const Service& service() const { return page(exchange().path); }
  Operation operation() const { return operation_of(exchange().request); }
  std::string name() const { return std::string(to_string(operation())); }
  Dialect dialect() const { return {service().ns, std::get<1>(GetParam())}; }

  // A whole envelope as a person would write it.
  std::string with_payload(const std::string& element, const std::string& content) const {
    const std::string header =
        operation() == Operation::get_server_info ? std::string() : version_header(service(), "1.1.0.0");
    const std::string text = envelope(
        header, "<" + element + " xmlns=\"" + std::string(service().ns) + "\">" + content + "</" + element + ">");
    return dialect().version == SoapVersion::v1_1 ? text : in_soap12(text);
  }
  std::string written(const Request& request) const {
    return write_request(service(), request, kBatch, dialect().version);
  }
  std::string written(const Response& response) const { return write_response(dialect(), response, kBatch).body; }
};

TEST_P(SoapMessages, RequestsAreWrittenAsSpecified) {
  const std::string expected =
      "<" + name() + " xmlns=\"" + std::string(service().ns) + "\">" + exchange().asked + "</" + name() + ">";
  EXPECT_THAT(written(exchange().request), HasSubstr("<soap:Body>" + expected + "</soap:Body>"));
}

TEST_P(SoapMessages, RequestsAreReadAsSpecified) {
  const auto read = read_request(service(), with_payload(name(), exchange().asked));
  EXPECT_EQ(read.operation(), operation());
  EXPECT_EQ(read.dialect().ns, service().ns);
  EXPECT_EQ(read.dialect().version, dialect().version);
  EXPECT_EQ(written(read.request()), written(exchange().request));  // Every value has arrived.
}

TEST_P(SoapMessages, ResponsesAreWrittenAsSpecified) {
  const auto answer = write_response(dialect(), exchange().response, kBatch);
  const std::string root = name() + "Response";
  EXPECT_EQ(answer.http_status, 200u);
  EXPECT_EQ(answer.content_type, content_type(dialect().version));
  EXPECT_THAT(answer.body, HasSubstr("<soap:Body><" + root + " xmlns=\"" + std::string(service().ns) + "\">" +
                                     exchange().answered + "</" + root + "></soap:Body>"));
}

TEST_P(SoapMessages, ResponsesAreReadAsSpecified) {
  const auto read = parse_response(operation(), with_payload(name() + "Response", exchange().answered));
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(read->index(), exchange().response.index());
  EXPECT_EQ(written(*read), written(exchange().response));
}

// MS-RMPR 3.7.4.3 binds no header to GetServerInfo; all others have one, in both directions.
TEST_P(SoapMessages, CarryVersionDataUnlessTheyAskForServerInfo) {
  const auto header = HasSubstr("<VersionData xmlns=\"" + std::string(service().ns) + "\"><MinimumVersion>1.0.0.0");
  for (const std::string& text : {written(exchange().request), written(exchange().response)}) {
    if (operation() == Operation::get_server_info)
      EXPECT_THAT(text, Not(HasSubstr("VersionData")));
    else
      EXPECT_THAT(text, header);
  }
}

TEST_P(SoapMessages, PassUnderTheirOwnAction) {
  const std::string action = "\"" + soap_action(service(), operation()) + "\"";
  const auto read = RequestEnvelope::parse(service(), written(exchange().request), action);
  EXPECT_TRUE(std::holds_alternative<RequestEnvelope>(read));
}

TEST_P(SoapMessages, AFaultIsAnAnswerToEachOfThem) {
  const Fault fault{kNoRights, "]]> </faultstring>\r\n\x1b[31m"};
  const auto answer = write_response(dialect(), fault, kBatch);
  EXPECT_EQ(answer.http_status, 500u);
  EXPECT_THAT(answer.body, Not(HasSubstr("VersionData")));
  const auto read = parse_response(operation(), answer.body);
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(std::get<Fault>(*read), (Fault{kNoRights, "]]> </faultstring>\r\n?[31m"}));
}

TEST_P(SoapMessages, AreReservedOnce) {
  const std::string request = written(exchange().request), response = written(exchange().response);
  EXPECT_LE(request.capacity(), request.size() + 16);
  EXPECT_LE(response.capacity(), response.size() + 16);
}

INSTANTIATE_TEST_SUITE_P(All, SoapMessages,
                         testing::Combine(testing::ValuesIn(kExchanges),
                                          testing::Values(SoapVersion::v1_1, SoapVersion::v1_2)),
                         [](const auto& test) {
                           const Exchange& exchange = std::get<0>(test.param);
                           const std::string page(exchange.path);
                           const auto slash = page.rfind('/') + 1;
                           return std::string(to_string(operation_of(exchange.request))) + "_" +
                                  page.substr(slash, page.rfind('.') - slash) +
                                  (std::get<1>(test.param) == SoapVersion::v1_1 ? "_Soap11" : "_Soap12");
                         });

}  // namespace
}  // namespace rms::soap
