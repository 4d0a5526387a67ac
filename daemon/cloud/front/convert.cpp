// SPDX-License-Identifier: Apache-2.0
#include "cloud/front/convert.h"

#include "cloud/server/locations.h"
#include "soap/envelope.h"

namespace rms::cloud {
namespace {

soap::ChainView view(const v1::Chain& chain) {
  return {chain.documents().begin(), chain.documents().end()};
}

Result<void> check_count(int items, std::size_t least, std::size_t most, const char* name) {
  const auto count = static_cast<std::size_t>(items);
  if (count >= least && count <= most) return {};
  return Error(Errc::malformed,
               std::string(name) + " must have " + std::to_string(least) + " to " + std::to_string(most) + " entries");
}

Result<void> check_text(std::string_view text, const char* name) {
  if (text.size() <= soap::kMaxStringBytes) return {};
  return Error(Errc::malformed,
               std::string(name) + " must have at most " + std::to_string(soap::kMaxStringBytes) + " bytes");
}

template <class Texts>
Result<void> check_texts(const Texts& texts, std::size_t least, std::size_t most, const char* name) {
  RMS_CHECK(check_count(texts.size(), least, most, name));
  for (const auto& text : texts) RMS_CHECK(check_text(text, name));
  return {};
}

}  // namespace

Result<void> check(const v1::CertifyRequest&) {
  return {};
}

Result<void> check(const v1::PrecertifyRequest& message) {
  RMS_CHECK(check_text(message.user_name(), "user_name"));
  RMS_CHECK(check_text(message.id(), "id"));
  RMS_CHECK(check_text(message.mail(), "mail"));
  return check_texts(message.proxy_addresses(), 0, soap::kMaxProxyAddresses, "proxy_addresses");
}

Result<void> check(const v1::GetClientLicensorCertRequest& message) {
  return check_count(message.persona_chains_size(), 1, soap::kMaxPersonas, "persona_chains");
}

Result<void> check(const v1::AcquireIssuanceLicenseRequest&) {
  return {};
}

Result<void> check(const v1::AcquireLicenseRequest& message) {
  return check_count(message.items_size(), 1, soap::kMaxBatchItems, "items");
}

Result<void> check(const v1::AcquirePreLicenseRequest& message) {
  return check_texts(message.licensee_identities(), 1, soap::kMaxPreLicenseIdentities, "licensee_identities");
}

Result<void> check(const v1::AcquireTemplateInformationRequest&) {
  return {};
}

Result<void> check(const v1::AcquireTemplatesRequest& message) {
  return check_texts(message.guids(), 0, soap::kMaxTemplates, "guids");
}

Result<void> check(const v1::GetLicensorCertificateRequest&) {
  return {};
}

Result<void> check(const v1::FindServiceLocationsRequest& message) {
  RMS_CHECK(check_published_base(message.published_base()));
  return check_texts(message.service_types(), 0, soap::kMaxServiceTypes, "service_types");
}

Result<void> check(const v1::GetServerInfoRequest& message) {
  RMS_CHECK(check_published_base(message.published_base()));
  RMS_CHECK(check_count(message.items_size(), 0, soap::kMaxServerInfoItems, "items"));
  for (const auto& item : message.items()) {
    RMS_CHECK(check_text(item.type(), "items.type"));
    RMS_CHECK(check_text(item.additional_info(), "items.additional_info"));
  }
  return {};
}

soap::CertifyRequest to_request(const v1::CertifyRequest& message) {
  return {view(message.machine_chain()), message.persistent()};
}

soap::PrecertifyRequest to_request(const v1::PrecertifyRequest& message) {
  return {message.user_name(),
          message.id(),
          message.mail(),
          {message.proxy_addresses().begin(), message.proxy_addresses().end()}};
}

soap::GetClientLicensorCertRequest to_request(const v1::GetClientLicensorCertRequest& message) {
  soap::GetClientLicensorCertRequest request;
  for (const auto& chain : message.persona_chains()) request.persona_chains.push_back(view(chain));
  return request;
}

soap::AcquireIssuanceLicenseRequest to_request(const v1::AcquireIssuanceLicenseRequest& message) {
  return {message.unsigned_issuance_license()};
}

soap::AcquireLicenseRequest to_request(const v1::AcquireLicenseRequest& message) {
  soap::AcquireLicenseRequest request;
  for (const auto& item : message.items())
    request.items.push_back({view(item.licensee_certs()), view(item.issuance_license()), item.application_data()});
  return request;
}

soap::AcquirePreLicenseRequest to_request(const v1::AcquirePreLicenseRequest& message) {
  return {{message.licensee_identities().begin(), message.licensee_identities().end()},
          view(message.issuance_license()),
          message.application_data()};
}

soap::AcquireTemplatesRequest to_request(const v1::AcquireTemplatesRequest& message) {
  return {{message.guids().begin(), message.guids().end()}};
}

soap::FindServiceLocationsRequest to_request(const v1::FindServiceLocationsRequest& message) {
  return {{message.service_types().begin(), message.service_types().end()}};
}

soap::GetServerInfoRequest to_request(const v1::GetServerInfoRequest& message) {
  soap::GetServerInfoRequest request;
  for (const auto& item : message.items()) {
    request.items.push_back({item.type(), std::nullopt});
    if (item.has_additional_info()) request.items.back().additional_info = item.additional_info();
  }
  return request;
}

void write(const soap::Chain& chain, v1::Chain* message) {
  for (const auto& text : chain) message->add_documents(text);
}

void write(const soap::Fault& fault, v1::Fault* message) {
  message->set_exception(fault.exception);
  message->set_text(fault.text);
  message->set_missing_grant(fault.missing_grant);
}

void write(const soap::Chain& chain, v1::CertifyResponse* message) {
  write(chain, message->mutable_chain());
}

void write(const soap::PrecertifyResponse& response, v1::PrecertifyResponse* message) {
  message->set_certificate(response.certificate);
}

void write(const std::vector<soap::Chain>& chains, v1::GetClientLicensorCertResponse* message) {
  for (const auto& chain : chains) write(chain, message->add_chains());
}

void write(const soap::Chain& chain, v1::AcquireIssuanceLicenseResponse* message) {
  write(chain, message->mutable_chain());
}

void write(const soap::AcquireLicenseResponse& response, v1::AcquireLicenseResponse* message) {
  for (const auto& answer : response.answers) {
    auto* item = message->add_answers();
    if (const auto* chain = std::get_if<soap::Chain>(&answer))
      write(*chain, item->mutable_chain());
    else
      write(std::get<soap::Fault>(answer), item->mutable_fault());
  }
  message->set_opened_any(static_cast<std::uint32_t>(response.opened_any));
}

void write(const soap::AcquirePreLicenseResponse& response, v1::AcquirePreLicenseResponse* message) {
  for (const auto& answer : response.answers) {
    auto* item = message->add_answers();
    if (const auto* license = std::get_if<std::string>(&answer))
      item->set_license(*license);
    else
      write(std::get<soap::Fault>(answer), item->mutable_fault());
  }
  write(response.server_chain, message->mutable_server_chain());
}

void write(const soap::AcquireTemplateInformationResponse& response, v1::AcquireTemplateInformationResponse* message) {
  message->set_server_public_key(response.server_public_key);
  for (const auto& [guid, hash] : response.templates) {
    auto* item = message->add_templates();
    item->set_guid(guid);
    item->set_hash(hash);
  }
}

void write(const soap::AcquireTemplatesResponse& response, v1::AcquireTemplatesResponse* message) {
  for (const auto& [guid, hash, xrml] : response.templates) {
    auto* item = message->add_templates();
    item->set_guid(guid);
    item->set_hash(hash);
    if (xrml) item->set_xrml(*xrml);
  }
}

void write(const soap::GetLicensorCertificateResponse& response, v1::GetLicensorCertificateResponse* message) {
  write(response.chain, message->mutable_chain());
}

void write(const soap::FindServiceLocationsResponse& response, v1::FindServiceLocationsResponse* message) {
  for (const auto& [type, url] : response.locations) {
    auto* item = message->add_locations();
    item->set_type(type);
    if (url) item->set_url(*url);
  }
}

void write(const soap::GetServerInfoResponse& response, v1::GetServerInfoResponse* message) {
  message->set_results(response.results);
}

}  // namespace rms::cloud
