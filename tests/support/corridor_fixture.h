// SPDX-License-Identifier: Apache-2.0
//
// The whole way of a request through the connector, from the bytes of a TLS connection to the question that the rights
// service gets: real certificates, listener, pipeline and relay; only the service is in memory.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "connector/pipeline.h"
#include "soap/envelope.h"
#include "support/fake_cloud.h"
#include "support/http_server_fixture.h"

namespace rms::test {

class CorridorFixture : public HttpServerFixture {
 protected:
  static constexpr std::string_view kCertificationPage = "/_wmcs/certification/ServerCertification.asmx";

  connector::HttpHandler& handler() override { return pipeline_; }
  void SetUp() override { start(); }

  static connector::Settings settings() {
    connector::Settings made;
    for (const auto role : {connector::Role::exchange, connector::Role::sharepoint}) {
      connector::ServerEntry entry;
      entry.name = to_string(role);
      entry.role = role;
      entry.match.dns = entry.name + ".contoso.test";
      entry.mail = entry.name + "@contoso.test";
      entry.sid = role == connector::Role::exchange ? "S-1-5-21-1-1" : "S-1-5-21-1-2";
      entry.operations = connector::default_grants(role);
      made.servers.push_back(entry);
    }
    return made;
  }

  // A good request to certify oneself.
  static std::string certify() {
    return soap::write_request(*soap::find_service(kCertificationPage), soap::CertifyRequest{{"<XrML>machine</XrML>"}},
                               {"1.0.0.0", "1.0.0.0"});
  }
  // Its head and body; `headers` end with CR LF each.
  static std::string post(std::string_view body, std::string_view headers = "",
                          std::string_view target = kCertificationPage) {
    return "POST " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml; charset=utf-8\r\n" +
           "Content-Length: " + std::to_string(body.size()) + "\r\n" + std::string(headers) + "\r\n" +
           std::string(body);
  }

  FakeCloud cloud_;
  connector::Metrics metrics_{connector::BuildInfo()};
  connector::Relay relay_{cloud_, clock_, log_, std::chrono::seconds(30)};
  connector::AccessLog access_log_{log_};
  connector::Pipeline pipeline_{std::make_shared<const connector::Settings>(settings()), relay_, access_log_, metrics_,
                                clock_};
};

}  // namespace rms::test
