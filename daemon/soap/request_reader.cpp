// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <utility>

#include "soap/codec.h"
#include "soap/envelope.h"
#include "soap/version.h"

namespace rms::soap {
namespace {

std::string expected_operations(const Service& service) {
  std::string text = "expected";
  for (const Operation operation : service.operations)
    text.append(operation == service.operations.front() ? " " : " or ").append(to_string(operation));
  return text.append(" in namespace ").append(service.ns);
}

struct Question {
  Operation operation;
  std::string_view ns;
};

Read<Question> read_question(const Service& service, const xml::Element& payload) {
  for (const Operation operation : service.operations) {
    if (!payload.is(to_string(operation))) continue;
    if (const auto ns = namespace_of(service, operation, payload.namespace_uri())) return Question{operation, *ns};
  }
  return refuse(Errc::malformed, exceptions::kSoap, expected_operations(service));
}

// An envelope under another operation's action is how filters on the way are deceived: refused.
std::optional<Refused> refuse_action(const Question& question, std::optional<std::string_view> action) {
  if (!action) return std::nullopt;
  if (action->size() >= 2 && action->front() == '"' && action->back() == '"')
    action = action->substr(1, action->size() - 2);
  const std::string expected = soap_action(question.ns, question.operation);
  if (action->empty() || *action == expected) return std::nullopt;
  return refuse(Errc::denied, exceptions::kSoap, "expected SOAPAction " + expected + " for this envelope");
}

template <std::size_t... Index>
Request empty_request(Operation operation, std::index_sequence<Index...>) {
  constexpr std::array<Request (*)(), sizeof...(Index)> kMake{[] { return Request(std::in_place_index<Index>); }...};
  return kMake[static_cast<std::size_t>(operation)]();
}

struct Content {
  Request request;
  std::optional<VersionData> version;
};

Read<Content> read_content(const Service& service, const Envelope& envelope,
                           std::optional<std::string_view> soap_action, std::optional<std::string_view> media_action,
                           Dialect& dialect) {
  RMS_TRY(const auto parts, parts_of(envelope));
  RMS_TRY(const auto question, read_question(service, parts.payload));
  dialect.ns = question.ns;
  if (auto refused = refuse_action(question, soap_action)) return *std::move(refused);
  if (auto refused = refuse_action(question, media_action)) return *std::move(refused);
  RMS_TRY(auto version, read_header(parts.header, dialect));
  if (question.operation == Operation::get_server_info) version.reset();  // Not of its messages, nor forbidden.
  if (version)
    if (auto refused = refuse_version(*version)) return *std::move(refused);

  Content content{empty_request(question.operation, std::make_index_sequence<kOperationCount>()), std::move(version)};
  const Asked asked{question.ns, understands_batches(content.version)};
  RMS_CHECK(std::visit([&](auto& request) { return read(parts.payload, asked, request); }, content.request));
  return content;
}

}  // namespace

RequestEnvelope::RequestEnvelope(xml::Document document, Request request, std::optional<VersionData> version,
                                 Dialect dialect)
    : document_(std::move(document)), request_(std::move(request)), version_(std::move(version)), dialect_(dialect) {}

std::variant<RequestEnvelope, Refused> RequestEnvelope::parse(const Service& service, std::string bytes,
                                                              std::optional<std::string_view> soap_action,
                                                              const MediaType& media) {
  Dialect dialect{service.ns, media.version.value_or(SoapVersion::v1_1)};
  const auto in_kind = [&dialect](Refused refused) {
    refused.dialect = dialect;
    return refused;
  };
  auto envelope = read_envelope(std::move(bytes), media.version);
  if (!envelope) return in_kind(envelope.error());
  dialect.version = envelope->version;
  auto content = read_content(service, *envelope, soap_action, media.action, dialect);
  if (!content) return in_kind(content.error());
  return RequestEnvelope(std::move(envelope->document), std::move(content->request), std::move(content->version),
                         dialect);
}

}  // namespace rms::soap
