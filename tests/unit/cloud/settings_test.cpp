// SPDX-License-Identifier: Apache-2.0
#include "cloud/settings/settings.h"

#include <fstream>
#include <regex>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/outcome.h"
#include "support/test_ca.h"

namespace rms::cloud {
namespace {

using namespace std::chrono_literals;
using test::fails_with;
using test::must;
using test::succeeds;
using testing::HasSubstr;

std::string shipped(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(std::string(RMS_SOURCE_DIR) + "/config/" + name).rdbuf();
  return text.str();
}

constexpr const char* kGood =
    "version: 1\n"
    "listen: {certificate: s.pem, key: s.key, client_ca: ca.pem}\n"
    "store: {sqlite: rms.db}\n"
    "keys: {encryption_key: kek}\n";

class CloudSettings : public testing::Test {
 protected:
  Result<Settings> load(const std::string& text) { return load_settings(directory_.write("rms-cloud.yaml", text)); }
  // What is said of `text`.
  std::string problems(const std::string& text) {
    const auto settings = load(text);
    return settings ? "none" : settings.error().context;
  }
  test::TempDir directory_;
};

TEST_F(CloudSettings, NeedNoMoreThanTheirFiles) {
  const auto settings = must(load(kGood));
  EXPECT_EQ(settings.store.sqlite, directory_.path() / "rms.db") << "relative to the file";
  EXPECT_EQ(settings.listen.port, 8443);
}

TEST_F(CloudSettings, TakeWhatTheyAreTold) {
  const auto settings =
      must(load(std::string(kGood) + "limits: {connections: 7, handshake_timeout: 1s, message_bytes: 2MiB, "
                                     "streams_per_connection: 8, workers: 3, queue: 9}\n"
                                     "log: {level: debug, format: json}\nshutdown: {drain_timeout: 3s}\n"));
  EXPECT_EQ(settings.limits.connections, 7u);
  EXPECT_EQ(settings.limits.handshake_timeout, 1s);
  EXPECT_EQ(settings.limits.message_bytes, 2u * 1024 * 1024);
  EXPECT_EQ(settings.limits.streams_per_connection, 8u);
  EXPECT_EQ(settings.limits.workers, 3u);
  EXPECT_EQ(settings.limits.queue, 9u);
  EXPECT_EQ(settings.log.format, LogFormat::json);
  EXPECT_EQ(settings.shutdown.drain_timeout, 3s);
}

TEST_F(CloudSettings, ReportAllProblemsAtOnceWithTheirPlace) {
  const auto said =
      problems("version: 2\nlisten: {address: nowhere}\nlimits: {connections: 0, workers: 257, queue: 5s}\nstroe: 1\n");
  for (const auto* what : {"version", "listen.address", "listen.certificate", "listen.key", "listen.client_ca",
                           "limits.connections", "limits.workers", "limits.queue", "stroe", "store", "keys"})
    EXPECT_THAT(said, HasSubstr(what));
  EXPECT_THAT(said, HasSubstr("rms-cloud.yaml:3:"));
}

TEST_F(CloudSettings, CheckNamesEveryFileThatIsNotRight) {
  const auto settings = must(load(std::string(kGood) + "log: {level: info}\n"));
  const auto checked = check_files(settings);
  ASSERT_TRUE(fails_with(checked, Errc::invalid_setting));
  EXPECT_THAT(checked.error().context, HasSubstr("listen: "));
  EXPECT_THAT(checked.error().context, HasSubstr("keys.encryption_key: "));

  test::TestCa ca;
  const auto server = ca.server();
  directory_.write("s.pem", server.certificate_pem);
  directory_.write("s.key", server.key_pem);
  directory_.write("ca.pem", ca.certificate_pem());
  directory_.write("kek", std::string(32, 'k'));
  EXPECT_TRUE(succeeds(check_files(settings)));
  auto elsewhere = settings;
  elsewhere.store.sqlite = directory_.path() / "no" / "rms.db";
  EXPECT_TRUE(fails_with(check_files(elsewhere), Errc::invalid_setting));
}

TEST_F(CloudSettings, ReferenceShowsTheDefaults) {
  const auto settings = must(load(shipped("rms-cloud.yaml")));
  const LimitSettings limits;
  EXPECT_EQ(settings.listen.host, ListenSettings().host);
  EXPECT_EQ(settings.listen.port, ListenSettings().port);
  EXPECT_EQ(settings.limits.connections, limits.connections);
  EXPECT_EQ(settings.limits.handshake_timeout, limits.handshake_timeout);
  EXPECT_EQ(settings.limits.message_bytes, limits.message_bytes);
  EXPECT_EQ(settings.limits.streams_per_connection, limits.streams_per_connection);
  EXPECT_EQ(settings.limits.workers, limits.workers);
  EXPECT_EQ(settings.limits.queue, limits.queue);
  EXPECT_EQ(settings.store.busy_timeout, StoreSettings().busy_timeout);
  EXPECT_EQ(settings.log.level, LogSettings().level);
  EXPECT_EQ(settings.log.format, LogSettings().format);
  EXPECT_EQ(settings.shutdown.drain_timeout, ShutdownSettings().drain_timeout);
}

// Each key stands in the reference below a comment with what would be right, and in the schema.
TEST_F(CloudSettings, ReferenceAndSchemaHaveEveryKey) {
  const auto text = std::regex_replace(shipped("rms-cloud.yaml"), std::regex("\n +# "), " # ");
  const auto schema = nlohmann::json::parse(shipped("rms-cloud.schema.json"));
  std::size_t from = 0, in_schema = 0;
  for (const auto& key : known_settings()) {
    const auto dot = key.path.find('.');
    const std::string name =
        (dot == std::string::npos ? "\n" : " ") + key.path.substr(dot == std::string::npos ? 0 : dot + 1) + ":";
    const auto at = text.find(name, from);
    ASSERT_NE(at, std::string::npos) << key.path;
    EXPECT_THAT(text.substr(from, text.find('\n', at + 1) - from), HasSubstr(key.right)) << key.path;
    from = at;
    const auto pointer = "/properties/" + std::regex_replace(key.path, std::regex("\\."), "/properties/");
    EXPECT_TRUE(schema.contains(nlohmann::json::json_pointer(pointer))) << key.path;
    ++in_schema;
  }
  std::size_t keys = 0;
  for (const auto& [name, section] : schema.at("properties").items())
    keys += 1 + (section.contains("properties") ? section.at("properties").size() : 0);
  EXPECT_EQ(keys, in_schema) << "the schema has keys that nobody reads";
}

}  // namespace
}  // namespace rms::cloud
