// SPDX-License-Identifier: Apache-2.0
#include "connector/upstream/wire.h"

namespace rms::connector {
namespace {

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
  *context.mutable_attribution() = sender.attribution;
}

// What every request has in common; GetServerInfo has no version (MS-RMPR 6.7).
template <class Message>
Message begin(const Sender& sender) {
  Message message;
  fill(*message.mutable_context(), sender);
  if constexpr (requires { message.mutable_version(); }) {
    if (const soap::VersionData* version = sender.call.version) {
      if (version->minimum) message.mutable_version()->set_minimum(*version->minimum);
      if (version->maximum) message.mutable_version()->set_maximum(*version->maximum);
    }
  }
  return message;
}

void fill(v1::Chain& chain, const soap::ChainView& documents) {
  for (const std::string_view document : documents) chain.add_documents(document.data(), document.size());
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

v1::AcquirePreLicenseRequest to_wire(const soap::AcquirePreLicenseRequest& request, const Sender& sender) {
  auto message = begin<v1::AcquirePreLicenseRequest>(sender);
  for (const std::string& identity : request.identities) message.add_licensee_identities(identity);
  fill(*message.mutable_issuance_license(), request.issuance_license);
  message.set_application_data(request.application_data.data(), request.application_data.size());
  return message;
}

v1::AcquireIssuanceLicenseRequest to_wire(const soap::AcquireIssuanceLicenseRequest& request, const Sender& sender) {
  auto message = begin<v1::AcquireIssuanceLicenseRequest>(sender);
  message.set_unsigned_issuance_license(request.unsigned_license.data(), request.unsigned_license.size());
  return message;
}

v1::AcquireTemplateInformationRequest to_wire(const soap::AcquireTemplateInformationRequest&, const Sender& sender) {
  return begin<v1::AcquireTemplateInformationRequest>(sender);
}

v1::AcquireTemplatesRequest to_wire(const soap::AcquireTemplatesRequest& request, const Sender& sender) {
  auto message = begin<v1::AcquireTemplatesRequest>(sender);
  for (const std::string& guid : request.guids) message.add_guids(guid);
  return message;
}

v1::GetLicensorCertificateRequest to_wire(const soap::GetLicensorCertificateRequest&, const Sender& sender) {
  return begin<v1::GetLicensorCertificateRequest>(sender);
}

v1::FindServiceLocationsRequest to_wire(const soap::FindServiceLocationsRequest& request, const Sender& sender) {
  auto message = begin<v1::FindServiceLocationsRequest>(sender);
  for (const std::string& type : request.types) message.add_service_types(type);
  message.set_published_base(sender.call.published_base);
  return message;
}

v1::GetServerInfoRequest to_wire(const soap::GetServerInfoRequest& request, const Sender& sender) {
  auto message = begin<v1::GetServerInfoRequest>(sender);
  for (const soap::ServerInfoItem& from : request.items) {
    v1::ServerInfoItem& item = *message.add_items();
    item.set_type(from.type);
    if (from.additional_info) item.set_additional_info(*from.additional_info);
  }
  message.set_published_base(sender.call.published_base);
  return message;
}

v1::PrecertifyRequest to_wire(const soap::PrecertifyRequest& request, const Sender& sender) {
  auto message = begin<v1::PrecertifyRequest>(sender);
  message.set_user_name(request.user_name);
  message.set_id(request.id);
  message.set_mail(request.mail);
  for (const std::string& address : request.proxy_addresses) message.add_proxy_addresses(address);
  return message;
}

}  // namespace rms::connector
