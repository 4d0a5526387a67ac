// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <utility>

#include "soap/codec.h"
#include "soap/envelope.h"

namespace rms::soap {

Read<Chain> read_answer_chain(const xml::Element& parent, std::string_view ns, std::string_view name) {
  RMS_TRY(const auto views, read_required_chain(parent, ns, name, kAnswerLimits));
  return Chain(views.begin(), views.end());
}

Read<xml::Element> read_only_answer(const xml::Element& response, std::string_view ns, std::string_view result,
                                    std::string_view name) {
  RMS_TRY(const auto array, required_child(response, ns, result));
  RMS_TRY(const auto items, read_items(array, ns, name, {1, 1}));
  return items.front();
}

namespace {

Refused unexpected(std::string text) {
  return refuse(Errc::malformed, exceptions::kSoap, std::move(text));
}

Read<Response> read_fault(const xml::Element& fault, SoapVersion version) {
  if (version == SoapVersion::v1_1) {
    RMS_TRY(const auto text, required_child(fault, "", "faultstring"));
    return Response(parse_fault_string(text.text()));
  }
  const std::string_view ns = envelope_namespace(version);
  RMS_TRY(const auto reason, required_child(fault, ns, "Reason"));
  // One for each language; the first is as good as any.
  for (auto at = reason.first_child(); at; at = at->next_sibling())
    if (at->is(ns, "Text")) return Response(parse_fault_string(at->text()));
  return unexpected("expected Text in the Reason of a fault");
}

template <std::size_t... Index>
Response empty_response(Operation operation, std::index_sequence<Index...>) {
  constexpr std::array<Response (*)(), sizeof...(Index)> kMake{[] { return Response(std::in_place_index<Index>); }...};
  return kMake[static_cast<std::size_t>(operation)]();
}

struct ReadResult {
  const xml::Element& element;
  std::string_view ns;
  Read<void> operator()(Fault&) const { return {}; }  // No operation's answer.
  Read<void> operator()(auto& response) const { return read(element, ns, response); }
};

// The namespace of the answer to `operation`; refused if it is none of ours. Only then is it short, and worth comparing
// with each of a hundred thousand headers.
Read<std::string_view> read_answer_namespace(Operation operation, const xml::Element& payload) {
  const std::string root = std::string(to_string(operation)) + "Response";
  if (payload.is(root))
    for (const Service& service : services())
      if (const auto ns = namespace_of(service, operation, payload.namespace_uri())) return *ns;
  return unexpected("expected " + root + " in the namespace of its service");
}

Read<Response> read_response(Operation operation, std::string bytes) {
  RMS_TRY(const auto envelope, read_envelope(std::move(bytes), std::nullopt));
  RMS_TRY(const auto parts, parts_of(envelope));
  const std::string_view soap_ns = envelope_namespace(envelope.version);
  if (parts.payload.is(soap_ns, "Fault")) {
    RMS_CHECK(read_header(parts.header, {soap_ns, envelope.version}));
    return read_fault(parts.payload, envelope.version);
  }
  RMS_TRY(const auto ns, read_answer_namespace(operation, parts.payload));
  RMS_CHECK(read_header(parts.header, {ns, envelope.version}));
  Response response = empty_response(operation, std::make_index_sequence<kOperationCount>());
  RMS_CHECK(std::visit(ReadResult{parts.payload, ns}, response));
  return response;
}

}  // namespace

Result<Response> parse_response(Operation operation, std::string bytes) {
  auto response = read_response(operation, std::move(bytes));
  if (!response) return response.error().why;
  return *std::move(response);
}

}  // namespace rms::soap
