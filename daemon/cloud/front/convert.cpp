// SPDX-License-Identifier: Apache-2.0
#include "cloud/front/convert.h"

#include "soap/envelope.h"

namespace rms::cloud {
namespace {

std::string_view role_name(v1::Role role) {
  switch (role) {
    case v1::ROLE_EXCHANGE:
      return "exchange";
    case v1::ROLE_SHAREPOINT:
      return "sharepoint";
    case v1::ROLE_FILE_CLASSIFICATION:
      return "file-classification";
    default:
      return {};
  }
}

soap::ChainView view(const v1::Chain& chain) {
  return {chain.documents().begin(), chain.documents().end()};
}

Result<void> check_count(int items, std::size_t most, const char* name) {
  if (items >= 1 && static_cast<std::size_t>(items) <= most) return {};
  return Error(Errc::malformed, std::string(name) + " must have 1 to " + std::to_string(most) + " entries");
}

}  // namespace

Result<void> check(const v1::CertifyRequest&) {
  return {};
}

Result<void> check(const v1::GetClientLicensorCertRequest& message) {
  return check_count(message.persona_chains_size(), soap::kMaxPersonas, "persona_chains");
}

Result<void> check(const v1::AcquireLicenseRequest& message) {
  return check_count(message.items_size(), soap::kMaxBatchItems, "items");
}

Result<Asked> to_asked(const v1::RequestContext& context, ConnectorRecord connector) {
  const auto& caller = context.caller();
  const auto role = role_name(caller.role());
  if (role.empty()) return Error(Errc::malformed, "context.caller.role must be one of Role's");
  if (caller.entry().empty()) return Error(Errc::malformed, "context.caller.entry must name an entry");
  return Asked{std::move(connector),
               {caller.entry(), std::string(role), caller.mail(), caller.sid(), caller.principal(), caller.mechanism()},
               context.correlation_id(),
               context.user_agent(),
               context.client_address()};
}

soap::CertifyRequest to_request(const v1::CertifyRequest& message) {
  return {view(message.machine_chain()), message.persistent()};
}

soap::GetClientLicensorCertRequest to_request(const v1::GetClientLicensorCertRequest& message) {
  soap::GetClientLicensorCertRequest request;
  for (const auto& chain : message.persona_chains()) request.persona_chains.push_back(view(chain));
  return request;
}

soap::AcquireLicenseRequest to_request(const v1::AcquireLicenseRequest& message) {
  soap::AcquireLicenseRequest request;
  for (const auto& item : message.items())
    request.items.push_back({view(item.licensee_certs()), view(item.issuance_license()), item.application_data()});
  return request;
}

void write(const soap::Chain& chain, v1::Chain* message) {
  for (const auto& text : chain) message->add_documents(text);
}

void write(const soap::Fault& fault, v1::Fault* message) {
  message->set_exception(fault.exception);
  message->set_text(fault.text);
}

void write(const soap::Chain& chain, v1::CertifyResponse* message) {
  write(chain, message->mutable_chain());
}

void write(const std::vector<soap::Chain>& chains, v1::GetClientLicensorCertResponse* message) {
  for (const auto& chain : chains) write(chain, message->add_chains());
}

void write(const std::vector<soap::AcquireLicenseAnswer>& answers, v1::AcquireLicenseResponse* message) {
  for (const auto& answer : answers) {
    auto* item = message->add_answers();
    if (const auto* chain = std::get_if<soap::Chain>(&answer))
      write(*chain, item->mutable_chain());
    else
      write(std::get<soap::Fault>(answer), item->mutable_fault());
  }
}

}  // namespace rms::cloud
