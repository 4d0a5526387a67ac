// SPDX-License-Identifier: Apache-2.0
#include "client/service/rights_service.h"

#include <array>
#include <stdexcept>

#include "client/names.h"
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

Error wrong_count() {
  return Error(Errc::malformed, "the rights service's answer is not one for one question");
}

// What the names of MS-RMPR 3.1.4.6 and 3.3 to 3.5 mean for the person who asked.
struct Meaning {
  std::string_view exception;
  Errc code;
  std::string_view words;
};
constexpr std::array kMeanings{
    Meaning{soap::exceptions::kNoRightsForRequestedPrincipal, Errc::no_rights, "you hold no right on this content"},
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
    Meaning{soap::exceptions::kUnspecifiedError, Errc::unavailable, "the rights service failed"},
};

}  // namespace

Error refusal(const soap::Fault& fault) {
  const std::string theirs =
      " (" + printable(fault.exception.empty() ? fault.text : fault.exception + ": " + fault.text) + ")";
  for (const Meaning& meaning : kMeanings)
    if (meaning.exception == fault.exception)
      return Error(meaning.code, "refused by the rights service: " + std::string(meaning.words) + theirs);
  return Error(Errc::denied, "refused by the rights service" + theirs);
}

Result<soap::Response> RightsService::ask(const soap::Service& service, soap::Operation operation,
                                          const std::string& envelope) {
  RMS_TRY(std::string body, transport_.post(service.path, soap::soap_action(service, operation), envelope));
  auto response = soap::parse_response(operation, std::move(body));
  if (!response) return std::move(response).error().in("the connector's answer");
  if (const auto* fault = std::get_if<soap::Fault>(&*response)) return refusal(*fault);
  return std::move(*response);
}

Result<Chain> RightsService::certify(const xrml::Document& machine) {
  const auto& service = service_at(kCertifyPage);
  const soap::CertifyRequest request{{machine.text()}, true};
  RMS_TRY(const auto response,
          ask(service, soap::Operation::certify, soap::write_request(service, request, kVersionData)));
  return parse(std::get<soap::CertifyResponse>(response).chain, xrml::Kind::rights_account_certificate);
}

Result<Chain> RightsService::get_client_licensor(std::span<const xrml::Document> account) {
  const auto& service = service_at(kPublishPage);
  const soap::GetClientLicensorCertRequest request{{views(account)}};
  RMS_TRY(const auto response,
          ask(service, soap::Operation::get_client_licensor_cert, soap::write_request(service, request, kVersionData)));
  const auto& chains = std::get<soap::GetClientLicensorCertResponse>(response).chains;
  if (chains.size() != 1) return wrong_count();
  return parse(chains.front(), xrml::Kind::client_licensor_certificate);
}

std::string RightsService::acquire_license_envelope(std::span<const xrml::Document> account,
                                                    std::span<const xrml::Document> publication) {
  const soap::AcquireLicenseRequest request{{{views(account), views(publication), {}}}};
  return soap::write_request(service_at(kLicensePage), request, kVersionData);
}

Result<Chain> RightsService::acquire_license(std::span<const xrml::Document> account,
                                             std::span<const xrml::Document> publication) {
  RMS_TRY(const auto response, ask(service_at(kLicensePage), soap::Operation::acquire_license,
                                   acquire_license_envelope(account, publication)));
  const auto& answers = std::get<soap::AcquireLicenseResponse>(response).answers;
  if (answers.size() != 1) return wrong_count();
  if (const auto* fault = std::get_if<soap::Fault>(&answers.front())) return refusal(*fault);
  return parse(std::get<soap::Chain>(answers.front()), xrml::Kind::use_license);
}

}  // namespace rms::client
