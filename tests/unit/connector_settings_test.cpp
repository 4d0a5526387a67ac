// SPDX-License-Identifier: Apache-2.0
#include "connector/settings/settings.h"

#include <ostream>

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/test_ca.h"

namespace rms::connector {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

struct FixedClock final : Clock {
  WallTime now = std::chrono::system_clock::now();
  WallTime wall() const override { return now; }
  SteadyTime steady() const override { return {}; }
};

// A good file, section by section: each test breaks one thing.
class ConnectorSettings : public testing::Test {
 protected:
  std::string version = "version: 1";
  std::string listen = "listen: {address: '127.0.0.1:0', certificate: server.pem, key: server.key, client_ca: ca.pem}";
  std::string cloud = "cloud: {endpoint: 'localhost:8443', ca: ca.pem, certificate: client.pem, key: client.key}";
  std::string servers = R"(servers:
  - name: exchange
    role: exchange
    match: {dns: Exchange.contoso.test}
    mail: exchange@contoso.test)";
  std::string more;

  static void SetUpTestSuite() { ca_ = new test::TestCa("Contoso"); }
  static void TearDownTestSuite() { delete ca_; }

  ConnectorSettings() {
    const auto server = ca_->server(), client = ca_->client("connector.contoso.test");
    dir.write("ca.pem", ca_->certificate_pem());
    dir.write("server.pem", server.certificate_pem);
    dir.write("server.key", server.key_pem);
    dir.write("client.pem", client.certificate_pem);
    dir.write("client.key", client.key_pem);
  }

  Result<Settings> load() {
    return load_settings(dir.write("rms.yaml", version + "\n" + listen + "\n" + cloud + "\n" + servers + "\n" + more),
                         clock);
  }

  // The problems without the file's name: "1:10: version: ...". "" if there are none.
  std::string problems() {
    const auto settings = load();
    if (settings) return "";
    EXPECT_EQ(settings.error(), Errc::invalid_setting);
    std::string text = settings.error().context;
    const std::string prefix = (dir.path() / "rms.yaml").string() + ":";
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) text.erase(at, prefix.size());
    return text;
  }

  std::string file(std::string_view name) const { return (dir.path() / name).string(); }

  static inline test::TestCa* ca_ = nullptr;
  test::TempDir dir;
  FixedClock clock;
};

TEST_F(ConnectorSettings, LoadWithDefaults) {
  const auto settings = load();
  ASSERT_TRUE(settings) << settings.error().to_string();
  EXPECT_EQ(settings->file, dir.path() / "rms.yaml");
  EXPECT_EQ(settings->listen.address.host, "127.0.0.1");
  EXPECT_EQ(settings->listen.certificate, dir.path() / "server.pem");
  EXPECT_EQ(settings->limits.connections, 1024u);
  EXPECT_EQ(settings->limits.request_timeout, 20s);
  ASSERT_EQ(settings->cloud.endpoints.size(), 1u);
  EXPECT_EQ(to_string(settings->cloud.endpoints[0].address), "localhost:8443");
  EXPECT_EQ(settings->cloud.rotate_every, 30min);
  EXPECT_FALSE(settings->cloud.hedge);
  EXPECT_EQ(settings->cloud.connections, 4u);
  EXPECT_EQ(settings->admin.address.host, "127.0.0.1");
  EXPECT_EQ(settings->log.level, Level::info);
  EXPECT_EQ(settings->shutdown.drain_timeout, 25s);
  ASSERT_EQ(settings->servers.size(), 1u);
  EXPECT_EQ(settings->servers[0].match.dns, "exchange.contoso.test") << "DNS names are kept in lower case";
  EXPECT_EQ(settings->servers[0].operations, default_grants(Role::exchange));
  EXPECT_THAT(settings->warnings, IsEmpty());
}

TEST_F(ConnectorSettings, LoadEverythingThatCanBeSaid) {
  more = R"(limits: {connections: 10, handshakes: 5, handshake_timeout: 1s, header_bytes: 8KiB, header_timeout: 2s,
  body_bytes: 1MiB, body_timeout: 3s, idle_timeout: 4s, in_flight: 6, request_timeout: 500ms,
  per_server_in_flight: 3, queue: 7, queue_timeout: 5s}
admin: {address: '[::1]:0'}
log: {level: debug, format: json}
shutdown: {announce: 5s, drain_timeout: 0s}
)";
  servers = R"(servers:
  - name: fci
    role: file-classification
    match:
      uri: spiffe://contoso.test/fci
      fingerprint: )" +
            ("AB" +
             []() {
               std::string rest;
               for (int i = 1; i < 32; ++i) rest += ":01";
               return rest;
             }()) +
            R"(
    mail: fci@contoso.test
    sid: S-1-5-21-1-2-3-1105
    grants: {operations: [certify, acquire_license]})";
  const auto settings = load();
  ASSERT_TRUE(settings) << settings.error().to_string();
  EXPECT_EQ(settings->limits.connections, 10u);
  EXPECT_EQ(settings->limits.handshakes, 5u);
  EXPECT_EQ(settings->limits.handshake_timeout, 1s);
  EXPECT_EQ(settings->limits.header_bytes, 8192u);
  EXPECT_EQ(settings->limits.header_timeout, 2s);
  EXPECT_EQ(settings->limits.body_bytes, 1u << 20);
  EXPECT_EQ(settings->limits.body_timeout, 3s);
  EXPECT_EQ(settings->limits.idle_timeout, 4s);
  EXPECT_EQ(settings->limits.in_flight, 6u);
  EXPECT_EQ(settings->limits.per_server_in_flight, 3u);
  EXPECT_EQ(settings->limits.queue, 7u);
  EXPECT_EQ(settings->limits.queue_timeout, 5s);
  EXPECT_EQ(settings->limits.request_timeout, 500ms);
  EXPECT_EQ(settings->admin.address.host, "::1");
  EXPECT_EQ(settings->log.level, Level::debug);
  EXPECT_EQ(settings->log.format, LogFormat::json);
  EXPECT_EQ(settings->shutdown.announce, 5s);
  EXPECT_EQ(settings->shutdown.drain_timeout, 0s);
  const ServerEntry& fci = settings->servers.at(0);
  EXPECT_EQ(fci.role, Role::file_classification);
  EXPECT_EQ(fci.match.dns, std::nullopt);
  EXPECT_EQ(fci.match.uri, "spiffe://contoso.test/fci");
  EXPECT_THAT(*fci.match.fingerprint, AllOf(testing::StartsWith("ab0101"), testing::SizeIs(64)));
  EXPECT_EQ(fci.sid, "S-1-5-21-1-2-3-1105");
  EXPECT_THAT(fci.operations, ElementsAre(soap::Operation::certify, soap::Operation::acquire_license));
}

TEST_F(ConnectorSettings, MayAuthorizeNobody) {
  servers = "servers: []";
  const auto settings = load();
  ASSERT_TRUE(settings) << settings.error().to_string();
  EXPECT_THAT(settings->servers, IsEmpty());
}

TEST_F(ConnectorSettings, ReportEverythingAtOnce) {
  version = "version: 2";
  listen = "listen: {address: nowhere, certificate: none.pem, key: none.key, client_ca: none-ca.pem, port: 1}";
  cloud = "cloud: {endpoint: 'localhost:0', ca: ca.pem, certificate: client.pem, key: server.key}";
  servers = "servers: [{name: a b, role: admin, match: {}, mail: nobody, sid: x, grants: {operations: [everything]}}]";
  more = "limit: {}\nlog: {level: loud}\n";
  EXPECT_EQ(problems(),
            "1:10: version: must be 1 (is 2)\n"
            "2:19: listen.address: must be host:port, as rights.example.com:443, 192.0.2.1:443 or "
            "[2001:db8::1]:443 (is 'nowhere')\n"
            "2:41: listen.certificate: " +
                file("none.pem") +
                ": no such file\n"
                "2:56: listen.key: " +
                file("none.key") +
                ": cannot open: No such file or directory\n"
                "2:77: listen.client_ca: " +
                file("none-ca.pem") +
                ": no such file\n"
                "2:90: listen.port: unknown key; known here: address, certificate, key, client_ca, client_crl or "
                "unsafe_http_address\n"
                "3:19: cloud.endpoint: port must be 1 .. 65535 (is 0)\n"
                "3:76: cloud.key: " +
                file("server.key") + ": is not the key of the first certificate in " + file("client.pem") +
                "\n"
                "4:18: servers[0].name: must be 1 to 64 letters, digits, '.', '-' or '_' (is 'a b')\n"
                "4:29: servers[0].role: must be exchange, sharepoint or file-classification (is 'admin')\n"
                "4:43: servers[0].match: must have at least one of dns, uri, fingerprint, account, sid and group_sid\n"
                "4:53: servers[0].mail: must be a mail address, as exchange@contoso.com (is 'nobody')\n"
                "4:66: servers[0].sid: must be a Windows SID, as S-1-5-21-1004336348-1177238915-682003330-1105 "
                "(is 'x')\n"
                "4:91: servers[0].grants.operations[0]: must be certify, get_client_licensor_cert, acquire_license, "
                "acquire_pre_license, acquire_issuance_license, acquire_template_information, "
                "acquire_templates, get_licensor_certificate, find_service_locations_for_user, get_server_info "
                "or precertify (is 'everything')\n"
                "5:1: limit: unknown key; did you mean limits?\n"
                "6:14: log.level: must be debug, info, warning or error (is 'loud')");
}

TEST_F(ConnectorSettings, ListEndpointsOfTheCloud) {
  const std::string files = ", ca: ca.pem, certificate: client.pem, key: client.key}";
  cloud =
      "cloud: {endpoints: [{address: 'a.test:1'}, {address: '[::1]:2', priority: 2, weight: 5}], hedge: on, "
      "rotate_connections_every: 0s" +
      files;
  const auto settings = load();
  ASSERT_TRUE(settings) << settings.error().to_string();
  EXPECT_THAT(settings->cloud.endpoints,
              ElementsAre(CloudEndpoint{{"a.test", 1}, 1, 1}, CloudEndpoint{{"::1", 2}, 2, 5}));
  EXPECT_EQ(to_string(settings->cloud.endpoints[1].address), "[::1]:2");
  EXPECT_TRUE(settings->cloud.hedge);
  EXPECT_EQ(settings->cloud.rotate_every, 0s);

  cloud = "cloud: {endpoint: 'a.test:1', endpoints: [{address: 'b.test:1'}]" + files;
  EXPECT_EQ(problems(), "3:42: cloud.endpoints: must not stand beside cloud.endpoint: remove one");
  cloud = "cloud: {endpoints: []" + files;
  EXPECT_EQ(problems(), "3:20: cloud.endpoints: must be a list of 1 .. 8 endpoints (has 0)");
  cloud = "cloud: {endpoints: [{address: 'a.test:1', priority: 0}, {weight: 101}, {address: 'a.test:1'}]" + files;
  EXPECT_EQ(problems(),
            "3:53: cloud.endpoints[0].priority: must be 1 .. 100 (is 0)\n"
            "3:57: cloud.endpoints[1].address: missing; must be host:port\n"
            "3:66: cloud.endpoints[1].weight: must be 1 .. 100 (is 101)\n"
            "3:82: cloud.endpoints[2].address: named twice (a.test:1); give the one entry more weight");
  std::string many;
  for (int i = 1; i <= 9; ++i) many += "{address: 'a.test:" + std::to_string(i) + "'}, ";
  cloud = "cloud: {endpoints: [" + many + "]" + files;
  EXPECT_EQ(problems(), "3:20: cloud.endpoints: must be a list of 1 .. 8 endpoints (has 9)");
  cloud = "cloud: {endpoint: 'a.test:1', rotate_connections_every: 59s" + files;
  EXPECT_EQ(problems(), "3:57: cloud.rotate_connections_every: must be 0s, for never, or 1m .. 24h");
}

TEST_F(ConnectorSettings, NameWhatIsMissing) {
  version = listen = cloud = servers = "";
  more = "log: {}";
  EXPECT_EQ(problems(),
            "5:1: version: missing; must be 1\n"
            "5:1: listen: missing; must be a map of settings\n"
            "5:1: cloud: missing; must be a map of settings\n"
            "5:1: servers: missing; must be a list, as [] for none");
  version = "version: 1";
  listen = "listen: {}";
  cloud = "cloud: {}";
  servers = "servers: [{}]";
  EXPECT_EQ(problems(),
            "2:9: listen.certificate: missing; must be the path of a file\n"
            "2:9: listen.key: missing; must be the path of a file\n"
            "2:9: listen.client_ca: missing; must be the path of a file\n"
            "3:8: cloud.endpoint: missing; must be host:port\n"
            "3:8: cloud.ca: missing; must be the path of a file\n"
            "3:8: cloud.certificate: missing; must be the path of a file\n"
            "3:8: cloud.key: missing; must be the path of a file\n"
            "4:11: servers[0].name: missing; must be a text\n"
            "4:11: servers[0].role: missing; must be exchange, sharepoint or file-classification\n"
            "4:11: servers[0].match: missing; must be a map of settings, as {dns: exchange.contoso.com}\n"
            "4:11: servers[0].mail: missing; must be a text");
}

TEST_F(ConnectorSettings, RefuseKeysGivenTwice) {
  more = "admin: {}\nadmin: {}";
  EXPECT_EQ(problems(), "10:1: admin: given twice; the first is in line 9: remove one");
}

TEST_F(ConnectorSettings, AreNotReadFromWhatIsNoYaml) {
  more = "limits: [";
  EXPECT_EQ(load().error(), Errc::malformed);
  EXPECT_EQ(load_settings(dir.path() / "none.yaml").error(), Errc::not_found);
  EXPECT_EQ(load_settings(dir.path()).error(), Errc::io_error);
  more = std::string(yaml::kMaxFileBytes, '#');
  EXPECT_EQ(load().error(), Errc::too_large);
}

struct OutOfRange {
  const char* key;
  const char* value;
  const char* problem;
};
// GoogleTest names the case by this; by default by its bytes, addresses among them.
void PrintTo(const OutOfRange& value, std::ostream* out) {
  *out << value.key << "=" << value.value;
}

class ConnectorSettingsRange : public ConnectorSettings, public testing::WithParamInterface<OutOfRange> {};

TEST_P(ConnectorSettingsRange, IsKept) {
  const std::string key = GetParam().key;
  const std::size_t dot = key.find('.');
  const std::string line = key.substr(0, dot) + ": {" + key.substr(dot + 1) + ": " + GetParam().value + "}";
  if (key.starts_with("cloud."))
    cloud.insert(cloud.size() - 1, ", " + key.substr(dot + 1) + ": " + GetParam().value);
  else
    more = line;
  EXPECT_THAT(problems(), EndsWith(": " + key + ": " + GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    Keys, ConnectorSettingsRange,
    testing::Values(OutOfRange{"limits.connections", "0", "must be 1 .. 65536 (is 0)"},
                    OutOfRange{"limits.connections", "65537", "must be 1 .. 65536 (is 65537)"},
                    OutOfRange{"limits.handshakes", "1025", "must be 1 .. 1024 (is 1025)"},
                    OutOfRange{"limits.handshake_timeout", "99ms", "must be 100ms .. 5m (is 99ms)"},
                    OutOfRange{"limits.handshake_timeout", "10",
                               "must be a whole number with its unit, as 500ms, 5s, 15m, 1h (is '10')"},
                    OutOfRange{"limits.header_bytes", "4095B", "must be 4KiB .. 1MiB (is 4095B)"},
                    OutOfRange{"limits.header_bytes", "64KB",
                               "must be a whole number with its unit, as 512B, 64KiB, 16MiB, 1GiB (is '64KB')"},
                    OutOfRange{"limits.header_timeout", "6m", "must be 100ms .. 5m (is 6m)"},
                    OutOfRange{"limits.body_bytes", "17MiB", "must be 64KiB .. 16MiB (is 17MiB)"},
                    OutOfRange{"limits.body_timeout", "31m", "must be 100ms .. 30m (is 31m)"},
                    OutOfRange{"limits.idle_timeout", "999ms", "must be 1s .. 1h (is 999ms)"},
                    OutOfRange{"limits.in_flight", "0", "must be 1 .. 65536 (is 0)"},
                    OutOfRange{"limits.per_server_in_flight", "0", "must be 1 .. 65536 (is 0)"},
                    OutOfRange{"limits.queue", "65537", "must be 1 .. 65536 (is 65537)"},
                    OutOfRange{"limits.queue_timeout", "61s", "must be 100ms .. 1m (is 61s)"},
                    OutOfRange{"limits.request_timeout", "301s", "must be 100ms .. 5m (is 301s)"},
                    OutOfRange{"cloud.connections", "65", "must be 1 .. 64 (is 65)"},
                    OutOfRange{"cloud.per_connection_in_flight", "1001", "must be 1 .. 1000 (is 1001)"},
                    OutOfRange{"log.format", "xml", "must be auto, text or json (is 'xml')"},
                    OutOfRange{"audit.rotate_bytes", "63KiB", "must be 64KiB .. 1GiB (is 63KiB)"},
                    OutOfRange{"audit.rotate_bytes", "1025MiB", "must be 64KiB .. 1GiB (is 1025MiB)"},
                    OutOfRange{"audit.rotate_age", "59s", "must be 1m .. 8760h (is 59s)"},
                    OutOfRange{"audit.send_heads_every", "0s", "must be 1s .. 1h (is 0s)"},
                    OutOfRange{"audit.send_heads_every", "999ms", "must be 1s .. 1h (is 999ms)"},
                    OutOfRange{"audit.send_heads_every", "3601s", "must be 1s .. 1h (is 3601s)"},
                    OutOfRange{"audit.keep", "100001", "must be 0 .. 100000 (is 100001)"},
                    OutOfRange{"shutdown.announce", "61s", "must be 0s .. 1m (is 61s)"},
                    OutOfRange{"shutdown.drain_timeout", "11m", "must be 0s .. 10m (is 11m)"}));

TEST_F(ConnectorSettings, KeepHandshakesWithinConnections) {
  more = "limits: {connections: 10, handshakes: 11}";
  EXPECT_EQ(problems(), "9:39: limits.handshakes: must not be more than limits.connections (is 11, more than 10)");
}

TEST_F(ConnectorSettings, ListenOnAnAddressOfThisMachine) {
  listen.replace(listen.find("127.0.0.1:0"), 11, "localhost:0");
  EXPECT_EQ(problems(), "2:19: listen.address: must be an IP address of this machine, as 0.0.0.0:443 or [::]:443");
}

TEST_F(ConnectorSettings, KeepTheAdminEndpointOnLoopback) {
  for (const std::string address : {"0.0.0.0", "192.0.2.1", "[::]", "localhost", "[2001:db8::1]"}) {
    more = "admin: {address: '" + address + ":9464'}";
    EXPECT_THAT(problems(), HasSubstr("9:18: admin.address: must be a loopback address")) << address;
  }
  for (const std::string address : {"127.0.0.1", "127.8.9.1", "[::1]"}) {
    more = "admin: {address: '" + address + ":9464'}";
    EXPECT_EQ(problems(), "") << address;
  }
}

TEST_F(ConnectorSettings, KeepTheTwoListenersApart) {
  listen.replace(listen.find("127.0.0.1:0"), 11, "0.0.0.0:9464");
  EXPECT_THAT(problems(), HasSubstr("admin.address: must not have the port of listen.address"));
  more = "admin: {address: '127.0.0.1:9465'}";
  EXPECT_EQ(problems(), "");
}

// --- servers

constexpr const char* kSecond = R"(
  - name: second
    role: sharepoint
    match: {dns: second.contoso.test}
    mail: second@contoso.test)";

// ---- the door without TLS

class UnsafeHttp : public ConnectorSettings {
 protected:
  UnsafeHttp() { tickets(); }
  void listen_on(const std::string& address) {
    listen.insert(listen.rfind('}'), ", unsafe_http_address: '" + address + "'");
  }
  void tickets(const std::string& binding = "when_sent") {
    more = "authentication: {kerberos: {keytab: server.key, trusted_domains: [S-1-5-21-1-2-3], channel_binding: " +
           binding + "}}\n";
  }
};

TEST_F(UnsafeHttp, IsOffUnlessTold) {
  const auto settings = load();
  ASSERT_TRUE(settings) << settings.error().to_string();
  EXPECT_FALSE(settings->listen.unsafe_http_address);
  EXPECT_THAT(settings->warnings, IsEmpty());
}

TEST_F(UnsafeHttp, IsAWarning) {
  listen_on("127.0.0.1:8080");
  const auto settings = load();
  ASSERT_TRUE(settings) << settings.error().to_string();
  ASSERT_TRUE(settings->listen.unsafe_http_address);
  EXPECT_EQ(settings->listen.unsafe_http_address->host, "127.0.0.1");
  EXPECT_EQ(settings->listen.unsafe_http_address->port, 8080);
  EXPECT_THAT(settings->warnings, ElementsAre(HasSubstr("listen.unsafe_http_address: plain HTTP is on")));
}

TEST_F(UnsafeHttp, NeedsTickets) {
  listen_on("127.0.0.1:8080");
  more.clear();
  EXPECT_THAT(problems(), AllOf(testing::MatchesRegex("2:[0-9]+: listen.unsafe_http_address: .*"),
                                HasSubstr("needs authentication.kerberos")));
}

TEST_F(UnsafeHttp, HasNothingToBindATicketTo) {
  listen_on("127.0.0.1:8080");
  tickets("required");
  EXPECT_THAT(problems(), HasSubstr("authentication.kerberos.channel_binding: must be when_sent"));
}

TEST_F(UnsafeHttp, NeedsAnAddressOfItsOwn) {
  listen_on("localhost:8080");
  EXPECT_THAT(problems(), HasSubstr("listen.unsafe_http_address: must be an IP address"));
  for (const std::string address : {"127.0.0.1:9464", "0.0.0.0:9464", "[::]:9464"}) {
    listen = "listen: {address: '127.0.0.1:0', certificate: server.pem, key: server.key, client_ca: ca.pem}";
    listen_on(address);
    EXPECT_THAT(problems(), HasSubstr("listen.unsafe_http_address: must not have the port of admin.address"));
  }
  for (const std::string address : {"127.0.0.1:8443", "0.0.0.0:8443"}) {
    listen = "listen: {address: '127.0.0.1:8443', certificate: server.pem, key: server.key, client_ca: ca.pem}";
    listen_on(address);
    EXPECT_THAT(problems(), HasSubstr("listen.unsafe_http_address: must not have the port of listen.address"));
  }
  listen = "listen: {address: '127.0.0.1:0', certificate: server.pem, key: server.key, client_ca: ca.pem}";
  listen_on("127.0.0.1:0");
  EXPECT_EQ(problems(), "") << "each takes a free one";
}

// ---- certificates that are withdrawn

class ClientCrl : public ConnectorSettings {
 protected:
  void lists(const std::string& pem) {
    dir.write("clients.crl", pem);
    listen = "listen: {address: '127.0.0.1:0', certificate: server.pem, key: server.key, client_ca: ca.pem, " +
             std::string("client_crl: clients.crl}");
  }
};

TEST_F(ClientCrl, IsNotAskedForUnlessTold) {
  EXPECT_TRUE(load()->listen.client_crl.empty());
  lists(ca_->crl());
  const auto settings = load();
  ASSERT_TRUE(settings) << settings.error().to_string();
  EXPECT_EQ(settings->listen.client_crl, dir.path() / "clients.crl");
  EXPECT_THAT(settings->warnings, IsEmpty());
}

TEST_F(ClientCrl, IsAnErrorInItsPlaceIfItIsNone) {
  lists("");
  EXPECT_EQ(problems(), "2:107: listen.client_crl: " + file("clients.crl") + ": holds no PEM CRL");
  lists("-----BEGIN X509 CRL-----\n####\n-----END X509 CRL-----\n");
  EXPECT_THAT(problems(), HasSubstr("listen.client_crl: " + file("clients.crl") + ": a CRL in it cannot be read"));
  lists(ca_->crl({.others = 50'001}));
  EXPECT_THAT(problems(), HasSubstr("50001 revoked certificates, more than the 50000 that it may have"));
  std::filesystem::remove(dir.path() / "clients.crl");
  EXPECT_THAT(problems(), HasSubstr("listen.client_crl: " + file("clients.crl") + ": no such file"));
}

TEST_F(ClientCrl, IsAWarningIfItIsOutOfDateOrSoonWillBe) {
  lists(ca_->crl({.next_update = 25h}));
  EXPECT_THAT(load()->warnings, IsEmpty());
  lists(ca_->crl({.next_update = 23h}));
  EXPECT_THAT(load()->warnings, ElementsAre(HasSubstr("the CRL of CN=Contoso is out of date on ")));
  lists(ca_->crl({.next_update = -60s}));
  EXPECT_THAT(load()->warnings, ElementsAre(AllOf(HasSubstr("listen.client_crl: "), HasSubstr("is out of date since "),
                                                  HasSubstr("certificates of this CA are refused"))));
}

TEST_F(ClientCrl, IsAWarningIfACaHasNone) {
  test::TestCa other("Other");
  lists(other.crl());
  EXPECT_THAT(load()->warnings,
              Contains(HasSubstr("has no CRL of CN=Contoso, a CA of listen.client_ca: all certificates "
                                 "of this CA are refused")));
}

TEST_F(ConnectorSettings, GiveEachServerItsOwnName) {
  servers += std::string(kSecond).replace(std::string(kSecond).find("second"), 6, "EXCHANGE");
  EXPECT_EQ(problems(), "9:11: servers[1].name: is the name of another server; each must have its own (is 'EXCHANGE')");
}

TEST_F(ConnectorSettings, RefuseTwoServersWithTheSameMatch) {
  const std::string second = kSecond;
  servers += second.substr(0, second.find("{dns")) + "{dns: EXCHANGE.contoso.test}\n    mail: second@contoso.test";
  EXPECT_EQ(problems(), "11:12: servers[1].match: is that of server 'exchange' too; nobody could tell the two apart");
}

TEST_F(ConnectorSettings, TakeTwoServersThatDifferInPartOfTheirMatch) {
  const std::string second = kSecond;
  servers += second.substr(0, second.find("{dns")) +
             "{dns: exchange.contoso.test, uri: 'spiffe://contoso.test/2'}\n    mail: second@contoso.test";
  EXPECT_EQ(problems(), "");
}

TEST_F(ConnectorSettings, RefuseNamesThatNoCertificateHas) {
  const auto with_match = [&](const std::string& match) {
    servers = "servers: [{name: a, role: exchange, mail: a@b.test, match: {" + match + "}}]";
    return problems();
  };
  for (const auto* name : {"'*.contoso.test'", "a..b", "-a.test", "a.test.", "a_b.test", "'a b'"})
    EXPECT_THAT(with_match(std::string("dns: ") + name),
                HasSubstr("match.dns: must be one DNS name, as exchange.contoso.com; without wildcards"))
        << name;
  EXPECT_THAT(with_match("dns: " + std::string(254, 'a')), HasSubstr("match.dns: must be one DNS name"));
  for (const auto* uri : {"contoso.test", "':x'", "'1a:x'", "'a:'", "'a:b c'"})
    EXPECT_THAT(with_match(std::string("uri: ") + uri), HasSubstr("match.uri: must be a URI")) << uri;
  for (const std::string& fingerprint : {std::string(63, 'a'), std::string(65, 'a'), std::string(64, 'g'),
                                         std::string(32, 'a') + ":" + std::string(32, 'a')})
    EXPECT_THAT(with_match("fingerprint: '" + fingerprint + "'"),
                HasSubstr("match.fingerprint: must be the SHA-256 of the certificate, 64 hex digits"))
        << fingerprint;
  EXPECT_THAT(
      with_match("cn: exchange"),
      AllOf(HasSubstr("match.cn: unknown key; known here: dns, uri, issuer, fingerprint, account, sid or group_sid"),
            HasSubstr("match: must have at least one of")));
}

TEST_F(ConnectorSettings, RefuseAccountsThatCannotBe) {
  const auto with = [&](const std::string& keys) {
    servers = "servers: [{name: a, role: exchange, match: {dns: a.test}, " + keys + "}]";
    return problems();
  };
  for (const auto* mail : {"a", "'@b.test'", "a@", "a@b@c", "'a b@c.test'", "'a@*.test'"})
    EXPECT_THAT(with(std::string("mail: ") + mail), HasSubstr("mail: must be a mail address")) << mail;
  for (const auto* sid : {"S-1-", "S-1-5-", "S-2-5-21", "S-1-x", "'S-1-5 '"})
    EXPECT_THAT(with(std::string("mail: a@b.test, sid: ") + sid), HasSubstr("sid: must be a Windows SID")) << sid;
  EXPECT_THAT(with("mail: a@b.test, grants: {operations: [certify, certify]}"),
              HasSubstr("grants.operations[1]: given twice: remove one"));
  EXPECT_EQ(with("mail: a@b.test, grants: {operations: []}"), "");
}

TEST_F(ConnectorSettings, KerberosIsOffUnlessTold) {
  EXPECT_FALSE(load()->authentication.kerberos);
  dir.write("service.keytab", "what it holds is not looked at here");
  more = R"(authentication:
  kerberos:
    keytab: service.keytab
    service: HTTP/connector.contoso.test@CONTOSO.TEST
    channel_binding: required
    trusted_domains: [S-1-5-21-1-2-3, S-1-5-21-4-5-6])";
  servers = R"(servers:
  - {name: a, role: exchange, mail: a@b.test, match: {account: 'EXCH01$@CONTOSO.TEST'}}
  - {name: b, role: exchange, mail: b@b.test, match: {account: 'CONTOSO\EXCH02$', sid: S-1-5-21-1-2-3-1105}}
  - {name: c, role: exchange, mail: c@b.test, match: {group_sid: S-1-5-21-1-2-3-1119}})";
  const auto settings = load();
  ASSERT_TRUE(settings) << settings.error().to_string();
  const auto& kerberos = settings->authentication.kerberos;
  ASSERT_TRUE(kerberos);
  EXPECT_EQ(kerberos->keytab, dir.path() / "service.keytab");
  EXPECT_EQ(kerberos->service, "HTTP/connector.contoso.test@CONTOSO.TEST");
  EXPECT_EQ(kerberos->channel_binding, ChannelBinding::required);
  EXPECT_THAT(kerberos->trusted_domains, ElementsAre("S-1-5-21-1-2-3", "S-1-5-21-4-5-6"));
  EXPECT_EQ(settings->servers[0].match.account, "exch01$@contoso.test");
  EXPECT_EQ(settings->servers[1].match.account, "contoso\\exch02$");
  EXPECT_EQ(settings->servers[1].match.sid, "S-1-5-21-1-2-3-1105");
  EXPECT_EQ(settings->servers[2].match.group_sid, "S-1-5-21-1-2-3-1119");
}

TEST_F(ConnectorSettings, RefuseWhatCannotBeSaidOfKerberos) {
  const auto with = [&](const std::string& keys) {
    more = "authentication: {kerberos: {" + keys + "}}";
    return problems();
  };
  EXPECT_THAT(with("trusted_domains: [S-1-5-21-1-2-3]"), HasSubstr("kerberos.keytab: missing"));
  EXPECT_THAT(with("keytab: none"), AllOf(HasSubstr("none: cannot open"), HasSubstr("trusted_domains: missing")));
  EXPECT_THAT(with("keytab: server.key, trusted_domains: []"), HasSubstr("must list at least one domain"));
  for (const auto* sid : {"S-1-5-21-1-2", "S-1-5-21-1-2-3-4", "S-1-5-32-1-2-3", "contoso.test"})
    EXPECT_THAT(with(std::string("keytab: server.key, trusted_domains: [") + sid + "]"),
                HasSubstr("trusted_domains[0]: must be the SID of a domain"))
        << sid;
  for (const auto* service : {"HTTP", "HTTP/a", "HTTP@B.TEST", "/a@B.TEST", "'HTTP/a b@B.TEST'"})
    EXPECT_THAT(with(std::string("keytab: server.key, trusted_domains: [S-1-5-21-1-2-3], service: ") + service),
                HasSubstr("service: must be a principal"))
        << service;
  EXPECT_EQ(with("keytab: server.key, trusted_domains: [S-1-5-21-1-2-3]"), "");
}

TEST_F(ConnectorSettings, RefuseMatchesThatNoTicketHas) {
  more = "authentication: {kerberos: {keytab: server.key, trusted_domains: [S-1-5-21-1-2-3]}}";
  const auto with_match = [&](const std::string& match) {
    servers = "servers: [{name: a, role: exchange, mail: a@b.test, match: {" + match + "}}]";
    return problems();
  };
  for (const auto* account : {"EXCH01$", "'@B.TEST'", "a@", "a@b@c", "'A\\B\\C'", "'a*@B.TEST'", "'A B\\c'"})
    EXPECT_THAT(with_match(std::string("account: ") + account), HasSubstr("match.account: must be an account"))
        << account;
  EXPECT_THAT(with_match("sid: x"), HasSubstr("match.sid: must be a Windows SID"));
  EXPECT_THAT(with_match("group_sid: x"), HasSubstr("match.group_sid: must be a Windows SID"));
  EXPECT_THAT(with_match("dns: a.test, sid: S-1-5-21-1-2-3-4"), HasSubstr("never by both"));
  more = "";
  EXPECT_THAT(with_match("sid: S-1-5-21-1-2-3-4"), HasSubstr("unless authentication.kerberos is set"));
}

TEST_F(ConnectorSettings, LocationsPointToTheTenantUnlessTold) {
  EXPECT_EQ(load()->locations.point_to, PointTo::tenant);
  EXPECT_EQ(published_base(load()->locations), "");
  more = "published_locations: {point_to: connector, connector_url: 'https://rms.contoso.test:8443'}";
  const auto settings = load();
  ASSERT_TRUE(settings) << settings.error().to_string();
  EXPECT_EQ(settings->locations.point_to, PointTo::connector);
  EXPECT_EQ(published_base(settings->locations), "https://rms.contoso.test:8443/_wmcs");
  // An address that is kept for another day publishes nothing.
  more = "published_locations: {connector_url: 'https://rms.contoso.test:8443'}";
  EXPECT_EQ(published_base(load()->locations), "");
}

TEST_F(ConnectorSettings, LocationsThatPointToUsNeedOurUrl) {
  more = "published_locations: {point_to: connector}";
  EXPECT_THAT(problems(), HasSubstr("required with point_to: connector"));
  for (const char* wrong :
       {"http://rms.contoso.test", "https://", "https://rms.contoso.test/", "https://rms.contoso.test/_wmcs",
        "https://user@rms.contoso.test", "https://rms.contoso.test:0", "https://rms.contoso.test:65536",
        "https://rms.contoso.test?x", "https://a b", "https://a_b", "https://[fe80::1%eth0]", "rms.contoso.test"}) {
    more = "published_locations: {connector_url: '" + std::string(wrong) + "'}";
    EXPECT_THAT(problems(), HasSubstr("connector_url: must be https://host or https://host:port")) << wrong;
  }
  for (const char* right :
       {"https://[2001:db8::1]", "https://[2001:db8::1]:8443", "https://192.0.2.1", "https://rms"}) {
    more = "published_locations: {connector_url: '" + std::string(right) + "'}";
    EXPECT_EQ(problems(), "") << right;
  }
}

// --- patterns

TEST_F(ConnectorSettings, TakePatternsOnlyTogetherWithTheirCa) {
  const auto with = [&](const std::string& match) {
    servers = "servers: [{name: a, role: exchange, match: {" + match + "}, mail: a@contoso.test}]";
    return problems();
  };
  const std::string issuer = "issuer: " + std::string(64, 'c');
  EXPECT_EQ(with("dns: 'exch*.contoso.test', " + issuer), "");
  EXPECT_THAT(with("dns: 'exch*.contoso.test', issuer: zzzz"), HasSubstr("issuer: must be the SHA-256"));
  EXPECT_EQ(with("uri: 'spiffe://contoso.test/exchange/*', " + issuer), "");
  EXPECT_EQ(with("dns: exch.contoso.test, " + issuer), "");
  EXPECT_THAT(with("dns: 'exch*.contoso.test'"), HasSubstr("without wildcards unless issuer is given"));
  EXPECT_THAT(with("uri: 'spiffe://contoso.test/*'"), HasSubstr("without wildcards unless issuer is given"));
  EXPECT_THAT(with(issuer), HasSubstr("must have dns or uri beside issuer"));
  for (const char* wrong : {"'*'", "'exch*'", "exch.*.test", "'*.*.test'", "'exch**.contoso.test'", "'.contoso.test'"})
    EXPECT_THAT(with(std::string("dns: ") + wrong + ", " + issuer), HasSubstr("one * in its first label")) << wrong;
  for (const char* wrong : {"'spiffe://*/x'", "'spiffe://contoso.test/*/x'", "'spiffe://contoso.test/a*b*'", "'urn:*'"})
    EXPECT_THAT(with(std::string("uri: ") + wrong + ", " + issuer), HasSubstr("one * in its last segment")) << wrong;
}

TEST_F(ConnectorSettings, RefusePatternsOfWhichOneServerMayFitTwo) {
  const std::string issuer = ", issuer: " + std::string(64, 'c');
  const auto two = [&](const std::string& a, const std::string& b) {
    servers = "servers:\n  - {name: a, role: exchange, match: {dns: '" + a + "'" + issuer +
              "}, mail: a@contoso.test}\n  - {name: b, role: exchange, match: {dns: '" + b + "'" + issuer +
              "}, mail: b@contoso.test}";
    return problems();
  };
  EXPECT_THAT(two("exch*.contoso.test", "*01.contoso.test"),
              HasSubstr("servers[1].match: overlaps that of server 'a'"));
  EXPECT_THAT(two("exch*.contoso.test", "exch-b*.contoso.test"), HasSubstr("overlaps"));
  EXPECT_EQ(two("exch*.contoso.test", "sp*.contoso.test"), "");
  EXPECT_EQ(two("*-a.contoso.test", "*-b.contoso.test"), "");
  EXPECT_EQ(two("exch*.contoso.test", "exch*.fabrikam.test"), "");
  EXPECT_EQ(two("exch*.contoso.test", "exch01.contoso.test"), "") << "the name is the more specific";
}

// --- identity

TEST_F(ConnectorSettings, GiveServersAnIdentityEachWhereTheySaySo) {
  more = "authentication: {kerberos: {keytab: client.key, trusted_domains: [S-1-5-21-1-2-3]}}";
  const auto with = [&](const std::string& match, const std::string& rest) {
    servers = "servers: [{name: a, role: exchange, match: {" + match + "}, " + rest + "}]";
    return problems();
  };
  const std::string group = "group_sid: S-1-5-21-1-2-3-4", dns = "dns: a.contoso.test";
  EXPECT_EQ(with(group, "identity: own, mail: '{account}@contoso.test'"), "");
  EXPECT_EQ(with(group, "identity: own, mail: a@contoso.test"), "") << "each has its SID";
  EXPECT_EQ(with(dns, "identity: own, mail: '{account}@contoso.test'"), "");
  EXPECT_EQ(with(dns, "identity: shared, mail: a@contoso.test"), "");
  EXPECT_THAT(with(dns, "identity: own, mail: a@contoso.test"), HasSubstr("mail: must have {account}"));
  EXPECT_THAT(with("uri: 'spiffe://a'", "identity: own, mail: '{account}@contoso.test'"),
              HasSubstr("identity: own needs match.dns"));
  EXPECT_THAT(with(dns, "mail: '{account}@contoso.test'"), HasSubstr("must not have {account} unless identity is own"));
  EXPECT_THAT(with(group, "identity: own, mail: a@contoso.test, sid: S-1-5-21-1-2-3-5"),
              HasSubstr("sid: must not be given with identity: own"));
}

TEST_F(ConnectorSettings, MakeAddressesOnlyWhereNobodyElseHasOne) {
  const auto two = [&](const std::string& domain) {
    servers = "servers:\n  - {name: a, role: exchange, match: {dns: a.test}, identity: own, mail: '{account}@" +
              domain + "'}\n  - {name: b, role: exchange, match: {dns: b.test}, mail: b@contoso.test}";
    return problems();
  };
  EXPECT_EQ(two("servers.contoso.test"), "");
  EXPECT_THAT(two("Contoso.test"), HasSubstr("servers[0].mail: must be in a domain in which no other address is"));
}

// --- grants

TEST_F(ConnectorSettings, ReadHowFarGrantsReach) {
  servers = R"(servers:
  - name: exchange
    role: exchange
    match: {dns: exchange.contoso.test}
    mail: exchange@contoso.test
    grants:
      templates: ['{11111111-2222-4333-8444-55555555555A}', custom]
      recipients: [Contoso.test, alice@fabrikam.test]
      owners: []
      until: 2030-12-31
      open_any: {reason: journal decryption, until: '2026-12-31T12:00:00Z'})";
  clock.now = std::chrono::sys_days(std::chrono::year(2026) / 6 / 1);
  const auto settings = load();
  ASSERT_TRUE(settings) << settings.error().to_string();
  const ServerEntry& entry = settings->servers.at(0);
  EXPECT_EQ(entry.operations, default_grants(Role::exchange)) << "what is not said stays as the role has it";
  EXPECT_THAT(*entry.scope.templates, ElementsAre("11111111-2222-4333-8444-55555555555a", "custom"));
  EXPECT_THAT(*entry.scope.recipients, ElementsAre("contoso.test", "alice@fabrikam.test"));
  EXPECT_THAT(*entry.scope.owners, IsEmpty());
  EXPECT_EQ(*entry.scope.until, WallTime(std::chrono::sys_days(std::chrono::year(2031) / 1 / 1))) << "to its end";
  ASSERT_TRUE(entry.scope.open_any);
  EXPECT_EQ(entry.scope.open_any->reason, "journal decryption");
  EXPECT_EQ(entry.scope.open_any->until,
            WallTime(std::chrono::sys_days(std::chrono::year(2026) / 12 / 31) + std::chrono::hours(12)));
  EXPECT_THAT(
      settings->warnings,
      Contains(AllOf(HasSubstr("may open everything of the tenant until 2026-12-31 12:00 UTC (open_any): journal "
                               "decryption; owners: and templates: of its grants limit it"),
                     HasSubstr("the service must consent, too"))));
}

TEST_F(ConnectorSettings, GrantOpenAnyOnlyWithAReasonAndAnEndThatIsNear) {
  clock.now = std::chrono::sys_days(std::chrono::year(2026) / 6 / 1);
  const auto with = [&](const std::string& open_any) {
    servers = "servers: [{name: a, role: exchange, match: {dns: a.test}, mail: a@contoso.test, grants: {open_any: {" +
              open_any + "}}}]";
    return problems();
  };
  EXPECT_EQ(with("reason: journal decryption, until: 2027-06-01"), "") << "366 days";
  EXPECT_THAT(with("reason: journal decryption, until: 2027-06-02"), HasSubstr("until: must be within 366 days"));
  EXPECT_THAT(with("until: 2027-06-01"), HasSubstr("open_any.reason: missing"));
  EXPECT_THAT(with("reason: journal decryption"), HasSubstr("open_any.until: missing"));
  EXPECT_THAT(with("reason: short, until: 2027-06-01"), HasSubstr("reason: must be a reason of 10 to 256 bytes"));
  EXPECT_THAT(with("reason: " + std::string(257, 'x') + ", until: 2027-06-01"), HasSubstr("10 to 256 bytes"));
  EXPECT_THAT(with(""), HasSubstr("missing"));
}

TEST_F(ConnectorSettings, ShowWhatWouldBeRightInThePlaceOfAnotherType) {
  const auto with = [&](const std::string& wrong) {
    servers = "servers: [{name: a, role: exchange, mail: a@contoso.test, " + wrong + "}]";
    return problems();
  };
  EXPECT_THAT(with("match: a.test"), HasSubstr("is a text; must be a map of settings, as {dns: exchange.contoso.com}"));
  EXPECT_THAT(with("match: {dns: a.test}, grants: [certify]"),
              HasSubstr("is a list; must be a map of settings, as {operations: [certify, acquire_license]}"));
  const auto grants = [&](const std::string& what) { return with("match: {dns: a.test}, grants: {" + what + "}"); };
  EXPECT_THAT(grants("open_any: true"), HasSubstr("a map of settings, as {reason: legal hold of 2026, until: "));
  EXPECT_THAT(grants("operations: certify"), HasSubstr("a list, as [certify, acquire_license], or [] for none"));
  EXPECT_THAT(grants("owners: contoso.test"), HasSubstr("a list, as [contoso.com], or [] for none"));
}

TEST_F(ConnectorSettings, WarnOfGrantsThatAreOver) {
  clock.now = std::chrono::sys_days(std::chrono::year(2026) / 6 / 1);
  servers =
      "servers: [{name: a, role: exchange, match: {dns: a.test}, mail: a@contoso.test, grants: {until: 2026-05-31, "
      "open_any: {reason: journal decryption, until: 2026-05-30}}}]";
  const auto settings = load();
  ASSERT_TRUE(settings) << settings.error().to_string();
  EXPECT_THAT(settings->warnings, Contains(HasSubstr("its grants are over; every request of it is refused")));
  EXPECT_THAT(settings->warnings, Contains(HasSubstr("its open_any is over")));
}

TEST_F(ConnectorSettings, RefuseGrantsThatSayNothing) {
  const auto with = [&](const std::string& grants) {
    servers =
        "servers: [{name: a, role: exchange, match: {dns: a.test}, mail: a@contoso.test, grants: {" + grants + "}}]";
    return problems();
  };
  EXPECT_THAT(with("templates: ['{{11111111-2222-4333-8444-555555555555}}']"), HasSubstr("must be the GUID"));
  EXPECT_THAT(with("templates: [everything]"), HasSubstr("templates[0]: must be the GUID of a template, or custom"));
  EXPECT_THAT(with("owners: ['@contoso.test']"), HasSubstr("owners[0]: must be an address"));
  EXPECT_THAT(with("recipients: [a@b.test, A@B.test]"), HasSubstr("recipients[1]: given twice"));
  for (const char* wrong : {"tomorrow", "2026-02-30", "2026-13-01", "2201-01-01", "2026-01-01T24:00:00Z",
                            "2026-01-01T00:00:00", "2026-1-1", "26-01-01", "2026-01-01 00:00:00"})
    EXPECT_THAT(with("until: '" + std::string(wrong) + "'"), HasSubstr("until: must be a day, as 2027-01-31")) << wrong;
  std::string most = "owners: [";
  for (std::size_t i = 0; i < kMaxScopeNames; ++i) most += "a" + std::to_string(i) + "@b.test, ";
  EXPECT_EQ(with(most + "]"), "");
  EXPECT_THAT(with(most + "more@b.test]"), HasSubstr("is one more than the 1000 that a list may have"));
}

TEST_F(ConnectorSettings, TakeTenThousandServers) {
  servers = "servers:\n";
  for (std::size_t i = 0; i < yaml::kMaxListItems; ++i) {
    const std::string name = "server-" + std::to_string(i);
    servers += "  - name: " + name + "\n    role: exchange\n    match: {dns: " + name +
               ".contoso.test}\n    mail: exchange@contoso.test\n    grants: {owners: [contoso.test]}\n";
  }
  const auto settings = load();
  ASSERT_TRUE(settings) << settings.error().to_string();
  EXPECT_EQ(settings->servers.size(), 10'000u);
}

TEST_F(ConnectorSettings, GrantOnlyExchangeToFetchLicencesBeforehand) {
  using enum soap::Operation;
  for (const Role role : {Role::exchange, Role::sharepoint, Role::file_classification}) {
    EXPECT_TRUE(default_grants(role).contains(certify));
    EXPECT_TRUE(default_grants(role).contains(get_client_licensor_cert));
    EXPECT_TRUE(default_grants(role).contains(acquire_license));
    EXPECT_TRUE(default_grants(role).contains(acquire_issuance_license));
    EXPECT_TRUE(default_grants(role).contains(acquire_templates));
    EXPECT_TRUE(default_grants(role).contains(get_server_info));
    EXPECT_FALSE(default_grants(role).contains(precertify));
    EXPECT_EQ(default_grants(role).contains(acquire_pre_license), role == Role::exchange);
  }
}

// --- files

TEST_F(ConnectorSettings, RefuseAKeyThatOthersMayRead) {
  std::filesystem::permissions(file("server.key"), std::filesystem::perms(0644));
  EXPECT_EQ(problems(), "2:64: listen.key: " + file("server.key") + ": may be used by others; run: chmod 0600 " +
                            file("server.key"));
}

TEST_F(ConnectorSettings, RefuseAKeyOfAnotherCertificate) {
  dir.write("server.key", ca_->server().key_pem);
  EXPECT_EQ(problems(), "2:64: listen.key: " + file("server.key") + ": is not the key of the first certificate in " +
                            file("server.pem"));
}

TEST_F(ConnectorSettings, RefuseFilesThatHoldSomethingElse) {
  dir.write("server.pem", "no certificate");
  EXPECT_THAT(problems(), HasSubstr("2:47: listen.certificate: " + file("server.pem") + ": holds no PEM certificate"));
  dir.write("server.pem", ca_->server().certificate_pem);
  dir.write("server.key", "no key");
  EXPECT_THAT(problems(), HasSubstr("2:64: listen.key: " + file("server.key") + ": holds no PEM private key"));
}

TEST_F(ConnectorSettings, RefuseAnAuthorityThatIsNone) {
  dir.write("ca.pem", "");
  EXPECT_THAT(problems(), AllOf(HasSubstr("listen.client_ca: " + file("ca.pem") + ": holds no PEM certificate"),
                                HasSubstr("cloud.ca: " + file("ca.pem") + ": holds no PEM certificate")));
}

TEST_F(ConnectorSettings, WarnOfCertificatesOutsideTheirTime) {
  const auto good = load();
  ASSERT_TRUE(good) << good.error().to_string();
  ASSERT_EQ(good->certificates.size(), 2u);
  EXPECT_EQ(good->certificates[0].usage, "listen");
  EXPECT_EQ(good->certificates[1].usage, "cloud");

  clock.now = good->certificates[0].not_after + 1s;
  const auto late = load();
  ASSERT_TRUE(late) << late.error().to_string();
  EXPECT_THAT(late->warnings, ElementsAre(HasSubstr("listen.certificate: " + file("server.pem") + ": expired on 20"),
                                          HasSubstr("cloud.certificate: " + file("client.pem") + ": expired on 20")));

  clock.now = WallTime(0s);
  const auto early = load();
  ASSERT_TRUE(early) << early.error().to_string();
  EXPECT_THAT(early->warnings,
              ElementsAre(HasSubstr("server.pem: not valid before 20"), HasSubstr("client.pem: not valid before 20")));
}

TEST_F(ConnectorSettings, KeepNoJournalUnlessTold) {
  const auto settings = load();
  ASSERT_TRUE(settings) << settings.error().to_string();
  EXPECT_TRUE(settings->audit.directory.empty());
}

TEST_F(ConnectorSettings, ReadHowTheJournalIsKept) {
  more =
      "audit: {directory: '.', rotate_bytes: 1MiB, rotate_age: 1h, keep: 30, when_full: continue, send_heads_every: "
      "5s}";
  const auto settings = load();
  ASSERT_TRUE(settings) << settings.error().to_string();
  EXPECT_TRUE(std::filesystem::equivalent(settings->audit.directory, dir.path()));
  EXPECT_EQ(settings->audit.rotate_bytes, 1024 * 1024U);
  EXPECT_EQ(settings->audit.rotate_age, 1h);
  EXPECT_EQ(settings->audit.keep, 30U);
  EXPECT_EQ(settings->audit.when_full, WhenFull::go_on);
  EXPECT_EQ(settings->audit.send_heads_every, 5s);
}

TEST_F(ConnectorSettings, AJournalNeedsADirectoryThatIsThere) {
  more = "audit: {directory: none}";
  EXPECT_THAT(problems(), testing::HasSubstr("audit.directory: " + file("none") + ": no such directory"));
  more = "audit: {}";
  EXPECT_THAT(problems(), testing::HasSubstr("audit.directory: missing"));
}

}  // namespace
}  // namespace rms::connector
