// SPDX-License-Identifier: Apache-2.0
#include "cloud/outcome.h"

#include <array>

#include <gtest/gtest.h>

namespace rms::cloud {
namespace {

constexpr std::array kSubjects = {Subject::machine_chain,         Subject::persona,
                                  Subject::rights_label,          Subject::rights_label_server,
                                  Subject::rights_label_template, Subject::use_license,
                                  Subject::unsigned_license,      Subject::unsigned_license_server,
                                  Subject::unsigned_license_key,  Subject::rights_template};

TEST(Refuse, MakesAFaultOfWhateverIsWrongWithADocument) {
  for (const auto subject : kSubjects)
    for (int code = static_cast<int>(Errc::malformed); code <= static_cast<int>(Errc::already_exists); ++code) {
      const auto refused = refuse(subject, Error(static_cast<Errc>(code), "secret"));
      ASSERT_TRUE(refused.fault()) << static_cast<int>(subject) << ", " << code;
      EXPECT_TRUE(refused.fault()->exception.starts_with("Microsoft.") ||
                  refused.fault()->exception.starts_with("System."));
      EXPECT_FALSE(refused.fault()->text.empty());
      EXPECT_EQ(refused.fault()->text.find("secret"), std::string::npos) << "nothing from inside";
    }
}

TEST(Refuse, MakesNoFaultOfNotBeingAbleToTell) {
  for (const auto subject : kSubjects) {
    for (int code = static_cast<int>(Errc::unavailable); code <= static_cast<int>(Errc::invalid_setting); ++code)
      EXPECT_TRUE(refuse(subject, Error(static_cast<Errc>(code), "")).error()) << code;
    EXPECT_TRUE(
        refuse(subject, Error(boost::system::errc::make_error_code(boost::system::errc::not_connected), "")).error())
        << "another's code";
  }
}

}  // namespace
}  // namespace rms::cloud
