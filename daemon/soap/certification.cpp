// SPDX-License-Identifier: Apache-2.0
//
// Certify (MS-RMPR 3.3.4.1) and Precertify (MS-RMSI 3.3.4.1).
#include <utility>

#include "soap/codec.h"

namespace rms::soap {
namespace {

Read<bool> read_boolean(const xml::Element& parent, std::string_view ns, std::string_view name, bool if_absent) {
  RMS_TRY(const auto element, optional_child(parent, ns, name));
  if (!element) return if_absent;
  RMS_TRY(const std::string text, read_text(*element));
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return refuse(Errc::malformed, exceptions::kArgument, "expected true or false in " + std::string(name));
}

// What is wrong with the parameters of Precertify has a name of its own.
Refused wrong_argument(std::string text) {
  return refuse(Errc::malformed, exceptions::kDrmsArgument, std::move(text));
}

Read<xml::Element> read_only_params(const xml::Element& element, std::string_view ns) {
  RMS_TRY(const auto array, optional_child(element, ns, "requestParams"));
  std::optional<xml::Element> params;
  bool only = true;
  for (auto at = array ? array->first_child() : std::nullopt; at; at = at->next_sibling()) {
    if (!at->is(ns, "PrecertifyParams")) continue;
    only = only && !params && !is_nil(*at);
    params = at;
  }
  if (!params || !only) return wrong_argument("expected exactly one PrecertifyParams in requestParams");
  return *params;
}

Read<void> read_identification(const xml::Element& identification, std::string_view ns, PrecertifyRequest& request) {
  RMS_TRY(const auto mode, optional_text(identification, ns, "AuthenticationMode"));
  if (mode != "Windows") return wrong_argument("expected Windows in AuthenticationMode, the only mode there is");
  RMS_TRY(const auto id, optional_text(identification, ns, "Id"));
  if (!id || id->empty()) return wrong_argument("expected an Id in Identification: the user's SID");
  request.id = *id;
  RMS_TRY(const auto mail, optional_text(identification, ns, "Email"));
  request.mail = mail.value_or("");
  RMS_TRY(const auto addresses, optional_child(identification, ns, "ProxyAddresses"));
  if (!addresses) return {};
  RMS_TRY(request.proxy_addresses, read_strings(*addresses, ns, {0, kMaxProxyAddresses}));
  return {};
}

}  // namespace

Read<void> read(const xml::Element& element, const Asked& asked, CertifyRequest& request) {
  RMS_TRY(const auto params, required_child(element, asked.ns, "requestParams"));
  RMS_TRY(request.machine_chain, read_required_chain(params, asked.ns, "MachineCertificateChain", kIdentityLimits));
  // As it is: what the specification says about its meaning contradicts its name (MS-RMPR 3.3.4.1.3.1).
  RMS_TRY(request.persistent, read_boolean(params, asked.ns, "Persistent", request.persistent));
  return {};
}

void write(Writer& out, const CertifyRequest& request) {
  out.open("requestParams");
  out.chain("MachineCertificateChain", request.machine_chain);
  out.text("Persistent", request.persistent ? "true" : "false");
  out.close("requestParams");
}

Read<void> read(const xml::Element& element, std::string_view ns, CertifyResponse& response) {
  RMS_TRY(const auto result, required_child(element, ns, "CertifyResult"));
  RMS_TRY(response.chain, read_answer_chain(result, ns, "CertificateChain"));
  return {};
}

void write(Writer& out, const CertifyResponse& response) {
  out.open("CertifyResult");
  out.chain("CertificateChain", response.chain);
  // Of no meaning any more, but servers send it and schemas want it (MS-RMPR 3.3.4.1.3, note 40).
  out.open("Quota");
  out.text("Verified", "true");
  out.text("CurrentConsumption", "5");
  out.text("Maximum", "10");
  out.close("Quota");
  out.close("CertifyResult");
}

Read<void> read(const xml::Element& element, const Asked& asked, PrecertifyRequest& request) {
  RMS_TRY(const auto params, read_only_params(element, asked.ns));
  RMS_TRY(const auto user_name, optional_text(params, asked.ns, "UserName"));
  request.user_name = user_name.value_or("");
  RMS_TRY(const auto identification, optional_child(params, asked.ns, "Identification"));
  if (identification) return read_identification(*identification, asked.ns, request);
  if (request.user_name.empty()) return wrong_argument("expected UserName or Identification in PrecertifyParams");
  return {};
}

void write(Writer& out, const PrecertifyRequest& request) {
  out.open("requestParams");
  out.open("PrecertifyParams");
  if (!request.user_name.empty()) out.text("UserName", request.user_name);
  if (!request.id.empty()) {
    out.open("Identification");
    out.text("AuthenticationMode", "Windows");
    out.text("Id", request.id);
    if (!request.mail.empty()) out.text("Email", request.mail);
    if (!request.proxy_addresses.empty()) out.strings("ProxyAddresses", request.proxy_addresses);
    out.close("Identification");
  }
  out.close("PrecertifyParams");
  out.close("requestParams");
}

Read<void> read(const xml::Element& element, std::string_view ns, PrecertifyResponse& response) {
  RMS_TRY(const auto only, read_only_answer(element, ns, "PrecertifyResult", "PrecertifyResponse"));
  RMS_TRY(const auto certificate, required_child(only, ns, "Certificate"));
  RMS_TRY(const auto document, read_document(certificate));
  if (!document) return refuse(Errc::malformed, exceptions::kSoap, "expected XrML in Certificate");
  response.certificate = *document;
  return {};
}

void write(Writer& out, const PrecertifyResponse& response) {
  out.open("PrecertifyResult");
  out.open("PrecertifyResponse");
  out.document("Certificate", response.certificate);
  out.close("PrecertifyResponse");
  out.close("PrecertifyResult");
}

}  // namespace rms::soap
