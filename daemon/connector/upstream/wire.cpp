// SPDX-License-Identifier: Apache-2.0
#include "connector/upstream/wire.h"

#include <utility>

#include <fmt/format.h>

namespace rms::connector {
namespace {

v1::Role to_wire(Role role) {
  switch (role) {
    case Role::exchange:
      return v1::ROLE_EXCHANGE;
    case Role::sharepoint:
      return v1::ROLE_SHAREPOINT;
    case Role::file_classification:
      return v1::ROLE_FILE_CLASSIFICATION;
  }
  return v1::ROLE_UNSPECIFIED;
}

std::string printable(std::string_view text) {
  std::string clean(text.substr(0, kMaxUserAgentBytes));
  for (char& c : clean)
    if (c < 0x20 || c > 0x7E) c = '?';
  return clean;
}

void fill(v1::RequestContext& context, const Sender& sender) {
  const CloudCall& call = sender.call;
  context.set_request_id(call.request_id);
  context.set_attempt(sender.attempt);
  context.set_correlation_id(call.correlation_id);
  context.set_connector_id(sender.connector_id.data(), sender.connector_id.size());
  context.set_user_agent(printable(call.user_agent));
  context.set_client_address(call.client_address);

  v1::Caller& caller = *context.mutable_caller();
  caller.set_entry(call.identity.entry);
  caller.set_role(to_wire(call.identity.role));
  caller.set_mail(call.identity.mail);
  caller.set_sid(call.identity.sid);
  caller.set_principal(call.identity.principal);
  caller.set_mechanism(call.identity.mechanism);
}

// What every request has in common.
template <class Message>
Message begin(const Sender& sender) {
  Message message;
  fill(*message.mutable_context(), sender);
  if (const soap::VersionData* version = sender.call.version) {
    if (version->minimum) message.mutable_version()->set_minimum(*version->minimum);
    if (version->maximum) message.mutable_version()->set_maximum(*version->maximum);
  }
  return message;
}

void fill(v1::Chain& chain, const soap::ChainView& documents) {
  for (const std::string_view document : documents) chain.add_documents(document.data(), document.size());
}

Error malformed(std::string what) {
  return Error(Errc::malformed, "the service's answer: " + std::move(what));
}

Result<soap::Chain> take(v1::Chain& chain) {
  soap::Chain documents;
  documents.reserve(static_cast<std::size_t>(chain.documents_size()));
  for (std::string& document : *chain.mutable_documents()) {
    if (document.empty()) return malformed("an empty document in a chain");
    documents.push_back(std::move(document));
  }
  if (documents.empty()) return malformed("an empty chain");
  return documents;
}

Result<soap::Fault> take(v1::Fault& fault) {
  if (fault.exception().empty()) return malformed("a fault without a name");
  return soap::Fault{std::move(*fault.mutable_exception()), std::move(*fault.mutable_text())};
}

Result<void> same_count(int answers, std::size_t items) {
  if (static_cast<std::size_t>(answers) == items) return {};
  return malformed(fmt::format("{} answers to {} items", answers, items));
}

}  // namespace

v1::CertifyRequest to_wire(const soap::CertifyRequest& request, const Sender& sender) {
  auto message = begin<v1::CertifyRequest>(sender);
  fill(*message.mutable_machine_chain(), request.machine_chain);
  message.set_persistent(request.persistent);
  message.set_server_certification(sender.call.server_certification);
  return message;
}

v1::GetClientLicensorCertRequest to_wire(const soap::GetClientLicensorCertRequest& request, const Sender& sender) {
  auto message = begin<v1::GetClientLicensorCertRequest>(sender);
  for (const soap::ChainView& chain : request.persona_chains) fill(*message.add_persona_chains(), chain);
  return message;
}

v1::AcquireLicenseRequest to_wire(const soap::AcquireLicenseRequest& request, const Sender& sender) {
  auto message = begin<v1::AcquireLicenseRequest>(sender);
  for (const soap::AcquireLicenseItem& from : request.items) {
    v1::AcquireLicenseItem& item = *message.add_items();
    fill(*item.mutable_licensee_certs(), from.licensee_certs);
    if (!from.issuance_license.empty()) fill(*item.mutable_issuance_license(), from.issuance_license);
    item.set_application_data(from.application_data.data(), from.application_data.size());
  }
  return message;
}

Result<soap::Response> from_wire(v1::CertifyResponse& response, const soap::CertifyRequest&) {
  if (response.has_fault()) {
    RMS_TRY(soap::Fault fault, take(*response.mutable_fault()));
    return soap::Response(std::move(fault));
  }
  if (!response.has_chain()) return malformed("neither chain nor fault");
  RMS_TRY(soap::Chain chain, take(*response.mutable_chain()));
  return soap::Response(soap::CertifyResponse{std::move(chain)});
}

Result<soap::Response> from_wire(v1::GetClientLicensorCertResponse& response,
                                 const soap::GetClientLicensorCertRequest& request) {
  if (response.has_fault()) {
    RMS_TRY(soap::Fault fault, take(*response.mutable_fault()));
    return soap::Response(std::move(fault));
  }
  RMS_CHECK(same_count(response.chains_size(), request.persona_chains.size()));
  soap::GetClientLicensorCertResponse answer;
  for (v1::Chain& from : *response.mutable_chains()) {
    RMS_TRY(soap::Chain chain, take(from));
    answer.chains.push_back(std::move(chain));
  }
  return soap::Response(std::move(answer));
}

Result<soap::Response> from_wire(v1::AcquireLicenseResponse& response, const soap::AcquireLicenseRequest& request) {
  if (response.has_fault()) {
    RMS_TRY(soap::Fault fault, take(*response.mutable_fault()));
    return soap::Response(std::move(fault));
  }
  RMS_CHECK(same_count(response.answers_size(), request.items.size()));
  soap::AcquireLicenseResponse answer;
  for (v1::LicenseAnswer& from : *response.mutable_answers()) {
    if (from.has_fault()) {
      RMS_TRY(soap::Fault fault, take(*from.mutable_fault()));
      answer.answers.emplace_back(std::move(fault));
    } else if (from.has_chain()) {
      RMS_TRY(soap::Chain chain, take(*from.mutable_chain()));
      answer.answers.emplace_back(std::move(chain));
    } else {
      return malformed("an answer that is neither chain nor fault");
    }
  }
  return soap::Response(std::move(answer));
}

}  // namespace rms::connector
