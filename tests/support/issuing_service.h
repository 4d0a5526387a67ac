// SPDX-License-Identifier: Apache-2.0
//
// A rights service behind its connector, as small as one can be and still real: it reads real envelopes, issues real
// documents and checks whose rights they are. It can be told to fail, to refuse, and to answer with something else.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/text.h"
#include "client/service/transport.h"
#include "soap/envelope.h"
#include "support/outcome.h"
#include "support/xrml_world.h"
#include "xrml/official_template.h"

namespace rms::test {

class IssuingService final : public client::Transport {
 public:
  std::string mail = mail_of("exchange");  // whose certificate the connector saw
  xrml::Period account_validity = kYear;
  std::optional<Error> fails;                                     // the connector's answer, or its silence
  std::optional<soap::Fault> refuses;                             // the service's answer to the whole request
  std::function<void(soap::Chain&)> alter = [](soap::Chain&) {};  // what comes back
  std::vector<xrml::Document> templates;
  std::function<void(soap::Template&)> alter_template = [](soap::Template&) {};
  std::map<std::string, std::string> known_as;  // what else people are called, and their address
  int calls = 0;
  std::vector<std::size_t> asked_at_once;  // templates of each AcquireTemplates, people of each AcquirePreLicense

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
  using Grants = std::vector<xrml::UseGrant>;

  static soap::Chain server_chain() { return {std::string(server_certificate().text()), std::string(root().text())}; }
  soap::Chain altered(soap::Chain texts) const {
    alter(texts);
    return texts;
  }
  soap::Chain chain(const xrml::Document& leaf) const {
    soap::Chain texts = server_chain();
    texts.insert(texts.begin(), std::string(leaf.text()));
    return altered(std::move(texts));
  }
  const xrml::PrivateKey& account_key() const { return key_of("account of " + mail); }
  static soap::Fault no_rights() {
    return {std::string(soap::exceptions::kNoRightsForRequestedPrincipal), "No rights."};
  }
  static Grants grants_of(const xrml::Document& rights, const std::string& address) {
    Grants grants;
    const auto& work = *rights.content().work;
    for (const auto& grant : work.grants) {
      if (!grant.grantee || (grant.grantee->name != address && !equal_without_case(grant.grantee->id, xrml::kAnyone)))
        continue;
      grants.push_back({grant.right, grant.time, grant.interval_days});
      auto& until = grants.back().time.until;  // No right outlives the content.
      if (work.time.until) until = std::min(until.value_or(*work.time.until), *work.time.until);
    }
    return grants;
  }

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
    return soap::Fault{std::string(soap::exceptions::kInvalidOperation), "This service does not know that."};
  }

  soap::Response answer(const soap::AcquireLicenseRequest& request) const {
    const Documents account = must(xrml::parse_chain(request.items.front().licensee_certs));
    const Documents published = must(xrml::parse_chain(request.items.front().issuance_license));
    const auto opened = must(xrml::open_publishing_license(published.front(), server().principal, key_of("server")));
    const Grants grants = grants_of(opened.rights_data, xrml::account_of(account.front()).mail);
    if (grants.empty()) return soap::AcquireLicenseResponse{{no_rights()}};
    return soap::AcquireLicenseResponse{{chain(must(xrml::issue_use_license(
        server(), published.front(), opened.rights_data, account.front(), opened.key, grants, kNow)))}};
  }

  // Everybody in contoso.test is known.
  soap::Response answer(const soap::AcquirePreLicenseRequest& request) {
    asked_at_once.push_back(request.identities.size());
    const auto published = must(xrml::Document::parse(request.issuance_license.front()));
    const auto opened = must(xrml::open_publishing_license(published, server().principal, key_of("server")));
    soap::AcquirePreLicenseResponse response{{}, server_chain()};
    for (const auto& who : request.identities) response.answers.push_back(pre_license(published, opened, who));
    return response;
  }
  soap::PreLicenseAnswer pre_license(const xrml::Document& published, const xrml::OpenedPublication& opened,
                                     const std::string& asked_for) const {
    const auto known = known_as.find(asked_for);
    const std::string& who = known == known_as.end() ? asked_for : known->second;
    if (!who.ends_with("@contoso.test"))
      return soap::Fault{std::string(soap::exceptions::kAcquirePreLicenseInvalidLicensee), "Unknown."};
    const Grants grants = grants_of(opened.rights_data, who);
    if (grants.empty()) return no_rights();
    const auto holder = xrml::holder_of({"S-1-5-21-1-2-3-1118", "", who, {}}, key_of("account of " + who).public_key());
    const auto license =
        must(xrml::issue_use_license(server(), published, opened.rights_data, holder, opened.key, grants, kNow));
    return altered({std::string(license.text())}).front();
  }

  soap::Response answer(const soap::GetLicensorCertificateRequest&) const {
    return soap::GetLicensorCertificateResponse{altered(server_chain())};
  }

  soap::Response answer(const soap::AcquireIssuanceLicenseRequest& request) const {
    const auto submitted = must(xrml::Document::parse(request.unsigned_license));
    const auto key = must(xrml::open_content_key(submitted, server().principal, key_of("server")));
    return soap::AcquireIssuanceLicenseResponse{
        chain(must(xrml::sign_publishing_license(server(), submitted, key, urls(), kNow)))};
  }

  static std::string hash_of(const xrml::Document& document) { return xrml::base64(document.signature()->digest); }
  soap::Response answer(const soap::AcquireTemplateInformationRequest&) const {
    soap::AcquireTemplateInformationResponse response{xrml::base64(key_of("server").public_key().to_pkcs1()), {}};
    for (const auto& document : templates)
      response.templates.push_back({document.content().descriptor.id, hash_of(document)});
    return response;
  }
  soap::Response answer(const soap::AcquireTemplatesRequest& request) {
    asked_at_once.push_back(request.guids.size());
    soap::AcquireTemplatesResponse response;
    for (const auto& guid : request.guids) {
      soap::Template& entry = response.templates.emplace_back(soap::Template{guid, {}, {}});
      for (const auto& document : templates)
        if (document.content().descriptor.id == guid) {
          entry.hash = hash_of(document);
          entry.xrml = std::string(document.text());
        }
      alter_template(entry);
    }
    return response;
  }
};

// What `name` grants: everybody of the tenant may VIEW and EDIT, a use licence is good for 7 days.
inline xrml::TemplateDefinition definition(const std::string& guid, const std::string& name) {
  xrml::TemplateDefinition definition;
  definition.guid = guid;
  definition.texts = {{1031, name + " auf Deutsch", "Was " + name + " erlaubt"}, {1033, name, "What it is for"}};
  definition.rights = {{std::string(xrml::kAnyone), {"VIEW", "EDIT"}}};
  definition.license_days = 7;
  return definition;
}
inline xrml::Document official_template(const xrml::TemplateDefinition& definition, xrml::Time issued = kNow) {
  return must(xrml::issue_official_template(server(), definition, urls(), issued));
}

}  // namespace rms::test
