// SPDX-License-Identifier: Apache-2.0
#include "client/service/rights_service.h"

#include <ostream>

#include <gtest/gtest.h>

#include "grants/refusal.h"
#include "soap/envelope.h"
#include "support/outcome.h"
#include "support/xrml_sample.h"

namespace rms::client {
namespace {

using test::fails_with;

// Answers with what it is given, whatever it is asked.
class Canned final : public Transport {
 public:
  explicit Canned(std::string answer) : answer_(std::move(answer)) {}
  Result<std::string> post(std::string_view, std::string_view, const std::string&) override { return answer_; }

 private:
  std::string answer_;
};

struct Refusal {
  std::string_view exception;
  Errc code;
  const char* words;
};
// GoogleTest names the case by this; by default by its bytes, addresses among them.
void PrintTo(const Refusal& value, std::ostream* out) {
  *out << value.exception.substr(value.exception.rfind('.') + 1);
}
class RightsServiceRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(RightsServiceRefusal, KeepsItsNameAndSaysWhatItMeans) {
  const Error error = refusal({std::string(GetParam().exception), "their own words"});
  EXPECT_EQ(error, GetParam().code);
  EXPECT_NE(error.context.find(GetParam().words), std::string::npos) << error.context;
  EXPECT_NE(error.context.find(GetParam().exception), std::string::npos) << error.context;
  EXPECT_NE(error.context.find("their own words"), std::string::npos) << error.context;
}
namespace names = soap::exceptions;
INSTANTIATE_TEST_SUITE_P(
    Each, RightsServiceRefusal,
    testing::Values(Refusal{names::kNoRightsForRequestedPrincipal, Errc::no_rights, "no right"},
                    Refusal{names::kUnauthorizedAccess, Errc::denied, "may not"},
                    Refusal{names::kInvalidRightsLabelSignature, Errc::denied, "signature"},
                    Refusal{names::kRightsLabelNoMatchingIssuedPrincipal, Errc::denied, "another rights service"},
                    Refusal{names::kIssuanceLicenseNotWithinValidTime, Errc::denied, "at this time"},
                    Refusal{names::kInvalidPersonaCertTime, Errc::denied, "--renew"},
                    Refusal{names::kInvalidPersonaCertSignature, Errc::denied, "--renew"},
                    Refusal{names::kUntrustedPersonaCert, Errc::denied, "--renew"},
                    Refusal{names::kUnexpectedPersonaCert, Errc::denied, "none that it expects"},
                    Refusal{names::kCredentialCreationTime, Errc::denied, "too young"},
                    Refusal{names::kVerifyMachineCertificateChainFailed, Errc::denied, "machine"},
                    Refusal{names::kAcquirePreLicenseInvalidLicensee, Errc::denied, "nobody of this name"},
                    Refusal{names::kOnlinePublishingDisabled, Errc::denied, "without --online"},
                    Refusal{names::kUnsignedIssuanceLicenseNoMatchingIssuedPrincipal, Errc::denied,
                            "another rights service"},
                    Refusal{names::kInvalidOfficialRightsTemplate, Errc::denied, "rms templates"},
                    Refusal{names::kUnspecifiedError, Errc::denied, "does not do that"},
                    Refusal{"Some.NewException", Errc::denied, "refused"}));

TEST(RightsService, AGrantThatTheServerLacksIsNotARightThatTheAccountLacks) {
  const Error error = refusal({std::string(names::kNoRightsForRequestedPrincipal), not_granted_text("templates")},
                              "0f45fd50-383b-43ee-90a4-ed013cd0cfe5");
  EXPECT_EQ(error, Errc::denied);
  EXPECT_NE(error.context.find("the server that asked lacks a grant, 'templates'"), std::string::npos) << error.context;
  EXPECT_EQ(error.context.find("holds no right"), std::string::npos) << error.context;
  EXPECT_NE(error.context.find("rms-connectorctl explain 0f45fd50-383b-43ee-90a4-ed013cd0cfe5"), std::string::npos)
      << error.context;
  const Error other = refusal({std::string(names::kNoRightsForRequestedPrincipal), "None."}, "an id");
  EXPECT_NE(other.context.find("correlation id an id"), std::string::npos) << other.context;
}

TEST(RightsService, TheWordsOfOthersCannotMoveTheCursor) {
  EXPECT_EQ(refusal({"X", "a\x1b[2Jb\n"}).context.find_first_of("\x1b\n"), std::string::npos);
}

TEST(RightsService, WhatIsNoEnvelopeIsMalformed) {
  for (const char* junk : {"", "junk", "<html/>"}) {
    Canned transport(junk);
    RightsService service(transport);
    EXPECT_TRUE(fails_with(service.acquire_license({}, {}), Errc::malformed)) << junk;
  }
}

TEST(RightsService, AFaultForTheWholeRequestIsARefusal) {
  const soap::Service& page = *soap::find_service(kLicensePage);
  const soap::Fault fault{std::string(names::kNoRightsForRequestedPrincipal), "No."};
  Canned transport(soap::write_response({page.ns}, fault, std::nullopt).body);
  RightsService service(transport);
  EXPECT_TRUE(fails_with(service.acquire_license({}, {}), Errc::no_rights));
}

TEST(RightsService, TwoAnswersToOneQuestionAreMalformed) {
  const soap::Service& page = *soap::find_service(kLicensePage);
  const soap::Fault fault{std::string(names::kNoRightsForRequestedPrincipal), "No."};
  const soap::VersionData batching{"1.0.0.0", "1.1.0.0"};
  Canned transport(soap::write_response({page.ns}, soap::AcquireLicenseResponse{{fault, fault}}, batching).body);
  RightsService service(transport);
  EXPECT_TRUE(fails_with(service.acquire_license({}, {}), Errc::malformed));
}

TEST(RightsService, FewerAnswersThanQuestionsAreMalformed) {
  const std::vector<std::string> two{"alice@contoso.test", "bob@contoso.test"};
  const soap::Fault fault{std::string(names::kNoRightsForRequestedPrincipal), "No."};
  const soap::VersionData version;
  Canned pre_licenses(soap::write_response({soap::find_service(kLicensePage)->ns},
                                           soap::AcquirePreLicenseResponse{{fault}, {}}, version)
                          .body);
  const auto license = test::must(xrml::Document::parse(test::sample_text()));
  EXPECT_TRUE(fails_with(RightsService(pre_licenses).acquire_pre_license(two, license), Errc::malformed));
  Canned templates(soap::write_response({soap::find_service(kTemplatePage)->ns},
                                        soap::AcquireTemplatesResponse{{{two[0], "", {}}}}, version)
                       .body);
  EXPECT_TRUE(fails_with(RightsService(templates).acquire_templates(two), Errc::malformed));
}

TEST(RightsService, AnswersThatAreNoXrmlAreMalformed) {
  const soap::Service& page = *soap::find_service(kLicensePage);
  const soap::VersionData batching{"1.0.0.0", "1.1.0.0"};
  Canned transport(
      soap::write_response({page.ns}, soap::AcquireLicenseResponse{{soap::Chain{"<XrML/>"}}}, batching).body);
  RightsService service(transport);
  EXPECT_TRUE(fails_with(service.acquire_license({}, {}), Errc::malformed));
}

}  // namespace
}  // namespace rms::client
