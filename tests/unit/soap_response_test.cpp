// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/soap_messages.h"

namespace rms::soap {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const VersionData kSingle{"1.0.0.0", "1.0.0.0"};
const VersionData kBatch{"1.0.0.0", "1.1.0.0"};
const Fault kNoRights{std::string(exceptions::kNoRightsForRequestedPrincipal), "no rights & <nothing>"};

std::string good_response() {
  return write_response({licensing().ns}, AcquireLicenseResponse{{Chain{xrml("ul"), xrml("slc")}}}, kBatch).body;
}

void expect_refused(const std::string& bytes, Errc code, const std::string& text,
                    Operation operation = Operation::acquire_license) {
  const auto response = parse_response(operation, bytes);
  ASSERT_FALSE(response) << text;
  EXPECT_EQ(response.error(), code) << response.error().to_string();
  EXPECT_THAT(response.error().context, HasSubstr(text));
}

// ---- what is written

TEST(SoapResponse, SaysWhichVersionsAreSupported) {
  const auto written = write_response({licensing().ns}, AcquireLicenseResponse{{Chain{xrml("ul")}}}, kSingle);
  EXPECT_EQ(written.http_status, 200u);
  EXPECT_THAT(written.body, HasSubstr("<soap:Header><VersionData xmlns=\"http://microsoft.com/DRM/LicensingService\">"
                                      "<MinimumVersion>1.0.0.0</MinimumVersion><MaximumVersion>1.2.0.0</MaximumVersion>"
                                      "</VersionData></soap:Header>"));
}

TEST(SoapResponse, TheOnlyFailureIsAFaultForCallersThatKnowNoBatches) {
  const AcquireLicenseResponse failed{{kNoRights}};
  for (const std::optional<VersionData>& version :
       {std::optional<VersionData>(kSingle), std::optional<VersionData>(), std::optional<VersionData>(VersionData{})}) {
    const auto written = write_response({licensing().ns}, failed, version);
    EXPECT_EQ(written.http_status, 500u);
    EXPECT_EQ(std::get<Fault>(*parse_response(Operation::acquire_license, written.body)), kNoRights);
  }
  const auto written = write_response({licensing().ns}, failed, kBatch);
  EXPECT_EQ(written.http_status, 200u);
  EXPECT_THAT(written.body, HasSubstr("<batchindex>0</batchindex>"));
}

TEST(SoapResponse, IsReservedOnce) {
  const std::string large = xrml(std::string(100'000, 'x'));
  const auto certified = write_response({certification().ns}, CertifyResponse{{large, large}}, kSingle).body;
  EXPECT_LE(certified.capacity(), certified.size() + 2048);
  const auto licensed =
      write_response({licensing().ns}, AcquireLicenseResponse{{Chain{large}, Chain{large}}}, kBatch).body;
  EXPECT_LE(licensed.capacity(), licensed.size() + 2048);
  const auto request = write_request(licensing(), AcquireLicenseRequest{{{{large}, {large}, large}}}, kBatch);
  EXPECT_LE(request.capacity(), request.size() + 2048);
}

// ---- what is read

TEST(SoapResponse, ReadsFaultsOfOtherServers) {
  const std::string fault =
      envelope("", "<s:Fault><faultcode>s:Server</faultcode><faultstring>System.Exception</faultstring></s:Fault>");
  EXPECT_EQ(std::get<Fault>(*parse_response(Operation::certify, fault)), (Fault{"System.Exception", ""}));
}

TEST(SoapResponse, ReadsFailuresWithoutACertificateAround) {
  std::string response = write_response({licensing().ns}, AcquireLicenseResponse{{kNoRights}}, kBatch).body;
  response = with(with(response, "<Certificate>", ""), "</Certificate>", "");
  EXPECT_THAT(std::get<AcquireLicenseResponse>(*parse_response(Operation::acquire_license, response)).answers,
              ElementsAre(AcquireLicenseAnswer(kNoRights)));
}

TEST(SoapResponse, RefusesWhatIsNoAnswerToTheOperation) {
  expect_refused("junk", Errc::malformed, "expected a SOAP 1.1 or SOAP 1.2 envelope");
  expect_refused("<html/>", Errc::malformed, "expected a SOAP 1.1 or SOAP 1.2 envelope");
  expect_refused("<!DOCTYPE html><html/>", Errc::unsupported, "document type");
  expect_refused(good_response(), Errc::malformed, "expected CertifyResponse", Operation::certify);
  expect_refused(with(good_response(), "<AcquireLicenseResponse xmlns=\"http://microsoft.com/DRM/LicensingService\">",
                      "<AcquireLicenseResponse xmlns=\"u\">"),
                 Errc::malformed, "expected AcquireLicenseResponse in the namespace");
  expect_refused(envelope("", "<s:Fault><faultcode>s:Server</faultcode></s:Fault>"), Errc::malformed,
                 "expected faultstring");
  expect_refused(with(good_response(), "<soap:Header>", "<soap:Header><x soap:mustUnderstand='1'/>"), Errc::unsupported,
                 "the only header understood");
}

TEST(SoapResponse, RefusesMissingParts) {
  const std::string chain =
      "<CertificateChain>" + certificate(xrml("ul")) + certificate(xrml("slc")) + "</CertificateChain>";
  expect_refused(with(good_response(), chain, ""), Errc::malformed, "at least one Certificate in CertificateChain");
  expect_refused(with(good_response(), chain, "<CertificateChain/>"), Errc::malformed, "at least one Certificate");
  expect_refused(envelope("", "<AcquireLicenseResponse xmlns='http://microsoft.com/DRM/LicensingService'/>"),
                 Errc::malformed, "expected AcquireLicenseResult");
  expect_refused(with(good_response(), xrml("ul"), "<Other/>"), Errc::malformed, "expected XrML");
}

TEST(SoapResponse, HoldsTheLimits) {
  const auto refused = [](const std::string& text, const std::string& what) {
    expect_refused(text, Errc::too_large, what);
  };
  refused(with(good_response(), certificate(xrml("ul")), repeated(100, certificate(xrml("ul")))),
          "100 certificates in CertificateChain");
  refused(with(good_response(), xrml("ul"), xrml(std::string(kMaxIssuanceLicenseBytes, 'x'))),
          "8388608 bytes a certificate");
  refused(good_response() + std::string(kMaxEnvelopeBytes, ' '), "16777216 bytes");
  const AcquireLicenseResponse many{std::vector<AcquireLicenseAnswer>(257, Chain{xrml("ul")})};
  refused(write_response({licensing().ns}, many, kBatch).body, "at most 256 AcquireLicenseResponse");
}

}  // namespace
}  // namespace rms::soap
