// SPDX-License-Identifier: Apache-2.0
//
// AcquireLicense (MS-RMPR 3.4.4.1) and AcquirePreLicense (MS-RMSI 3.5.4.1).
#include <utility>

#include "soap/codec.h"

namespace rms::soap {
namespace {

constexpr ChainLimits kLicenseLimits{kMaxLicenseeCerts, kMaxIssuanceLicenseBytes, kMaxIssuanceLicenseBytes};

// Of an item of AcquireLicense. What is too large there, or missing, is the failure of this item and no reason to leave
// the others without an answer (MS-RMPR 3.4.4.1.3.5): the service says so. The envelope bounds all of them together.
constexpr ChainLimits kItemLimits{kMaxEnvelopeBytes, kMaxEnvelopeBytes, kMaxEnvelopeBytes};

Read<std::string_view> read_any_application_data(const xml::Element& params, std::string_view ns) {
  RMS_TRY(const auto data, optional_child(params, ns, "ApplicationData"));
  return data ? data->content() : std::string_view();
}

Read<std::string_view> read_application_data(const xml::Element& params, std::string_view ns) {
  RMS_TRY(const auto content, read_any_application_data(params, ns));
  if (content.size() > kMaxApplicationDataBytes)
    return refuse(Errc::too_large, exceptions::kUnspecifiedError,
                  "expected at most " + std::to_string(kMaxApplicationDataBytes) + " bytes in ApplicationData");
  return content;
}

Read<AcquireLicenseItem> read_item(const xml::Element& params, std::string_view ns) {
  AcquireLicenseItem item;
  RMS_TRY(item.licensee_certs, read_chain(params, ns, "LicenseeCerts", kItemLimits));
  RMS_TRY(item.issuance_license, read_chain(params, ns, "IssuanceLicense", kItemLimits));
  RMS_TRY(item.application_data, read_any_application_data(params, ns));
  return item;
}

// A failure in the place of a licence (MS-RMPR 3.4.4.1.3.5, MS-RMSI 3.5.4.1.3.5).
void write_failure(Writer& out, std::string_view name, const Fault& fault, std::size_t index) {
  out.open("Certificate");
  out.open(name);
  out.text("ExceptionString", fault.to_string());
  out.text("batchindex", std::to_string(index));
  out.close(name);
  out.close("Certificate");
}

Fault read_failure(const xml::Element& failure) {
  const auto text = failure.child("ExceptionString");
  return parse_fault_string(text ? text->text() : std::string());
}

// The failure of an item of a batch; nullopt if it holds a licence.
Read<std::optional<Fault>> read_item_failure(const xml::Element& item, std::string_view ns) {
  RMS_TRY(const auto chain, optional_child(item, ns, "CertificateChain"));
  const auto first = chain ? chain->first_child() : std::nullopt;
  if (!first) return std::optional<Fault>();
  // By its type the array holds Certificate elements; the text of the specification can also be read without them.
  const auto failure = first->is("AcquireLicenseException") ? first : first->child("AcquireLicenseException");
  if (!failure) return std::optional<Fault>();
  return std::optional(read_failure(*failure));
}

Read<PreLicenseAnswer> read_pre_license(const xml::Element& certificate) {
  RMS_TRY(const auto content, read_certificate(certificate));
  if (content && content->is("AcquirePreLicenseException")) return PreLicenseAnswer(read_failure(*content));
  RMS_TRY(const auto document, read_document(certificate));
  if (!document)
    return refuse(Errc::malformed, exceptions::kSoap, "expected a licence or a failure in each Certificate");
  return PreLicenseAnswer(std::string(*document));
}

}  // namespace

Read<void> read(const xml::Element& element, const Asked& asked, AcquireLicenseRequest& request) {
  RMS_TRY(const auto array, required_child(element, asked.ns, "RequestParams"));
  RMS_TRY(const auto items, read_items(array, asked.ns, "AcquireLicenseParams", {1, kMaxBatchItems}));
  if (items.size() > 1 && !asked.batches)
    return refuse(Errc::malformed, exceptions::kArgument,
                  "expected exactly one AcquireLicenseParams; more need MaximumVersion 1.1.0.0 or higher");
  for (const xml::Element& params : items) {
    RMS_TRY(auto item, read_item(params, asked.ns));
    request.items.push_back(std::move(item));
  }
  if (request.items.front().issuance_license.empty())
    return refuse(
        Errc::malformed, exceptions::kArgumentNull,
        "expected an IssuanceLicense in the first AcquireLicenseParams (namespace " + std::string(asked.ns) + ")");
  return {};
}

void write(Writer& out, const AcquireLicenseRequest& request) {
  out.open("RequestParams");
  for (const AcquireLicenseItem& item : request.items) {
    out.open("AcquireLicenseParams");
    out.chain("LicenseeCerts", item.licensee_certs);
    if (!item.issuance_license.empty()) out.chain("IssuanceLicense", item.issuance_license);
    out.document("ApplicationData", item.application_data);
    out.close("AcquireLicenseParams");
  }
  out.close("RequestParams");
}

Read<void> read(const xml::Element& element, std::string_view ns, AcquireLicenseResponse& response) {
  RMS_TRY(const auto array, required_child(element, ns, "AcquireLicenseResult"));
  RMS_TRY(const auto items, read_items(array, ns, "AcquireLicenseResponse", {0, kMaxBatchItems}));
  for (const xml::Element& item : items) {
    RMS_TRY(auto failure, read_item_failure(item, ns));
    if (failure) {
      response.answers.emplace_back(*std::move(failure));
    } else {
      RMS_TRY(auto chain, read_answer_chain(item, ns, "CertificateChain"));
      response.answers.emplace_back(std::move(chain));
    }
  }
  return {};
}

void write(Writer& out, const AcquireLicenseResponse& response) {
  out.open("AcquireLicenseResult");
  for (std::size_t i = 0; i < response.answers.size(); ++i) {
    out.open("AcquireLicenseResponse");
    if (const auto* chain = std::get_if<Chain>(&response.answers[i])) {
      out.chain("CertificateChain", *chain);
    } else {
      out.open("CertificateChain");
      write_failure(out, "AcquireLicenseException", std::get<Fault>(response.answers[i]), i);
      out.close("CertificateChain");
    }
    out.empty("ReferenceCertificates");
    out.close("AcquireLicenseResponse");
  }
  out.close("AcquireLicenseResult");
}

Read<void> read(const xml::Element& element, const Asked& asked, AcquirePreLicenseRequest& request) {
  RMS_TRY(const auto array, required_child(element, asked.ns, "RequestParams"));
  // The identities are the batch, whatever version the caller speaks.
  RMS_TRY(const auto items, read_items(array, asked.ns, "AcquirePreLicenseParams", {1, 1}));
  const xml::Element& params = items.front();
  RMS_TRY(const auto identities, required_child(params, asked.ns, "LicenseeIdentities"));
  RMS_TRY(request.identities, read_strings(identities, asked.ns, {1, kMaxPreLicenseIdentities}));
  RMS_TRY(request.issuance_license, read_required_chain(params, asked.ns, "IssuanceLicense", kLicenseLimits));
  RMS_TRY(request.application_data, read_application_data(params, asked.ns));
  return {};
}

void write(Writer& out, const AcquirePreLicenseRequest& request) {
  out.open("RequestParams");
  out.open("AcquirePreLicenseParams");
  out.strings("LicenseeIdentities", request.identities);
  out.chain("IssuanceLicense", request.issuance_license);
  out.document("ApplicationData", request.application_data);
  out.close("AcquirePreLicenseParams");
  out.close("RequestParams");
}

Read<void> read(const xml::Element& element, std::string_view ns, AcquirePreLicenseResponse& response) {
  RMS_TRY(const auto only, read_only_answer(element, ns, "AcquirePreLicenseResult", "AcquirePreLicenseResponse"));
  RMS_TRY(const auto array, required_child(only, ns, "Licenses"));
  RMS_TRY(const auto items, read_items(array, ns, "Certificate", {1, kMaxPreLicenseIdentities}));
  bool licensed = false;
  for (const xml::Element& item : items) {
    RMS_TRY(auto answer, read_pre_license(item));
    licensed = licensed || std::holds_alternative<std::string>(answer);
    response.answers.push_back(std::move(answer));
  }
  if (!licensed) return {};  // Nothing to append a chain to.
  RMS_TRY(response.server_chain, read_answer_chain(only, ns, "CertificateChain"));
  return {};
}

void write(Writer& out, const AcquirePreLicenseResponse& response) {
  out.open("AcquirePreLicenseResult");
  out.open("AcquirePreLicenseResponse");
  out.open("Licenses");
  for (std::size_t i = 0; i < response.answers.size(); ++i) {
    if (const auto* license = std::get_if<std::string>(&response.answers[i]))
      out.document("Certificate", *license);
    else
      write_failure(out, "AcquirePreLicenseException", std::get<Fault>(response.answers[i]), i);
  }
  out.close("Licenses");
  out.chain("CertificateChain", response.server_chain);
  out.empty("ReferenceCertificates");
  out.close("AcquirePreLicenseResponse");
  out.close("AcquirePreLicenseResult");
}

}  // namespace rms::soap
