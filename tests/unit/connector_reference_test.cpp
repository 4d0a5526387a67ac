// SPDX-License-Identifier: Apache-2.0
//
// The commented reference and the schema say what the loader does: no more, no less, with the same ranges.
#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "connector/settings/settings.h"
#include "support/test_ca.h"

namespace rms::connector {
namespace {

std::string read(const std::string& name) {
  std::ifstream in(std::string(RMS_SOURCE_DIR) + "/config/" + name);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

// "servers[].match.dns" -> the schema of that key; null if the schema has none.
nlohmann::json schema_of(const nlohmann::json& schema, std::string_view path) {
  const nlohmann::json* at = &schema;
  while (!path.empty()) {
    const auto end = std::min(path.find('.'), path.size());
    std::string key(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
    const bool items = key.ends_with("[]");
    if (items) key.resize(key.size() - 2);
    if (!at->contains("properties") || !at->at("properties").contains(key)) return nullptr;
    at = &at->at("properties").at(key);
    if (items) at = &at->at("items");
  }
  return *at;
}

void collect(const nlohmann::json& schema, const std::string& prefix, std::vector<std::string>& paths) {
  if (!schema.contains("properties")) return;
  for (const auto& [key, value] : schema.at("properties").items()) {
    paths.push_back(prefix + key);
    collect(value, prefix + key + ".", paths);
    if (value.contains("items")) collect(value.at("items"), prefix + key + "[].", paths);
  }
}

TEST(ConnectorReference, LoadsOnceItsPlaceholdersAreTrue) {
  test::TestCa issuer_of_servers, issuer;
  const auto server = issuer.server(), client = issuer.client("connector.example.com");
  const test::TempDir dir;
  dir.write("servers-ca.pem", issuer_of_servers.certificate_pem());
  dir.write("cloud-ca.pem", issuer.certificate_pem());
  dir.write("connector.pem", server.certificate_pem);
  dir.write("connector.key", server.key_pem);
  dir.write("connector-client.pem", client.certificate_pem);
  dir.write("connector-client.key", client.key_pem);
  dir.write("servers.crl", issuer_of_servers.crl());
  dir.write("connector.keytab", "what it holds is not looked at here");
  dir.write("password", "secret");

  std::string text = read("rms-connector.yaml");
  for (const char* name : {"connector.pem", "connector.key", "servers-ca.pem", "servers.crl", "cloud-ca.pem",
                           "connector-client.pem", "connector-client.key"})
    text = replaced(text, std::string(" tls/") + name, std::string(" ") + name);
  text = replaced(text, " krb5/connector.keytab", " connector.keytab");
  text = replaced(text, " proxy/password", " password");
  text = replaced(text, " /var/lib/rms-connector/audit", " .");
  const auto settings = load_settings(dir.write("rms-connector.yaml", text));
  ASSERT_TRUE(settings) << settings.error().to_string();

  // What it shows as defaults are the defaults.
  const AuditSettings audit;
  EXPECT_EQ(settings->audit.rotate_bytes, audit.rotate_bytes);
  EXPECT_EQ(settings->audit.rotate_age, audit.rotate_age);
  EXPECT_EQ(settings->audit.keep, audit.keep);
  EXPECT_EQ(settings->audit.when_full, audit.when_full);
  EXPECT_EQ(settings->audit.send_heads_every, audit.send_heads_every);
  const LimitSettings limits;
  EXPECT_EQ(settings->listen.address.host, ListenSettings().address.host);
  EXPECT_EQ(settings->listen.address.port, ListenSettings().address.port);
  EXPECT_EQ(settings->limits.connections, limits.connections);
  EXPECT_EQ(settings->limits.handshakes, limits.handshakes);
  EXPECT_EQ(settings->limits.handshake_timeout, limits.handshake_timeout);
  EXPECT_EQ(settings->limits.header_bytes, limits.header_bytes);
  EXPECT_EQ(settings->limits.header_timeout, limits.header_timeout);
  EXPECT_EQ(settings->limits.body_bytes, limits.body_bytes);
  EXPECT_EQ(settings->limits.body_timeout, limits.body_timeout);
  EXPECT_EQ(settings->limits.idle_timeout, limits.idle_timeout);
  EXPECT_EQ(settings->limits.in_flight, limits.in_flight);
  EXPECT_EQ(settings->limits.request_timeout, limits.request_timeout);
  EXPECT_EQ(settings->cloud.connections, CloudSettings().connections);
  EXPECT_EQ(settings->cloud.per_connection_in_flight, CloudSettings().per_connection_in_flight);
  EXPECT_EQ(settings->cloud.rotate_every, CloudSettings().rotate_every);
  EXPECT_EQ(settings->cloud.hedge, CloudSettings().hedge);
  ASSERT_TRUE(settings->cloud.proxy);
  EXPECT_EQ(settings->cloud.proxy->user, "EXAMPLE\\svc-rms");
  EXPECT_EQ(ProxySettings().authentication, ProxyAuthentication::none);
  EXPECT_EQ(settings->admin.address.port, AdminSettings().address.port);
  EXPECT_EQ(settings->log.level, LogSettings().level);
  EXPECT_EQ(settings->log.format, LogSettings().format);
  EXPECT_EQ(settings->shutdown.announce, ShutdownSettings().announce);
  EXPECT_EQ(settings->shutdown.drain_timeout, ShutdownSettings().drain_timeout);
  ASSERT_TRUE(settings->authentication.kerberos);
  EXPECT_EQ(settings->authentication.kerberos->channel_binding, KerberosSettings().channel_binding);
  EXPECT_EQ(settings->servers.at(1).operations, default_grants(Role::exchange));
}

// Keys stand in the order in which they are asked for, each below (or before) a comment with what would be right.
TEST(ConnectorReference, ShowsEveryKeyWithItsRange) {
  // Long comments go on in the next line.
  const std::string text = std::regex_replace(read("rms-connector.yaml"), std::regex("\n +# "), " # ");
  std::size_t from = 0;
  for (const yaml::KnownKey& key : known_settings()) {
    const bool top = key.path.find('.') == std::string::npos;
    const std::string name = (top ? "\n" : " ") + key.path.substr(key.path.rfind('.') + 1) + ":";
    const auto at = text.find(name, from);
    ASSERT_NE(at, std::string::npos) << key.path;
    const auto explained =
        std::regex_replace(text.substr(from, text.find('\n', at + 1) - from), std::regex(" # "), " ");
    EXPECT_THAT(explained, testing::HasSubstr(key.right)) << key.path;
    from = at;
  }
}

TEST(ConnectorReference, SchemaHasEveryKeyAndNoOther) {
  const auto schema = nlohmann::json::parse(read("rms-connector.schema.json"));
  std::vector<std::string> in_schema, in_loader;
  collect(schema, "", in_schema);
  for (const yaml::KnownKey& key : known_settings()) in_loader.push_back(key.path);
  EXPECT_THAT(in_schema, testing::UnorderedElementsAreArray(in_loader));
}

TEST(ConnectorReference, SchemaHasTheRangesOfTheLoader) {
  const auto schema = nlohmann::json::parse(read("rms-connector.schema.json"));
  for (const yaml::KnownKey& key : known_settings()) {
    const auto entry = schema_of(schema, key.path);
    ASSERT_FALSE(entry.is_null()) << key.path;
    if (entry.contains("minimum")) {
      EXPECT_EQ(key.right,
                std::to_string(entry["minimum"].get<int>()) + " .. " + std::to_string(entry["maximum"].get<int>()))
          << key.path;
    } else if (key.right.find(" .. ") != std::string::npos) {
      EXPECT_THAT(entry.value("description", ""), testing::StartsWith(key.right)) << key.path;
    }
    const auto& choices = entry.contains("items") ? entry["items"] : entry;
    if (!choices.contains("enum")) continue;
    for (const auto& word : choices["enum"])
      EXPECT_THAT(key.right, testing::HasSubstr(word.get<std::string>())) << key.path;
  }
}

}  // namespace
}  // namespace rms::connector
