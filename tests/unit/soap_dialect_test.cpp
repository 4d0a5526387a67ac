// SPDX-License-Identifier: Apache-2.0
//
// SOAP 1.1 and SOAP 1.2: told apart, never mixed, answered in kind.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/soap_messages.h"

namespace rms::soap {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const Fault kNo{std::string(exceptions::kNoRightsForRequestedPrincipal), "no & <never>"};
const std::string kAction = "http://microsoft.com/DRM/LicensingService/AcquireLicense";

std::string good_soap12() {
  return in_soap12(good_acquire_license());
}

MediaType media(std::string_view type, std::string_view parameters = {}) {
  auto known = parse_media_type(type, parameters);
  if (!known) throw std::runtime_error("no SOAP: " + std::string(type));
  return *std::move(known);
}

bool is_read(std::string bytes, const MediaType& type = {}, std::optional<std::string_view> action = std::nullopt) {
  return std::holds_alternative<RequestEnvelope>(RequestEnvelope::parse(licensing(), std::move(bytes), action, type));
}

Refused refused(std::string bytes, const MediaType& type = {}, std::optional<std::string_view> action = std::nullopt) {
  auto read = RequestEnvelope::parse(licensing(), std::move(bytes), action, type);
  if (std::holds_alternative<RequestEnvelope>(read)) throw std::runtime_error("it was read");
  return std::get<Refused>(std::move(read));
}

// ---- the media type

TEST(SoapMediaType, NamesTheVersion) {
  EXPECT_EQ(media("text/xml").version, SoapVersion::v1_1);
  EXPECT_EQ(media("application/soap+xml").version, SoapVersion::v1_2);
  for (const char* other : {"", "text/plain", "application/xml", "text/xml2", "application/soap+xml+zip"})
    EXPECT_FALSE(parse_media_type(other, "")) << other;
}

TEST(SoapMediaType, OfSoap12MayHaveTheAction) {
  const auto action = [](std::string_view parameters) { return media("application/soap+xml", parameters).action; };
  EXPECT_EQ(action(""), std::nullopt);
  EXPECT_EQ(action(" charset=utf-8"), std::nullopt);
  EXPECT_EQ(action("action=\"urn:a\""), "urn:a");
  EXPECT_EQ(action(" charset=utf-8; action=\"urn:a\""), "urn:a");
  EXPECT_EQ(action("ACTION = urn:a ;charset=\"utf-8\""), "urn:a");
  EXPECT_EQ(action("charset=\"a;action=b\" ; action=\"urn:\\\"a\\\\;b=c\""), "urn:\"a\\;b=c");
  EXPECT_EQ(action("action=\"\""), "");
  EXPECT_EQ(action(";; flag ;charset=utf-8"), std::nullopt);
  EXPECT_EQ(media("text/xml", "action=\"urn:a\"").action, std::nullopt);  // None of its parameters.
}

TEST(SoapMediaType, IsNoneIfTheActionIsInDoubt) {
  for (const char* parameters : {"action=a;action=b", "action=a;Action=a", "action=\"a", "action=\"a\\", "action=\"",
                                 "action=\"a\"b", "charset=\"x;action=a"})
    EXPECT_FALSE(parse_media_type("application/soap+xml", parameters)) << parameters;
}

// ---- requests

TEST(Soap12, IsReadWhateverTheHeadSays) {
  EXPECT_TRUE(is_read(good_soap12()));
  EXPECT_TRUE(is_read(good_soap12(), media("application/soap+xml", "charset=utf-8")));
  const auto read = read_request(licensing(), good_soap12());
  EXPECT_EQ(read.dialect().version, SoapVersion::v1_2);
  EXPECT_EQ(read.version()->maximum, "1.1.0.0");
}

TEST(Soap12, TakesItsActionFromTheMediaTypeOrTheHeader) {
  for (const std::string& action : {kAction, std::string()}) {
    EXPECT_TRUE(is_read(good_soap12(), media("application/soap+xml", "action=\"" + action + "\"")));
    EXPECT_TRUE(is_read(good_soap12(), media("application/soap+xml"), action));
    EXPECT_TRUE(
        is_read(good_soap12(), media("application/soap+xml", "action=\"" + action + "\""), "\"" + kAction + "\""));
  }
}

TEST(Soap12, RefusesAnActionOfAnotherOperation) {
  const auto other =
      media("application/soap+xml", "action=\"http://microsoft.com/DRM/LicensingService/AcquirePreLicense\"");
  for (const auto& soap_action : {std::optional<std::string_view>(), std::optional<std::string_view>(kAction)}) {
    const Refused no = refused(good_soap12(), other, soap_action);
    EXPECT_EQ(no.why, Errc::denied);
    EXPECT_THAT(no.fault.text, HasSubstr("expected SOAPAction " + kAction));
  }
  const auto good = media("application/soap+xml", "action=\"" + kAction + "\"");
  EXPECT_EQ(refused(good_soap12(), good, "urn:other").why, Errc::denied);
}

TEST(SoapVersions, AreNotMixedWithTheContentTypeOfTheOther) {
  for (const auto& [type, text] : {std::pair(media("text/xml"), good_soap12()),
                                   std::pair(media("application/soap+xml"), good_acquire_license())}) {
    const Refused no = refused(text, type);
    EXPECT_EQ(no.why, Errc::unsupported);
    EXPECT_EQ(no.code, FaultCode::version_mismatch);
    EXPECT_EQ(no.dialect.version, *type.version);  // What the caller's HTTP stack is about to read.
    EXPECT_THAT(no.fault.text, HasSubstr("text/xml is SOAP 1.1, application/soap+xml is SOAP 1.2"));
  }
}

TEST(SoapVersions, HaveTheirOwnHeaderAndBody) {
  const std::string soap11 = "http://schemas.xmlsoap.org/soap/envelope/";
  const std::string good = good_soap12();
  EXPECT_THAT(
      refused(with(with(good, "<s:Body>", "<o:Body xmlns:o='" + soap11 + "'>"), "</s:Body>", "</o:Body>")).fault.text,
      HasSubstr("expected a Body"));
  // A header of the other version is no header: what must be understood in there is no word to us.
  EXPECT_TRUE(is_read(
      with(good, "<s:Header>", "<o:Header xmlns:o='" + soap11 + "'><x o:mustUnderstand='1'/></o:Header><s:Header>")));
}

TEST(SoapVersions, OtherEnvelopesAreAVersionMismatch) {
  for (const std::string ns : {"http://www.w3.org/2001/12/soap-envelope", "urn:none", ""}) {
    const Refused no = refused(with(good_acquire_license(), "http://schemas.xmlsoap.org/soap/envelope/",
                                    ns.empty() ? "urn:s\" xmlns=\"" : ns));
    EXPECT_EQ(no.code, FaultCode::version_mismatch) << ns;
    EXPECT_THAT(write_refusal(no).body, HasSubstr("<faultcode>soap:VersionMismatch</faultcode>")) << ns;
  }
}

// ---- headers

std::string soap12_header(std::string_view entry) {
  return with(good_soap12(), "</s:Header>", std::string(entry) + "</s:Header>");
}

TEST(Soap12, RefusesForeignHeadersThatMustBeUnderstood) {
  const std::string role = "http://www.w3.org/2003/05/soap-envelope/role/";
  for (const std::string& attributes :
       {std::string("s:mustUnderstand='1'"), std::string("s:mustUnderstand='true'"),
        std::string("s:mustUnderstand='true' s:role=''"), "s:mustUnderstand='true' s:role='" + role + "next'",
        "s:mustUnderstand='true' s:role='" + role + "ultimateReceiver'"}) {
    const Refused no = refused(soap12_header("<h:x xmlns:h='u' " + attributes + "/>"));
    EXPECT_EQ(no.code, FaultCode::must_understand) << attributes;
    EXPECT_THAT(write_refusal(no).body, HasSubstr("<soap:Value>soap:MustUnderstand</soap:Value>"));
  }
}

TEST(Soap12, ToleratesHeadersThatAreForSomebodyElse) {
  const std::string role = "http://www.w3.org/2003/05/soap-envelope/role/";
  for (const std::string& attributes :
       {std::string("s:mustUnderstand='false'"), std::string("s:mustUnderstand='0'"),
        "s:mustUnderstand='true' s:role='" + role + "none'", std::string("s:mustUnderstand='1' s:role='urn:other'"),
        // Words of SOAP 1.1 mean nothing here.
        std::string("o:mustUnderstand='1' xmlns:o='http://schemas.xmlsoap.org/soap/envelope/'")})
    EXPECT_TRUE(is_read(soap12_header("<h:x xmlns:h='u' " + attributes + "/>"))) << attributes;
  EXPECT_TRUE(is_read(with(good_soap12(), "<VersionData ", "<VersionData s:mustUnderstand='true' ")));
}

// ---- answers

TEST(SoapAnswers, AreOfTheVersionThatAsked) {
  const auto soap11 = write_response({licensing().ns}, kNo, {});
  EXPECT_EQ(soap11.content_type, "text/xml; charset=utf-8");
  EXPECT_THAT(soap11.body, HasSubstr("xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\""));
  const auto soap12 = write_response({licensing().ns, SoapVersion::v1_2}, kNo, {});
  EXPECT_EQ(soap12.content_type, "application/soap+xml; charset=utf-8");
  EXPECT_THAT(soap12.body, HasSubstr("xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\""));
}

TEST(SoapAnswers, FaultsHaveTheShapeOfTheirVersion) {
  const std::string text = kNo.exception + ": no &amp; &lt;never&gt;";
  const auto soap11 = write_response({licensing().ns}, kNo, {});
  EXPECT_EQ(soap11.http_status, 500u);
  EXPECT_THAT(soap11.body, HasSubstr("<soap:Body><soap:Fault><faultcode>soap:Server</faultcode><faultstring>" + text +
                                     "</faultstring><detail/></soap:Fault></soap:Body>"));
  const auto soap12 = write_response({licensing().ns, SoapVersion::v1_2}, kNo, {});
  EXPECT_EQ(soap12.http_status, 500u);
  EXPECT_THAT(soap12.body, HasSubstr("<soap:Body><soap:Fault><soap:Code><soap:Value>soap:Receiver</soap:Value>"
                                     "</soap:Code><soap:Reason><soap:Text xml:lang=\"en\">" +
                                     text + "</soap:Text></soap:Reason></soap:Fault></soap:Body>"));
}

TEST(SoapAnswers, RefusalsAreOfTheVersionThatAsked) {
  for (const std::string& broken :
       {with(good_soap12(), xrml("pl"), "<Other/>"),
        with(good_soap12(), "<AcquireLicense xmlns=\"http", "<AcquireLicense xmlns=\"urn:http"),
        with(good_soap12(), "1.1.0.0", "9.0.0.0")}) {
    const auto answer = write_refusal(refused(broken));
    EXPECT_EQ(answer.http_status, 500u);
    EXPECT_EQ(answer.content_type, "application/soap+xml; charset=utf-8") << broken;
    EXPECT_THAT(answer.body, HasSubstr("<soap:Value>soap:Receiver</soap:Value>"));
  }
  EXPECT_EQ(write_refusal(refused("junk", media("application/soap+xml"))).content_type,
            "application/soap+xml; charset=utf-8");
  EXPECT_EQ(write_refusal(refused("junk", media("text/xml"))).content_type, "text/xml; charset=utf-8");
  EXPECT_EQ(write_refusal(refused("junk")).content_type, "text/xml; charset=utf-8");
}

// Which namespaces are taken where is also which are answered.
TEST(SoapAnswers, AreInTheNamespaceThatAsked) {
  const std::string server = "http://microsoft.com/DRM/ServerService";
  const std::string locator = "http://microsoft.com/DRM/ServiceLocatorService";
  for (const char* path : {"/_wmcs/certification/server.asmx", "/_wmcs/certification/ServiceLocator.asmx",
                           "/_wmcs/licensing/server.asmx", "/_wmcs/licensing/ServiceLocator.asmx"}) {
    for (const std::string& ns : {server, locator}) {
      const std::string question = ask_in(ns, "FindServiceLocationsForUser",
                                          "<ServiceNames><ServiceLocationRequest><Type>LicensingService</Type>"
                                          "</ServiceLocationRequest></ServiceNames>");
      auto read = RequestEnvelope::parse(page(path), question, ns + "/FindServiceLocationsForUser");
      ASSERT_TRUE(std::holds_alternative<RequestEnvelope>(read)) << path << " " << ns;
      const auto& envelope = std::get<RequestEnvelope>(read);
      EXPECT_EQ(envelope.dialect().ns, ns);
      EXPECT_EQ(envelope.version()->maximum, "1.0.0.0");  // Its header is of the same namespace.
      const auto answer = write_response(envelope.dialect(), FindServiceLocationsResponse{}, envelope.version());
      EXPECT_THAT(answer.body, HasSubstr("<FindServiceLocationsForUserResponse xmlns=\"" + ns + "\">"));
      EXPECT_THAT(answer.body, HasSubstr("<VersionData xmlns=\"" + ns + "\">"));
      EXPECT_TRUE(parse_response(Operation::find_service_locations_for_user, answer.body));

      const std::string& other = ns == server ? locator : server;
      read = RequestEnvelope::parse(page(path), question, other + "/FindServiceLocationsForUser");
      ASSERT_TRUE(std::holds_alternative<Refused>(read));
      EXPECT_EQ(std::get<Refused>(read).why, Errc::denied);
    }
  }
}

TEST(SoapAnswers, OtherOperationsHaveOneNamespace) {
  const auto read = RequestEnvelope::parse(
      page("/_wmcs/certification/server.asmx"),
      ask_in("http://microsoft.com/DRM/ServiceLocatorService", "GetLicensorCertificate", ""), std::nullopt);
  ASSERT_TRUE(std::holds_alternative<Refused>(read));
  EXPECT_THAT(
      std::get<Refused>(read).fault.text,
      StartsWith("expected GetLicensorCertificate or GetServerInfo or FindServiceLocationsForUser in namespace"));
}

// ---- the client's half

TEST(Soap12, FaultsOfOtherServersAreRead) {
  const auto fault = [](const std::string& content) {
    return parse_response(Operation::certify, in_soap12(envelope("", "<s:Fault>" + content + "</s:Fault>")));
  };
  const std::string code = "<s:Code><s:Value>s:Receiver</s:Value></s:Code>";
  EXPECT_EQ(
      std::get<Fault>(*fault(code + "<s:Reason><s:Text xml:lang='de'>A.B: nein</s:Text><s:Text xml:lang='en'>A.B: "
                                    "no</s:Text></s:Reason><s:Detail/>")),
      (Fault{"A.B", "nein"}));
  EXPECT_EQ(fault(code).error(), Errc::malformed);
  EXPECT_EQ(fault(code + "<s:Reason/>").error(), Errc::malformed);
  EXPECT_EQ(fault("<faultstring>A.B: no</faultstring>").error(), Errc::malformed);
}

}  // namespace
}  // namespace rms::soap
