// SPDX-License-Identifier: Apache-2.0
//
// What each operation demands of its parameters, and what is done where the specifications contradict themselves.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/soap_expectations.h"

namespace rms::soap {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const Service& templates() {
  return page("/_wmcs/licensing/templateDistribution.asmx");
}
const Service& server() {
  return page("/_wmcs/certification/server.asmx");
}
const Service& precertification() {
  return page("/_wmcs/certification/Precertification.asmx");
}

// ---- AcquirePreLicense (MS-RMSI 3.5.4.1)

const std::string kPreLicenseParams =
    "<AcquirePreLicenseParams><LicenseeIdentities><string>bob@contoso.test</string></LicenseeIdentities>"
    "<IssuanceLicense>" +
    certificate(xrml("pl")) + "</IssuanceLicense></AcquirePreLicenseParams>";

std::string pre_license(const std::string& params) {
  return ask(licensing(), Operation::acquire_pre_license, "<RequestParams>" + params + "</RequestParams>");
}
void expect_no_pre_license(const std::string& params, Errc code, std::string_view exception, const std::string& text) {
  expect_refused(pre_license(params), code, exception, text);
}

TEST(SoapAcquirePreLicense, TakesOneLicenseForManyPeopleWhateverTheVersion) {
  const auto envelope =
      read_request(licensing(), pre_license(with(kPreLicenseParams, "</LicenseeIdentities>",
                                                 "<string>S-1-5-21-1</string></LicenseeIdentities>")));
  const auto& request = std::get<AcquirePreLicenseRequest>(envelope.request());
  EXPECT_THAT(request.identities, ElementsAre("bob@contoso.test", "S-1-5-21-1"));
  EXPECT_THAT(request.issuance_license, ElementsAre(xrml("pl")));
  EXPECT_EQ(request.application_data, "");
}

TEST(SoapAcquirePreLicense, TakesExactlyOneParams) {
  expect_no_pre_license("", Errc::malformed, exceptions::kArgumentNull, "at least one AcquirePreLicenseParams");
  expect_no_pre_license(kPreLicenseParams + kPreLicenseParams, Errc::too_large, exceptions::kArgument,
                        "at most 1 AcquirePreLicenseParams");
  expect_no_pre_license("<AcquirePreLicenseParams xsi:nil='true'/>", Errc::malformed, exceptions::kArgumentNull,
                        "no nil AcquirePreLicenseParams");
}

TEST(SoapAcquirePreLicense, NeedsPeopleAndALicense) {
  const std::string people = "<LicenseeIdentities><string>bob@contoso.test</string></LicenseeIdentities>";
  for (const std::string& none : {std::string(), std::string("<LicenseeIdentities xsi:nil='true'/>")})
    expect_no_pre_license(with(kPreLicenseParams, people, none), Errc::malformed, exceptions::kArgumentNull,
                          "expected LicenseeIdentities");
  expect_no_pre_license(with(kPreLicenseParams, people, "<LicenseeIdentities/>"), Errc::malformed,
                        exceptions::kArgumentNull, "at least one string");
  expect_no_pre_license(with(kPreLicenseParams, certificate(xrml("pl")), ""), Errc::malformed,
                        exceptions::kArgumentNull, "at least one Certificate in IssuanceLicense");
}

// The identities are no batch in the sense of MaximumVersion: a failure never becomes a fault.
TEST(SoapAcquirePreLicense, FailuresOfPeopleStandInsideOfSuccess) {
  const Fault no{std::string(exceptions::kAcquirePreLicenseInvalidLicensee), "Nobody is known by that name."};
  for (const auto& version : {std::optional<VersionData>(), std::optional(VersionData{"1.0.0.0", "1.0.0.0"})}) {
    const auto answer = write_response({licensing().ns}, AcquirePreLicenseResponse{{no}, {}}, version);
    EXPECT_EQ(answer.http_status, 200u);
    EXPECT_THAT(answer.body, HasSubstr("<Licenses><Certificate><AcquirePreLicenseException><ExceptionString>"
                                       "AcquirePreLicenseInvalidLicenseeException: Nobody is known by that name."
                                       "</ExceptionString><batchindex>0</batchindex>"));
    const auto read = parse_response(Operation::acquire_pre_license, answer.body);
    EXPECT_THAT(std::get<AcquirePreLicenseResponse>(*read).answers, ElementsAre(PreLicenseAnswer(no)));
  }
}

TEST(SoapAcquirePreLicense, ALicenseInAnAnswerNeedsItsChain) {
  const auto answer = write_response({licensing().ns}, AcquirePreLicenseResponse{{xrml("ul")}, {}}, {});
  EXPECT_EQ(parse_response(Operation::acquire_pre_license, answer.body).error(), Errc::malformed);
  const auto neither = with(answer.body, xrml("ul"), "");
  EXPECT_EQ(parse_response(Operation::acquire_pre_license, neither).error(), Errc::malformed);
}

// ---- AcquireIssuanceLicense (MS-RMPR 3.5.4.1)

TEST(SoapAcquireIssuanceLicense, TakesExactlyOneLicense) {
  const auto asked = [](const std::string& params) {
    return ask(publishing(), Operation::acquire_issuance_license, "<RequestParams>" + params + "</RequestParams>");
  };
  const std::string one = "<AcquireIssuanceLicenseParams><UnsignedIssuanceLicense>" + xrml("pl") +
                          "</UnsignedIssuanceLicense></AcquireIssuanceLicenseParams>";
  EXPECT_TRUE(is_read(publishing(), asked(one)));
  expect_refused(asked(one + one), Errc::too_large, exceptions::kArgument, "at most 1 AcquireIssuanceLicenseParams",
                 publishing());
  expect_refused(asked(""), Errc::malformed, exceptions::kArgumentNull, "at least one AcquireIssuanceLicenseParams",
                 publishing());
  expect_refused(asked(with(one, xrml("pl"), "")), Errc::malformed, exceptions::kArgumentNull,
                 "expected XrML in UnsignedIssuanceLicense", publishing());
  expect_refused(asked("<AcquireIssuanceLicenseParams/>"), Errc::malformed, exceptions::kArgumentNull,
                 "expected UnsignedIssuanceLicense", publishing());
  expect_refused(asked(with(one, xrml("pl"), xrml("pl") + xrml("pl"))), Errc::malformed, exceptions::kArgument,
                 "exactly one element, XrML, in each UnsignedIssuanceLicense", publishing());
  expect_refused(asked(with(one, xrml("pl"), "<Other/>")), Errc::malformed, exceptions::kArgument,
                 "expected XrML, written without a prefix, in each UnsignedIssuanceLicense", publishing());
}

// ---- templates (MS-RMPR 3.4.4.3)

TEST(SoapAcquireTemplates, NeedsGuids) {
  for (const char* none : {"", "<guids xsi:nil='true'/>"})
    expect_refused(ask(templates(), Operation::acquire_templates, none), Errc::malformed, exceptions::kArgumentNull,
                   "expected guids", templates());
  expect_refused(ask(templates(), Operation::acquire_templates, "<guids/>"), Errc::malformed, exceptions::kArgumentNull,
                 "at least one string", templates());
}

// ---- server service (MS-RMPR 3.7)

TEST(SoapFindServiceLocations, NeedsATypeInEach) {
  const auto asked = [](const std::string& names) {
    return ask(server(), Operation::find_service_locations_for_user, names);
  };
  expect_refused(asked(""), Errc::malformed, exceptions::kArgumentNull, "expected ServiceNames", server());
  expect_refused(asked("<ServiceNames/>"), Errc::malformed, exceptions::kArgumentNull,
                 "at least one ServiceLocationRequest", server());
  for (const char* type : {"", "<Type/>", "<Type> </Type>", "<Type xsi:nil='true'/>"})
    expect_refused(asked("<ServiceNames><ServiceLocationRequest>" + std::string(type) +
                         "</ServiceLocationRequest></ServiceNames>"),
                   Errc::malformed, exceptions::kInvalidOperation, "expected a Type", server());
}

TEST(SoapGetServerInfo, RefusesNullArgumentsOnly) {
  const auto asked = [](const std::string& requests) { return ask(server(), Operation::get_server_info, requests); };
  for (const char* requests :
       {"", "<requests xsi:nil='true'/>", "<requests/>", "<requests><ServerInfoRequest xsi:nil='true'/></requests>",
        "<requests><ServerInfoRequest/></requests>",
        "<requests><ServerInfoRequest><Type/></ServerInfoRequest></requests>"})
    expect_refused(asked(requests), Errc::malformed, exceptions::kArgumentNull, "expected", server());
  const auto envelope = read_request(
      server(),
      asked("<requests><ServerInfoRequest><Type>Unheard</Type><AdditionalInfo/></ServerInfoRequest></requests>"));
  const auto& item = std::get<GetServerInfoRequest>(envelope.request()).items.at(0);
  EXPECT_EQ(item.type, "Unheard");
  EXPECT_EQ(item.additional_info, "");
}

TEST(SoapGetServerInfo, AnswersWithOneElement) {
  const std::string good = write_response({server().ns}, GetServerInfoResponse{"<Results xmlns=\"\"/>"}, {}).body;
  EXPECT_TRUE(parse_response(Operation::get_server_info, good));
  for (const char* bad : {"", "text", "<Other/>", "<Results/><Results/>"})
    EXPECT_EQ(parse_response(Operation::get_server_info, with(good, "<Results xmlns=\"\"/>", bad)).error(),
              Errc::malformed)
        << bad;
}

// ---- Precertify (MS-RMSI 3.3.4.1)

void expect_wrong_argument(const std::string& params, const std::string& text) {
  expect_refused(ask(precertification(), Operation::precertify, params), Errc::malformed, exceptions::kDrmsArgument,
                 text, precertification());
}
std::string one_person(const std::string& content) {
  return "<requestParams><PrecertifyParams>" + content + "</PrecertifyParams></requestParams>";
}

TEST(SoapPrecertify, TakesExactlyOnePerson) {
  const std::string bob = "<PrecertifyParams><UserName>bob@contoso.test</UserName></PrecertifyParams>";
  const std::string nil = "<PrecertifyParams xsi:nil='true'/>";
  EXPECT_TRUE(is_read(precertification(),
                      ask(precertification(), Operation::precertify, "<requestParams>" + bob + "</requestParams>")));
  for (const std::string& params :
       {std::string(), std::string("<requestParams xsi:nil='true'/>"), std::string("<requestParams/>"),
        "<requestParams>" + bob + bob + "</requestParams>", "<requestParams>" + nil + "</requestParams>",
        "<requestParams>" + nil + bob + "</requestParams>"})
    expect_wrong_argument(params, "exactly one PrecertifyParams");
}

TEST(SoapPrecertify, NeedsAUserNameOrAnIdentification) {
  for (const char* nobody : {"", "<UserName/>", "<UserName xsi:nil='true'/><Identification xsi:nil='true'/>"})
    expect_wrong_argument(one_person(nobody), "expected UserName or Identification");
  const auto envelope = read_request(
      precertification(),
      ask(precertification(), Operation::precertify,
          one_person(
              "<Identification><AuthenticationMode>Windows</AuthenticationMode><Id>S-1-5-21-1</Id></Identification>")));
  const auto& request = std::get<PrecertifyRequest>(envelope.request());
  EXPECT_EQ(request.user_name, "");
  EXPECT_EQ(request.id, "S-1-5-21-1");
}

TEST(SoapPrecertify, KnowsWindowsAloneAsAuthenticationMode) {
  const auto mode = [](const std::string& element) {
    return one_person("<UserName>bob@contoso.test</UserName><Identification>" + element +
                      "<Id>S-1-5-21-1</Id></Identification>");
  };
  for (const char* bad : {"", "<AuthenticationMode/>", "<AuthenticationMode>windows</AuthenticationMode>",
                          "<AuthenticationMode>Passport</AuthenticationMode>"})
    expect_wrong_argument(mode(bad), "expected Windows in AuthenticationMode");
  expect_wrong_argument(one_person("<Identification><AuthenticationMode>Windows</AuthenticationMode></Identification>"),
                        "expected an Id");
}

// ---- contradictions of the specifications

// The prose demands it, the WSDL does not (MS-RMPR 3.3.4.1.2.1, 6.2).
TEST(SoapContradiction, CertifyWithoutParametersIsANullArgument) {
  for (const char* params : {"", "<requestParams xsi:nil='true'/>"})
    expect_refused(ask(certification(), Operation::certify, params), Errc::malformed, exceptions::kArgumentNull,
                   "expected requestParams", certification());
}

// The prose puts a Certificate's content into no namespace, the WSDL into any (MS-RMPR 2.2.4.1).
TEST(SoapContradiction, XrmlMayStandInAnyNamespaceAsLongAsItsCharactersDo) {
  for (const std::string& document :
       {std::string("<XrML xmlns=\"\"/>"), std::string("<XrML/>"), std::string("<XrML xmlns='urn:xrml'><a/></XrML>")}) {
    const auto envelope = read_request(licensing(), with(good_acquire_license(), xrml("pl"), document));
    EXPECT_THAT(read_acquire_license(envelope).items[0].issuance_license, ElementsAre(document));
  }
}

// The enumerations of prose and WSDL differ (MS-RMPR 3.7.4.2.4.1, 6.7), and callers know more than either.
TEST(SoapContradiction, ServiceTypesPassAsTheyAre) {
  const auto envelope = read_request(
      server(),
      ask(server(), Operation::find_service_locations_for_user,
          "<ServiceNames><ServiceLocationRequest><Type>LicensingInternalService</Type></ServiceLocationRequest>"
          "<ServiceLocationRequest><Type>DrmRemoteDirectoryServices</Type></ServiceLocationRequest>"
          "<ServiceLocationRequest><Type>AdminV2Service</Type></ServiceLocationRequest>"
          "<ServiceLocationRequest><Type>licensingservice</Type></ServiceLocationRequest></ServiceNames>"));
  EXPECT_THAT(
      std::get<FindServiceLocationsRequest>(envelope.request()).types,
      ElementsAre("LicensingInternalService", "DrmRemoteDirectoryServices", "AdminV2Service", "licensingservice"));
}

// The prose gives true the opposite meaning of the name (MS-RMPR 3.3.4.1.3.1): nobody on the way interprets it.
TEST(SoapContradiction, PersistentPassesAsItIs) {
  for (const auto& [text, value] : {std::pair("true", true), std::pair("false", false)}) {
    const auto envelope = read_request(
        certification(), with(good_certify(), "<Persistent>true<", "<Persistent>" + std::string(text) + "<"));
    EXPECT_EQ(std::get<CertifyRequest>(envelope.request()).persistent, value);
    EXPECT_THAT(write_request(certification(), envelope.request(), {}),
                HasSubstr("<Persistent>" + std::string(text) + "</Persistent>"));
  }
}

// Every request must have it (MS-RMPR 3.1.4), GetServerInfo cannot (6.7), and callers leave it out elsewhere.
TEST(SoapContradiction, VersionDataMayBeAbsent) {
  EXPECT_FALSE(
      read_request(server(), envelope("", "<GetLicensorCertificate xmlns=\"" + std::string(server().ns) + "\"/>"))
          .version());
  const auto info = read_request(server(), envelope("", "<GetServerInfo xmlns=\"" + std::string(server().ns) +
                                                            "\"><requests><ServerInfoRequest><Type>VersionInfo</Type>"
                                                            "</ServerInfoRequest></requests></GetServerInfo>"));
  EXPECT_FALSE(info.version());
  EXPECT_THAT(write_response(info.dialect(), GetServerInfoResponse{"<Results xmlns=\"\"/>"}, info.version()).body,
              Not(HasSubstr("VersionData")));
}

}  // namespace
}  // namespace rms::soap
