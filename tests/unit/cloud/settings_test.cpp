// SPDX-License-Identifier: Apache-2.0
#include "cloud/settings/settings.h"

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "cloud/keys/issuing_tenant.h"
#include "cloud/store/sqlite_store.h"
#include "support/outcome.h"
#include "support/test_ca.h"

namespace rms::cloud {
namespace {

using namespace std::chrono_literals;
using test::fails_with;
using test::must;
using testing::AllOf;
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
  EXPECT_EQ(settings.keys.spare, 128u);
  EXPECT_EQ(settings.listen.connection_age, 30min);
  EXPECT_GE(settings.listen.connection_age_grace, settings.shutdown.drain_timeout) << "no call is cut off by either";
  EXPECT_EQ(settings.store.answers, 512u * 1024 * 1024);
}

TEST_F(CloudSettings, TakeWhatTheyAreTold) {
  const auto settings = must(load(std::regex_replace(kGood, std::regex("kek"), "kek, spare: 1024") +
                                  "limits: {connections: 7, handshake_timeout: 1s, message_bytes: 2MiB, "
                                  "streams_per_connection: 8, workers: 3, queue: 9}\n"
                                  "log: {level: debug, format: json}\nshutdown: {drain_timeout: 3s}\n"));
  EXPECT_EQ(settings.limits.connections, 7u);
  EXPECT_EQ(settings.limits.handshake_timeout, 1s);
  EXPECT_EQ(settings.limits.message_bytes, 2u * 1024 * 1024);
  EXPECT_EQ(settings.limits.streams_per_connection, 8u);
  EXPECT_EQ(settings.limits.workers, 3u);
  EXPECT_EQ(settings.limits.queue, 9u);
  EXPECT_EQ(settings.keys.spare, 1024u);
  EXPECT_EQ(settings.log.format, LogFormat::json);
  EXPECT_EQ(settings.shutdown.drain_timeout, 3s);
}

TEST_F(CloudSettings, ReportAllProblemsAtOnceWithTheirPlace) {
  const auto said = problems(
      "version: 2\nlisten: {address: nowhere}\nlimits: {connections: 0, workers: 257, queue: 5s}\n"
      "keys: {spare: 1025}\nstroe: 1\n");
  for (const auto* what :
       {"version", "listen.address", "listen.certificate", "listen.key", "listen.client_ca", "limits.connections",
        "limits.workers", "limits.queue", "keys.encryption_key", "keys.spare", "stroe", "store"})
    EXPECT_THAT(said, HasSubstr(what));
  EXPECT_THAT(said, HasSubstr("rms-cloud.yaml:3:"));
}

class CloudSettingsFiles : public CloudSettings {
 protected:
  static constexpr const char* kLines =
      "version: 1\n"
      "listen:\n"
      "  certificate: s.pem\n"
      "  key: s.key\n"
      "  client_ca: ca.pem\n"
      "store:\n"
      "  sqlite: rms.db\n"
      "keys:\n"
      "  encryption_key: kek\n";

  void write_good_files() {
    const auto server = ca_.server();
    directory_.write("s.pem", server.certificate_pem);
    directory_.write("s.key", server.key_pem);
    directory_.write("ca.pem", ca_.certificate_pem());
    directory_.write("kek", std::string(32, 'k'));
  }
  std::string found(Look look, const std::string& text = kLines) {
    const auto settings = load_settings(directory_.write("rms-cloud.yaml", text), look);
    return settings ? "" : settings.error().context;
  }
  void make_store(const std::string& key) {
    auto store = must(SqliteStore::open({directory_.path() / "rms.db"}));
    must(store->add_tenant(
        must(make_tenant({"contoso.test", "https://rms.contoso.test", ""},
                         Secret(std::vector<std::uint8_t>(key.begin(), key.end())), SystemClock().wall()))));
  }
  std::set<std::string> names() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path()))
      names.insert(entry.path().filename());
    return names;
  }
  test::TestCa ca_;
};

TEST_F(CloudSettingsFiles, EveryFileThatIsNotThereIsNamedWithItsPlaceAlongWithTheRest) {
  const auto said = found(Look::files, std::string(kLines) + "stroe: 1\n");
  for (const auto* what : {"yaml:3:16: listen.certificate: ", "yaml:4:8: listen.key: ", "yaml:5:14: listen.client_ca: ",
                           "yaml:9:19: keys.encryption_key: ", "stroe"})
    EXPECT_THAT(said, HasSubstr(what));
  write_good_files();
  EXPECT_EQ(found(Look::files), "");
  EXPECT_EQ(found(Look::text), "");
}

TEST_F(CloudSettingsFiles, OneThatIsWrongIsNamedWithItsPlace) {
  const auto broken = [&](const char* name, const std::string& content) {
    write_good_files();
    directory_.write(name, content);
    return found(Look::files);
  };
  EXPECT_THAT(broken("s.pem", "junk"), HasSubstr("yaml:3:16: listen.certificate: "));
  EXPECT_THAT(broken("s.pem", ""), HasSubstr("yaml:3:16: listen.certificate: "));
  EXPECT_THAT(broken("s.key", "junk"), HasSubstr("yaml:4:8: listen.key: "));
  EXPECT_THAT(broken("s.key", ca_.client("other").key_pem), HasSubstr("yaml:4:8: listen.key: "));
  EXPECT_THAT(broken("ca.pem", "junk"), HasSubstr("yaml:5:14: listen.client_ca: "));
  EXPECT_THAT(broken("kek", "short"), HasSubstr("yaml:9:19: keys.encryption_key: "));
  write_good_files();
  EXPECT_THAT(found(Look::files, std::regex_replace(kLines, std::regex("rms.db"), "no/rms.db")),
              HasSubstr("yaml:7:11: store.sqlite: "));
}

TEST_F(CloudSettingsFiles, TheStoreIsOpenedWithTheKeyAndNothingIsMade) {
  write_good_files();
  found(Look::text);
  const auto before = names();
  EXPECT_EQ(found(Look::store), "") << "a start makes it";
  EXPECT_EQ(names(), before);
  make_store(std::string(32, 'k'));
  const auto with_store = names();
  EXPECT_EQ(found(Look::store), "");
  EXPECT_EQ(names(), with_store);
  directory_.write("kek", std::string(32, 'K'));
  EXPECT_THAT(found(Look::store), AllOf(HasSubstr("yaml:9:19: keys.encryption_key: "), HasSubstr("contoso.test")));
  EXPECT_EQ(found(Look::files), "") << "the store is not for that";
}

TEST_F(CloudSettingsFiles, AStoreThatIsNoneOrOfANewerProgramIsNamedWithItsPlace) {
  write_good_files();
  directory_.write("rms.db", "This is no database, whatever its name may be. " + std::string(4096, '.'));
  EXPECT_THAT(found(Look::store), HasSubstr("yaml:7:11: store.sqlite: "));
  std::filesystem::remove(directory_.path() / "rms.db");
  make_store(std::string(32, 'k'));
  must(must(Database::open(directory_.path() / "rms.db", 1s)).execute("PRAGMA user_version=1000"));
  EXPECT_THAT(found(Look::store), AllOf(HasSubstr("yaml:7:11: store.sqlite: "), HasSubstr("1000")));
}

TEST_F(CloudSettingsFiles, AnOlderStoreIsLeftAsItIs) {
  write_good_files();
  const auto file = directory_.path() / "rms.db";
  directory_.write("rms.db", "");
  must(must(Database::open(file, 1s)).execute("CREATE TABLE older (id INTEGER)"));
  EXPECT_EQ(found(Look::store), "") << "a start brings it up to date";
  EXPECT_EQ(must(must(Database::open(file, 1s)).number("PRAGMA user_version")), 0);
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
  EXPECT_EQ(settings.listen.connection_age, ListenSettings().connection_age);
  EXPECT_EQ(settings.listen.connection_age_grace, ListenSettings().connection_age_grace);
  EXPECT_EQ(settings.listen.connection_idle, ListenSettings().connection_idle);
  EXPECT_EQ(settings.store.busy_timeout, StoreSettings().busy_timeout);
  EXPECT_EQ(settings.store.answers, StoreSettings().answers);
  EXPECT_EQ(settings.keys.spare, KeySettings().spare);
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
