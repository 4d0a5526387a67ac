// SPDX-License-Identifier: Apache-2.0
#include "client/service/rights_service.h"

#include <array>
#include <stdexcept>

#include "client/names.h"
#include "grants/refusal.h"
#include "soap/envelope.h"

namespace rms::client {
namespace {

const soap::VersionData kVersionData{"1.0.0.0", "1.1.0.0"};  // 1.1: we understand batches, and answers inside them.

const soap::Service& service_at(std::string_view path) {
  const soap::Service* service = soap::find_service(path);
  if (service == nullptr) throw std::logic_error("no such page: " + std::string(path));
  return *service;
}

soap::ChainView views(std::span<const xrml::Document> chain) {
  soap::ChainView result;
  for (const auto& document : chain) result.push_back(document.text());
  return result;
}

Result<Chain> parse(const soap::Chain& texts, xrml::Kind leaf) {
  const std::vector<std::string_view> slices(texts.begin(), texts.end());
  auto chain = xrml::parse_chain(slices);
  if (!chain) return std::move(chain).error().in("the rights service's answer");
  if (chain->front().kind() != leaf)
    return Error(Errc::malformed, "the rights service's answer is a " + std::string(to_string(chain->front().kind())) +
                                      " where a " + std::string(to_string(leaf)) + " was asked for");
  return std::move(*chain);
}

soap::AcquireLicenseRequest acquire_license_request(std::span<const xrml::Document> account,
                                                    std::span<const xrml::Document> publication) {
  return {{{views(account), views(publication), {}}}};
}

Error wrong_count() {
  return Error(Errc::malformed, "the rights service's answer is not one for one question");
}

// What the names of MS-RMPR 3.1.4.6 and 3.3 to 3.5 mean for the person who asked. Each is a refusal, whatever its name
// sounds like: a service that could not answer gives no fault.
struct Meaning {
  std::string_view exception;
  Errc code;
  std::string_view words;
};
constexpr std::array kMeanings{
    Meaning{soap::exceptions::kNoRightsForRequestedPrincipal, Errc::no_rights,
            "this account holds no right on this content"},
    Meaning{soap::exceptions::kUnauthorizedAccess, Errc::denied, "this account may not do that"},
    Meaning{soap::exceptions::kInvalidRightsLabelSignature, Errc::denied,
            "the publishing licence was altered: its signature is wrong"},
    Meaning{soap::exceptions::kRightsLabelNoMatchingIssuedPrincipal, Errc::denied,
            "the content was protected for another rights service"},
    Meaning{soap::exceptions::kIssuanceLicenseNotWithinValidTime, Errc::denied,
            "the content may not be opened at this time: its publishing licence has expired or is not valid yet"},
    Meaning{soap::exceptions::kInvalidPersonaCertTime, Errc::denied,
            "the account certificate has expired: run rms bootstrap --renew"},
    Meaning{soap::exceptions::kInvalidPersonaCertSignature, Errc::denied,
            "the account certificate's signature is wrong: run rms bootstrap --renew"},
    Meaning{soap::exceptions::kUntrustedPersonaCert, Errc::denied,
            "the account certificate was issued by somebody else: run rms bootstrap --renew"},
    Meaning{soap::exceptions::kUnexpectedPersonaCert, Errc::denied, "the account certificate is none that it expects"},
    Meaning{soap::exceptions::kCredentialCreationTime, Errc::denied,
            "the account certificate is too young for this content"},
    Meaning{soap::exceptions::kVerifyMachineCertificateChainFailed, Errc::denied,
            "the machine's certificate is none that it trusts"},
    Meaning{soap::exceptions::kAcquirePreLicenseInvalidLicensee, Errc::denied, "it knows nobody of this name"},
    Meaning{soap::exceptions::kOnlinePublishingDisabled, Errc::denied,
            "it signs no publishing licences: protect without --online"},
    Meaning{soap::exceptions::kUnsignedIssuanceLicenseNoMatchingIssuedPrincipal, Errc::denied,
            "the publishing licence is made for another rights service"},
    Meaning{soap::exceptions::kInvalidOfficialRightsTemplate, Errc::denied,
            "the template is none of its own any more: run rms templates"},
    Meaning{soap::exceptions::kUnspecifiedError, Errc::denied, "it does not do that, or not so much of it"},
};

}  // namespace

Error refusal(const soap::Fault& fault, std::string_view correlation_id) {
  std::string theirs =
      " (" + printable(fault.exception.empty() ? fault.text : fault.exception + ": " + fault.text) + ")";
  if (!correlation_id.empty()) theirs += "; correlation id " + printable(correlation_id);
  if (const auto grant = grant_of_text(fault.text)) {
    const std::string id = correlation_id.empty() ? "ID" : printable(correlation_id);
    return Error(Errc::denied, "refused by the rights service: the server that asked lacks a grant, '" +
                                   printable(*grant) +
                                   "'; nothing is said about the account and its rights. Who administers the connector "
                                   "sees what to change by rms-connectorctl explain " +
                                   id + theirs);
  }
  for (const Meaning& meaning : kMeanings)
    if (meaning.exception == fault.exception)
      return Error(meaning.code, "refused by the rights service: " + std::string(meaning.words) + theirs);
  return Error(Errc::denied, "refused by the rights service" + theirs);
}

template <class Response>
Result<Response> RightsService::ask(std::string_view page, const soap::Request& request) {
  const soap::Service& service = service_at(page);
  const soap::Operation operation = soap::operation_of(request);
  RMS_TRY(std::string body, transport_.post(service.path, soap::soap_action(service, operation),
                                            soap::write_request(service, request, kVersionData)));
  auto response = soap::parse_response(operation, std::move(body));
  if (!response) return std::move(response).error().in("the connector's answer");
  if (const auto* fault = std::get_if<soap::Fault>(&*response)) return refusal(*fault, transport_.correlation_id());
  return std::get<Response>(std::move(*response));
}

Result<Chain> RightsService::certify(const xrml::Document& machine) {
  RMS_TRY(const auto response, ask<soap::CertifyResponse>(kCertifyPage, soap::CertifyRequest{{machine.text()}, true}));
  return parse(response.chain, xrml::Kind::rights_account_certificate);
}

Result<Chain> RightsService::get_client_licensor(std::span<const xrml::Document> account) {
  RMS_TRY(const auto response,
          ask<soap::GetClientLicensorCertResponse>(kPublishPage, soap::GetClientLicensorCertRequest{{views(account)}}));
  if (response.chains.size() != 1) return wrong_count();
  return parse(response.chains.front(), xrml::Kind::client_licensor_certificate);
}

std::string RightsService::acquire_license_envelope(std::span<const xrml::Document> account,
                                                    std::span<const xrml::Document> publication) {
  return soap::write_request(service_at(kLicensePage), acquire_license_request(account, publication), kVersionData);
}

Result<Chain> RightsService::acquire_license(std::span<const xrml::Document> account,
                                             std::span<const xrml::Document> publication) {
  RMS_TRY(const auto response,
          ask<soap::AcquireLicenseResponse>(kLicensePage, acquire_license_request(account, publication)));
  if (response.answers.size() != 1) return wrong_count();
  if (const auto* fault = std::get_if<soap::Fault>(&response.answers.front()))
    return refusal(*fault, transport_.correlation_id());
  return parse(std::get<soap::Chain>(response.answers.front()), xrml::Kind::use_license);
}

Result<std::vector<Result<Chain>>> RightsService::acquire_pre_license(std::span<const std::string> recipients,
                                                                      const xrml::Document& publishing_license) {
  RMS_TRY(const auto response,
          ask<soap::AcquirePreLicenseResponse>(
              kLicensePage,
              soap::AcquirePreLicenseRequest{{recipients.begin(), recipients.end()}, {publishing_license.text()}, {}}));
  if (response.answers.size() != recipients.size()) return wrong_count();
  std::vector<Result<Chain>> licenses;
  for (const auto& answer : response.answers) {
    if (const auto* fault = std::get_if<soap::Fault>(&answer)) {
      licenses.emplace_back(refusal(*fault, transport_.correlation_id()));
      continue;
    }
    soap::Chain texts{std::get<std::string>(answer)};
    texts.insert(texts.end(), response.server_chain.begin(), response.server_chain.end());
    licenses.push_back(parse(texts, xrml::Kind::use_license));
  }
  return licenses;
}

Result<Chain> RightsService::acquire_issuance_license(const xrml::Document& unsigned_license) {
  RMS_TRY(const auto response, ask<soap::AcquireIssuanceLicenseResponse>(
                                   kPublishPage, soap::AcquireIssuanceLicenseRequest{unsigned_license.text()}));
  return parse(response.chain, xrml::Kind::publishing_license);
}

Result<Chain> RightsService::get_licensor_certificate() {
  RMS_TRY(const auto response,
          ask<soap::GetLicensorCertificateResponse>(kServerPage, soap::GetLicensorCertificateRequest{}));
  return parse(response.chain, xrml::Kind::server_licensor_certificate);
}

Result<std::vector<soap::TemplateHash>> RightsService::template_information() {
  RMS_TRY(auto response,
          ask<soap::AcquireTemplateInformationResponse>(kTemplatePage, soap::AcquireTemplateInformationRequest{}));
  return std::move(response.templates);
}

Result<std::vector<soap::Template>> RightsService::acquire_templates(std::span<const std::string> guids) {
  RMS_TRY(auto response, ask<soap::AcquireTemplatesResponse>(
                             kTemplatePage, soap::AcquireTemplatesRequest{{guids.begin(), guids.end()}}));
  if (response.templates.size() != guids.size()) return wrong_count();
  return std::move(response.templates);
}

}  // namespace rms::client
