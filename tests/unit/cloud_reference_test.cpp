// SPDX-License-Identifier: Apache-2.0
//
// The commented reference of rms-cloudd and its schema say what the loader does.
#include <fstream>
#include <sstream>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cloud/settings/settings.h"
#include "support/test_ca.h"

namespace rms::cloud {
namespace {

const std::filesystem::path kConfig = std::filesystem::path(RMS_SOURCE_DIR) / "config";

nlohmann::json schema() {
  std::ifstream in(kConfig / "rms-cloud.schema.json");
  return nlohmann::json::parse(in);
}

// "a, b or c" after "known here: ", as the loader says it.
std::vector<std::string> known_keys(const std::string& problem) {
  constexpr std::string_view kStart = "known here: ";
  std::istringstream words(problem.substr(problem.find(kStart) + kStart.size()));
  std::vector<std::string> keys;
  for (std::string word; words >> word;) {
    if (word.ends_with(',')) word.pop_back();
    if (word != "or") keys.push_back(word);
  }
  return keys;
}

std::vector<std::string> keys_of(const nlohmann::json& section) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : section.at("properties").items()) keys.push_back(key);
  return keys;
}

TEST(CloudReference, LoadsAndShowsTheDefaults) {
  const auto settings = load_settings(kConfig / "rms-cloud.yaml");
  ASSERT_TRUE(settings) << settings.error().to_string();
  const LimitSettings limits;
  EXPECT_EQ(settings->listen.host, ListenSettings().host);
  EXPECT_EQ(settings->listen.port, ListenSettings().port);
  EXPECT_EQ(settings->limits.connections, limits.connections);
  EXPECT_EQ(settings->limits.handshake_timeout, limits.handshake_timeout);
  EXPECT_EQ(settings->limits.message_bytes, limits.message_bytes);
  EXPECT_EQ(settings->limits.streams_per_connection, limits.streams_per_connection);
  EXPECT_EQ(settings->limits.workers, limits.workers);
  EXPECT_EQ(settings->limits.queue, limits.queue);
  EXPECT_EQ(settings->store.busy_timeout, StoreSettings().busy_timeout);
  EXPECT_EQ(settings->log.level, LogSettings().level);
  EXPECT_EQ(settings->log.format, LogSettings().format);
  EXPECT_EQ(settings->shutdown.drain_timeout, ShutdownSettings().drain_timeout);
}

TEST(CloudReference, SchemaAndReferenceHaveEveryKeyOfTheLoaderAndNoOther) {
  std::ifstream in(kConfig / "rms-cloud.yaml");
  const std::string reference(std::istreambuf_iterator<char>(in), {});
  const test::TempDir dir;
  const auto ask = [&](const std::string& text) {
    const auto settings = load_settings(dir.write("rms-cloud.yaml", text));
    EXPECT_FALSE(settings);
    return settings ? std::string() : settings.error().context;
  };
  const auto problem = ask("nothing_like_it: 1");
  const auto sections = known_keys(problem.substr(problem.find("nothing_like_it")));
  EXPECT_THAT(keys_of(schema()), testing::UnorderedElementsAreArray(sections));
  for (const std::string& section : sections) {
    EXPECT_THAT(reference, testing::HasSubstr("\n" + section + ":"));
    if (section == "version") continue;
    const auto inner = ask(section + ": {nothing_like_it: 1}");
    const auto from = inner.substr(inner.find(section + ".nothing_like_it"));
    const auto keys = known_keys(from.substr(0, from.find('\n')));
    EXPECT_THAT(keys_of(schema().at("properties").at(section)), testing::UnorderedElementsAreArray(keys)) << section;
    for (const std::string& key : keys) EXPECT_THAT(reference, testing::HasSubstr("\n  " + key + ":")) << section;
  }
}

// One below and one above each limit of the schema: the loader's are the same.
TEST(CloudReference, SchemaHasTheRangesOfTheLoader) {
  const test::TempDir dir;
  const auto limits = schema().at("properties").at("limits").at("properties");
  for (const auto& [key, value] : limits.items()) {
    if (!value.contains("minimum")) continue;
    const int least = value["minimum"].get<int>(), most = value["maximum"].get<int>();
    for (const int wrong : {least - 1, most + 1}) {
      const auto refused =
          load_settings(dir.write("rms-cloud.yaml", "limits: {" + key + ": " + std::to_string(wrong) + "}"));
      ASSERT_FALSE(refused);
      EXPECT_THAT(refused.error().context,
                  testing::HasSubstr("limits." + key + ": must be " + std::to_string(least) + " .. " +
                                     std::to_string(most) + " (is " + std::to_string(wrong) + ")"));
    }
  }
}

}  // namespace
}  // namespace rms::cloud
