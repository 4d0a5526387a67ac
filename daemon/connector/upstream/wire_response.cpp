// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <fmt/format.h>

#include "connector/upstream/wire.h"

namespace rms::connector {
namespace {

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
  return soap::Fault{std::move(*fault.mutable_exception()), std::move(*fault.mutable_text()),
                     std::move(*fault.mutable_missing_grant())};
}

// `text`, which must not be empty; `what` it is.
Result<std::string> take(std::string& text, std::string_view what) {
  if (text.empty()) return malformed(fmt::format("an empty {}", what));
  return std::move(text);
}

Result<void> same_count(int answers, std::size_t items) {
  if (static_cast<std::size_t>(answers) == items) return {};
  return malformed(fmt::format("{} answers to {} items", answers, items));
}

Error neither() {
  return malformed("neither result nor fault");
}

// The fault that refuses a whole request, or what `read` makes of the answer.
template <class Message, class Read>
Result<soap::Response> fault_or(Message& response, Read read) {
  if (response.has_fault()) {
    RMS_TRY(soap::Fault fault, take(*response.mutable_fault()));
    return soap::Response(std::move(fault));
  }
  return read();
}

// The answer that is one chain.
template <class Answer, class Message>
Result<soap::Response> chain_or_fault(Message& response) {
  return fault_or(response, [&]() -> Result<soap::Response> {
    if (!response.has_chain()) return neither();
    RMS_TRY(soap::Chain chain, take(*response.mutable_chain()));
    return soap::Response(Answer{std::move(chain)});
  });
}

// One of many answers: a fault, or what `read` makes of it.
template <class Answer, class Message, class Read>
Result<Answer> item_or_fault(Message& item, Read read) {
  if (item.has_fault()) {
    RMS_TRY(soap::Fault fault, take(*item.mutable_fault()));
    return Answer(std::move(fault));
  }
  RMS_TRY(auto good, read());
  return Answer(std::move(good));
}

}  // namespace

Result<soap::Response> from_wire(v1::CertifyResponse& response, const soap::CertifyRequest&) {
  return chain_or_fault<soap::CertifyResponse>(response);
}

Result<soap::Response> from_wire(v1::GetClientLicensorCertResponse& response,
                                 const soap::GetClientLicensorCertRequest& request) {
  return fault_or(response, [&]() -> Result<soap::Response> {
    RMS_CHECK(same_count(response.chains_size(), request.persona_chains.size()));
    soap::GetClientLicensorCertResponse answer;
    for (v1::Chain& from : *response.mutable_chains()) {
      RMS_TRY(soap::Chain chain, take(from));
      answer.chains.push_back(std::move(chain));
    }
    return soap::Response(std::move(answer));
  });
}

Result<soap::Response> from_wire(v1::AcquireLicenseResponse& response, const soap::AcquireLicenseRequest& request) {
  return fault_or(response, [&]() -> Result<soap::Response> {
    RMS_CHECK(same_count(response.answers_size(), request.items.size()));
    soap::AcquireLicenseResponse answer;
    answer.opened_any = response.opened_any();
    for (v1::LicenseAnswer& from : *response.mutable_answers()) {
      RMS_TRY(auto one, item_or_fault<soap::AcquireLicenseAnswer>(from, [&]() -> Result<soap::Chain> {
                if (!from.has_chain()) return neither();
                return take(*from.mutable_chain());
              }));
      answer.answers.push_back(std::move(one));
    }
    return soap::Response(std::move(answer));
  });
}

Result<soap::Response> from_wire(v1::AcquirePreLicenseResponse& response,
                                 const soap::AcquirePreLicenseRequest& request) {
  return fault_or(response, [&]() -> Result<soap::Response> {
    RMS_CHECK(same_count(response.answers_size(), request.identities.size()));
    soap::AcquirePreLicenseResponse answer;
    bool licensed = false;
    for (v1::PreLicenseAnswer& from : *response.mutable_answers()) {
      RMS_TRY(auto one, item_or_fault<soap::PreLicenseAnswer>(from, [&]() -> Result<std::string> {
                if (!from.has_license()) return neither();
                return take(*from.mutable_license(), "licence");
              }));
      licensed = licensed || std::holds_alternative<std::string>(one);
      answer.answers.push_back(std::move(one));
    }
    // A licence is worth nothing without the chain that its signature leads to; where there is none, nobody needs it.
    if (licensed || response.server_chain().documents_size() > 0) {
      RMS_TRY(answer.server_chain, take(*response.mutable_server_chain()));
    }
    return soap::Response(std::move(answer));
  });
}

Result<soap::Response> from_wire(v1::AcquireIssuanceLicenseResponse& response,
                                 const soap::AcquireIssuanceLicenseRequest&) {
  return chain_or_fault<soap::AcquireIssuanceLicenseResponse>(response);
}

Result<soap::Response> from_wire(v1::AcquireTemplateInformationResponse& response,
                                 const soap::AcquireTemplateInformationRequest&) {
  return fault_or(response, [&]() -> Result<soap::Response> {
    soap::AcquireTemplateInformationResponse answer;
    RMS_TRY(answer.server_public_key, take(*response.mutable_server_public_key(), "public key"));
    for (v1::TemplateHash& from : *response.mutable_templates()) {
      soap::TemplateHash to;
      RMS_TRY(to.guid, take(*from.mutable_guid(), "GUID of a template"));
      RMS_TRY(to.hash, take(*from.mutable_hash(), "hash of a template"));
      answer.templates.push_back(std::move(to));
    }
    return soap::Response(std::move(answer));
  });
}

Result<soap::Response> from_wire(v1::AcquireTemplatesResponse& response, const soap::AcquireTemplatesRequest& request) {
  return fault_or(response, [&]() -> Result<soap::Response> {
    RMS_CHECK(same_count(response.templates_size(), request.guids.size()));
    soap::AcquireTemplatesResponse answer;
    for (const std::string& guid : request.guids) {
      v1::Template& from = *response.mutable_templates(static_cast<int>(answer.templates.size()));
      if (from.guid() != guid) return malformed("another template than was asked for");
      soap::Template to;
      to.guid = guid;  // Maybe empty, as callers may ask: that is answered without a template.
      if (from.has_xrml()) {
        RMS_TRY(to.hash, take(*from.mutable_hash(), "hash of a template"));
        RMS_TRY(to.xrml, take(*from.mutable_xrml(), "template"));
      }
      answer.templates.push_back(std::move(to));
    }
    return soap::Response(std::move(answer));
  });
}

Result<soap::Response> from_wire(v1::GetLicensorCertificateResponse& response,
                                 const soap::GetLicensorCertificateRequest&) {
  return chain_or_fault<soap::GetLicensorCertificateResponse>(response);
}

Result<soap::Response> from_wire(v1::FindServiceLocationsResponse& response,
                                 const soap::FindServiceLocationsRequest& request) {
  return fault_or(response, [&]() -> Result<soap::Response> {
    RMS_CHECK(same_count(response.locations_size(), request.types.size()));
    soap::FindServiceLocationsResponse answer;
    for (v1::ServiceLocation& from : *response.mutable_locations()) {
      soap::ServiceLocation to;
      RMS_TRY(to.type, take(*from.mutable_type(), "type of a service"));
      if (from.has_url()) {
        RMS_TRY(to.url, take(*from.mutable_url(), "URL of a service"));
      }
      answer.locations.push_back(std::move(to));
    }
    return soap::Response(std::move(answer));
  });
}

Result<soap::Response> from_wire(v1::GetServerInfoResponse& response, const soap::GetServerInfoRequest&) {
  return fault_or(response, [&]() -> Result<soap::Response> {
    if (!response.has_results()) return neither();
    RMS_TRY(std::string results, take(*response.mutable_results(), "text of results"));
    return soap::Response(soap::GetServerInfoResponse{std::move(results)});
  });
}

Result<soap::Response> from_wire(v1::PrecertifyResponse& response, const soap::PrecertifyRequest&) {
  return fault_or(response, [&]() -> Result<soap::Response> {
    if (!response.has_certificate()) return neither();
    RMS_TRY(std::string certificate, take(*response.mutable_certificate(), "certificate"));
    return soap::Response(soap::PrecertifyResponse{std::move(certificate)});
  });
}

}  // namespace rms::connector
