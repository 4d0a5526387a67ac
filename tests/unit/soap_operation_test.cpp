// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "soap/envelope.h"

namespace rms::soap {
namespace {

using testing::HasSubstr;

TEST(SoapOperation, EverySettingNameReadsBack) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kOperationCount; ++i) {
    const auto operation = static_cast<Operation>(i);
    EXPECT_EQ(operation_from_setting(setting_name(operation)), operation);
    names.insert(to_string(operation));
  }
  EXPECT_EQ(names.size(), kOperationCount);
  EXPECT_EQ(to_string(Operation::precertify), "Precertify");
  EXPECT_EQ(setting_name(Operation::find_service_locations_for_user), "find_service_locations_for_user");
  EXPECT_FALSE(operation_from_setting("AcquireLicense"));
  EXPECT_FALSE(operation_from_setting(""));
}

TEST(SoapService, IsFoundWithoutRegardToCase) {
  const Service* service = find_service("/_WMCS/Licensing/License.asmx");
  ASSERT_NE(service, nullptr);
  EXPECT_EQ(service->path, "/_wmcs/licensing/license.asmx");
  EXPECT_EQ(find_service("/_wmcs/licensing/license.asm"), nullptr);
  EXPECT_EQ(find_service("/_wmcs/licensing/license.asmx/"), nullptr);
  EXPECT_EQ(find_service(""), nullptr);
}

TEST(SoapService, ServerCertificationIsTitledAsAdministratorsExpect) {
  const Service* service = find_service("/_wmcs/certification/ServerCertification.asmx");
  ASSERT_NE(service, nullptr);
  EXPECT_EQ(service->title, "ServerCertificationWebService");
  EXPECT_EQ(soap_action(*service, Operation::certify), "http://microsoft.com/DRM/CertificationService/Certify");
}

TEST(SoapService, EachPageAnswersItsOperations) {
  using enum Operation;
  const auto answers = [](const std::string& path, std::vector<Operation> operations) {
    const Service* service = find_service("/_wmcs/" + path);
    ASSERT_NE(service, nullptr) << path;
    EXPECT_THAT(service->operations, testing::UnorderedElementsAreArray(operations)) << path;
  };
  answers("certification/ServerCertification.asmx", {certify});
  answers("certification/certification.asmx", {certify});
  answers("certification/Precertification.asmx", {precertify});
  answers("licensing/publish.asmx", {get_client_licensor_cert, acquire_issuance_license});
  answers("licensing/license.asmx", {acquire_license, acquire_pre_license});
  answers("licensing/templateDistribution.asmx", {acquire_template_information, acquire_templates});
  for (const std::string half : {"certification/", "licensing/"}) {
    answers(half + "server.asmx", {get_licensor_certificate, get_server_info, find_service_locations_for_user});
    answers(half + "ServiceLocator.asmx", {find_service_locations_for_user});
  }
}

// Dead, for other callers than servers, between servers of a cluster, or handing out what nobody should have.
TEST(SoapService, OtherPagesOfTheSpecificationsAreNotHere) {
  for (const std::string path :
       {"certification/Activation.asmx", "certification/MobileCertification.asmx",
        "certification/MobileDeviceCertification.asmx", "certification/MacCertification.asmx",
        "certification/SubEnrollService.asmx", "certification/ServiceLocator.asmx/FindServiceLocationsForUser",
        "licensing/editissuancelicense.asmx", "decommission/decommission.asmx", "groupexpansion/GroupExpansion.asmx",
        "certificationexternal/certification.asmx", "licensingexternal/license.asmx", "enrollment/enrollservice.asmx",
        "licensing/certification.asmx", "certification/license.asmx"})
    EXPECT_EQ(find_service("/_wmcs/" + path), nullptr) << path;
}

TEST(SoapService, EachPageShowsItsTitleAndOperations) {
  EXPECT_EQ(services().size(), 10u);
  for (const Service& service : services()) {
    const std::string page = service_page(service);
    EXPECT_THAT(page, HasSubstr("<title>" + std::string(service.title) + "</title>"));
    for (const Operation operation : service.operations)
      EXPECT_THAT(page, HasSubstr("<li>" + std::string(to_string(operation)) + "</li>"));
  }
}

}  // namespace
}  // namespace rms::soap
