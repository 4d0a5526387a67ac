// SPDX-License-Identifier: Apache-2.0
//
// A rights service behind its connector, as small as one can be and still real: it reads real envelopes, issues real
// documents and checks whose rights they are. It can be told to fail, to refuse, and to answer with something else.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "client/service/transport.h"
#include "soap/envelope.h"
#include "support/outcome.h"
#include "support/xrml_world.h"

namespace rms::test {

class IssuingService final : public client::Transport {
 public:
  std::string mail = mail_of("exchange");  // whose certificate the connector saw
  xrml::Period account_validity = kYear;
  std::optional<Error> fails;                                     // the connector's answer, or its silence
  std::optional<soap::Fault> refuses;                             // the service's answer to the whole request
  std::function<void(soap::Chain&)> alter = [](soap::Chain&) {};  // what comes back
  int calls = 0;

  Result<std::string> post(std::string_view path, std::string_view soap_action, const std::string& body) override {
    ++calls;
    if (fails) return *fails;
    const soap::Service& service = *soap::find_service(path);
    auto parsed = soap::RequestEnvelope::parse(service, body, soap_action);
    const auto& envelope = std::get<soap::RequestEnvelope>(parsed);
    const soap::Response response =
        refuses ? soap::Response(*refuses) : std::visit([&](const auto& r) { return answer(r); }, envelope.request());
    return soap::write_response(envelope.dialect(), response, envelope.version()).body;
  }

 private:
  using Documents = std::vector<xrml::Document>;

  soap::Chain chain(const xrml::Document& leaf) const {
    soap::Chain texts{std::string(leaf.text()), std::string(server_certificate().text()), std::string(root().text())};
    alter(texts);
    return texts;
  }
  const xrml::PrivateKey& account_key() const { return key_of("account of " + mail); }

  soap::Response answer(const soap::CertifyRequest& request) const {
    const Documents machine_chain = must(xrml::parse_chain(request.machine_chain));
    const xrml::Account account{"S-1-5-21-1-2-3-1118", "", mail, {}};
    return soap::CertifyResponse{chain(must(xrml::issue_rights_account(
        server(), account, account_key(), machine_chain.front(), urls(), kNow, account_validity)))};
  }

  soap::Response answer(const soap::GetClientLicensorCertRequest& request) const {
    const Documents account = must(xrml::parse_chain(request.persona_chains.front()));
    return soap::GetClientLicensorCertResponse{{chain(must(
        xrml::issue_client_licensor(server(), account.front(), key_of("licensor of " + mail), urls(), kNow, kYear)))}};
  }

  template <class Request>
  soap::Response answer(const Request&) const {
    return soap::Fault{std::string(soap::exceptions::kInvalidOperation), "This service knows three operations."};
  }

  soap::Response answer(const soap::AcquireLicenseRequest& request) const {
    const Documents account = must(xrml::parse_chain(request.items.front().licensee_certs));
    const Documents published = must(xrml::parse_chain(request.items.front().issuance_license));
    const auto opened = must(xrml::open_publishing_license(published.front(), server().principal, key_of("server")));
    std::vector<xrml::UseGrant> grants;
    for (const auto& grant : opened.rights_data.content().work->grants)
      if (grant.grantee && grant.grantee->name == xrml::account_of(account.front()).mail)
        grants.push_back({grant.right, grant.time, grant.interval_days});
    if (grants.empty())
      return soap::AcquireLicenseResponse{
          {soap::Fault{std::string(soap::exceptions::kNoRightsForRequestedPrincipal), "No rights."}}};
    return soap::AcquireLicenseResponse{{chain(must(xrml::issue_use_license(
        server(), published.front(), opened.rights_data, account.front(), opened.key, grants, kNow)))}};
  }
};

}  // namespace rms::test
