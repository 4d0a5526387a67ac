// SPDX-License-Identifier: Apache-2.0
#include "cloud/templates/definition.h"

#include <gtest/gtest.h>

#include "support/outcome.h"
#include "support/xrml_sample.h"
#include "support/xrml_world.h"

namespace rms::cloud {
namespace {

using test::fails_with;
using test::must;
using test::replaced;

xrml::TemplateDefinition definition() {
  xrml::TemplateDefinition definition;
  definition.guid = "4b1010c0-92b8-4169-8493-b5137c6fe168";
  definition.texts = {{1031, "Vertraulich \\ \"Alle\"", "für uns"}, {1033, "Confidential", ""}};
  definition.rights = {{std::string(xrml::kAnyone), {"VIEW"}}, {"sales@contoso.test", {"EDIT", "PRINT"}}};
  definition.content_days = 30;
  definition.license_days = 7;
  definition.referral = "mailto:rms@contoso.test";
  definition.values = {{"VIEWER", "1"}};
  return definition;
}

TEST(TemplateDefinition, SaysInJsonWhatAzureSays) {
  EXPECT_EQ(to_json(definition()),
            "{\"TemplateId\":\"4b1010c0-92b8-4169-8493-b5137c6fe168\","
            "\"Names\":{\"1031\":\"Vertraulich \\\\ \\\"Alle\\\"\",\"1033\":\"Confidential\"},"
            "\"Descriptions\":{\"1031\":\"für uns\"},"
            "\"RightsDefinitions\":[{\"Identity\":\"ANYONE\",\"Rights\":[\"VIEW\"]},"
            "{\"Identity\":\"sales@contoso.test\",\"Rights\":[\"EDIT\",\"PRINT\"]}],"
            "\"ContentExpirationOption\":\"AfterDays\",\"ContentValidityDuration\":30,\"LicenseValidityDuration\":7,"
            "\"ReferralInfo\":\"mailto:rms@contoso.test\",\"ApplicationData\":{\"VIEWER\":\"1\"}}");
}

TEST(TemplateDefinition, IsTheSameWhenItIsReadBack) {
  auto changed = definition();
  EXPECT_EQ(must(definition_from_json(to_json(changed))), changed);
  changed.content_days.reset();
  changed.expires = test::kNow;
  changed.license_days = 0;
  EXPECT_EQ(must(definition_from_json(to_json(changed))), changed);
  changed.expires.reset();
  changed.license_days.reset();
  changed.referral.clear();
  changed.values.clear();
  EXPECT_EQ(must(definition_from_json(to_json(changed))), changed);
}

struct Change {
  std::string_view from, to;
};
void PrintTo(const Change& value, std::ostream* out) {
  *out << value.from << " -> " << value.to;
}

class BadDefinition : public testing::TestWithParam<Change> {};

TEST_P(BadDefinition, IsRefused) {
  const auto& [from, to] = GetParam();
  EXPECT_TRUE(fails_with(definition_from_json(replaced(to_json(definition()), from, to)), Errc::malformed));
}

INSTANTIATE_TEST_SUITE_P(
    TemplateDefinition, BadDefinition,
    testing::Values(Change{"{", "["}, Change{"{\"TemplateId\"", "{\"Unknown\":1,\"TemplateId\""},
                    Change{"\"TemplateId\":", "\"templateid\":"}, Change{"4b1010c0", "xxxxxxxx"},
                    Change{"\"4b1010c0-92b8-4169-8493-b5137c6fe168\"", "7"}, Change{"\"1031\":\"V", "\"abc\":\"V"},
                    Change{"\"1031\":\"V", "\"1031 \":\"V"}, Change{"\"1031\":\"V", "\"99999999999\":\"V"},
                    Change{"\"Confidential\"", "7"}, Change{"\"1033\":\"Confidential\"", "\"1033\":\"a:b\""},
                    Change{"{\"1031\":\"für uns\"}", "{\"7\":\"no name\"}"}, Change{"{\"1031\":\"für uns\"}", "[]"},
                    Change{"\"Identity\":\"ANYONE\"", "\"Identity\":1"}, Change{"\"Identity\":\"ANYONE\",", ""},
                    Change{"\"Rights\":[\"VIEW\"]", "\"Rights\":\"VIEW\""}, Change{"[\"VIEW\"]", "[1]"},
                    Change{"[\"VIEW\"]", "[]"}, Change{"\"Rights\":[\"VIEW\"]", "\"Rights\":[\"VIEW\"],\"More\":1"},
                    Change{"AfterDays", "OnDate"}, Change{"AfterDays", "Never"}, Change{"AfterDays", "Sometimes"},
                    Change{"\"ContentValidityDuration\":30,", ""}, Change{":30,", ":0,"}, Change{":30,", ":10000,"},
                    Change{":30,", ":\"30\","}, Change{":30,", ":30.5,"}, Change{":7,", ":-2,"},
                    Change{":7,", ":18446744073709551615,"}, Change{"\"VIEWER\":\"1\"", "\"VIEWER\":1"},
                    Change{"\"VIEWER\":\"1\"", "\"NOLICCACHE\":\"1\""},
                    Change{"\"ContentExpirationOption\":\"AfterDays\",\"ContentValidityDuration\":30",
                           "\"ContentExpirationOption\":\"OnDate\",\"ContentExpirationDate\":\"tomorrow\""}));

TEST(TemplateDefinition, HasALimitedSizeBeforeItIsRead) {
  auto text = to_json(definition());
  text.append(256 * 1024 - text.size(), ' ');
  EXPECT_EQ(must(definition_from_json(text)), definition());
  text += ' ';
  EXPECT_TRUE(fails_with(definition_from_json(text), Errc::too_large));
}

TEST(TemplateDefinition, IsNotNestedWithoutEnd) {
  EXPECT_TRUE(fails_with(definition_from_json(std::string(100'000, '[')), Errc::malformed));
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_TRUE(fails_with(definition_from_json(deep), Errc::malformed));
}

}  // namespace
}  // namespace rms::cloud
