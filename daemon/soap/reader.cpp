// SPDX-License-Identifier: Apache-2.0
#include "soap/reader.h"

namespace rms::soap {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kNextActor = "http://schemas.xmlsoap.org/soap/actor/next";
constexpr std::string_view kExpected =
    "expected a SOAP 1.1 envelope (Envelope in namespace http://schemas.xmlsoap.org/soap/envelope/)";

bool is_true(std::optional<std::string_view> value) {
  return value && (*value == "1" || *value == "true");
}

Refused unreadable(const Error& error) {
  const auto code = error.code.category() == error_category() ? static_cast<Errc>(error.code.value()) : Errc::malformed;
  return refuse(code, code == Errc::too_large ? exceptions::kArgument : exceptions::kXmlFormat,
                std::string(kExpected) + "; " + error.context);
}

// A version's text without the blanks of pretty-printed XML around it.
Read<std::optional<std::string>> read_version(const xml::Element& data, std::string_view ns, std::string_view name) {
  RMS_TRY(const auto element, optional_child(data, ns, name));
  if (!element) return std::optional<std::string>();
  std::string text = element->text();
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string::npos) return std::optional<std::string>(std::string());
  return std::optional(text.substr(first, text.find_last_not_of(kBlanks) + 1 - first));
}

}  // namespace

Refused refuse(Errc code, std::string_view exception, std::string text) {
  Error why(code, text);
  return {{std::string(exception), std::move(text)}, std::move(why)};
}

Read<xml::Document> read_envelope(std::string bytes) {
  auto text = xml::to_utf8(bytes);
  if (!text) return unreadable(text.error());
  bytes = {};
  auto document = xml::Document::parse(*std::move(text), {.bytes = kMaxEnvelopeBytes});
  if (!document) return unreadable(document.error());

  const xml::Element root = document->root();
  if (root.is(kSoap12Ns, "Envelope"))
    return refuse(Errc::unsupported, exceptions::kSoap,
                  "VersionMismatch: SOAP 1.2 is not supported; " + std::string(kExpected));
  if (!root.is(kSoap11Ns, "Envelope")) return refuse(Errc::malformed, exceptions::kSoap, std::string(kExpected));
  return *std::move(document);
}

Read<Parts> parts_of(const xml::Document& envelope) {
  RMS_TRY(const auto header, optional_child(envelope.root(), kSoap11Ns, "Header"));
  RMS_TRY(const auto body, optional_child(envelope.root(), kSoap11Ns, "Body"));
  if (!body) return refuse(Errc::malformed, exceptions::kSoap, "expected a Body in the SOAP envelope");
  const auto payload = body->first_child();
  if (!payload || payload->next_sibling())
    return refuse(Errc::malformed, exceptions::kSoap, "expected exactly one element in the SOAP Body");
  return Parts{header, *payload};
}

Read<std::optional<VersionData>> read_header(const std::optional<xml::Element>& header, std::string_view ns) {
  if (!header) return std::optional<VersionData>();
  for (auto entry = header->first_child(); entry; entry = entry->next_sibling()) {
    const auto actor = entry->attribute(kSoap11Ns, "actor");
    const bool for_us = !actor || actor->empty() || *actor == kNextActor;
    if (for_us && !entry->is(ns, "VersionData") && is_true(entry->attribute(kSoap11Ns, "mustUnderstand")))
      return refuse(Errc::unsupported, exceptions::kSoapHeader,
                    "MustUnderstand: the only header understood is VersionData in namespace " + std::string(ns));
  }
  RMS_TRY(const auto data, optional_child(*header, ns, "VersionData"));
  if (!data) return std::optional<VersionData>();
  VersionData version;
  RMS_TRY(version.minimum, read_version(*data, ns, "MinimumVersion"));
  RMS_TRY(version.maximum, read_version(*data, ns, "MaximumVersion"));
  return std::optional(std::move(version));
}

Read<std::optional<xml::Element>> optional_child(const xml::Element& parent, std::string_view ns,
                                                 std::string_view name) {
  std::optional<xml::Element> found;
  for (auto at = parent.first_child(); at; at = at->next_sibling()) {
    if (!at->is(ns, name)) continue;
    if (found) return refuse(Errc::malformed, exceptions::kArgument, "expected " + std::string(name) + " only once");
    found = at;
  }
  if (found && is_nil(*found)) found.reset();
  return found;
}

Read<xml::Element> required_child(const xml::Element& parent, std::string_view ns, std::string_view name) {
  RMS_TRY(const auto found, optional_child(parent, ns, name));
  if (!found)
    return refuse(Errc::malformed, exceptions::kArgumentNull,
                  "expected " + std::string(name) + " (namespace " + std::string(ns) + ")");
  return *found;
}

bool is_nil(const xml::Element& element) {
  return is_true(element.attribute(kXsiNs, "nil"));
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(kBlanks) == std::string_view::npos;
}

Read<std::optional<xml::Element>> read_certificate(const xml::Element& certificate) {
  if (is_nil(certificate)) return std::optional<xml::Element>();
  const auto content = certificate.first_child();
  if ((content && content->next_sibling()) || !is_blank(certificate.text()))
    return refuse(Errc::malformed, exceptions::kArgument, "expected exactly one element, XrML, in each Certificate");
  return content;
}

Read<ChainView> read_chain(const xml::Element& parent, std::string_view ns, std::string_view name,
                           const ChainLimits& limits) {
  const auto too_large = [name](std::string what) {
    return refuse(Errc::too_large, exceptions::kArgument, "expected at most " + what + " in " + std::string(name));
  };
  ChainView chain;
  RMS_TRY(const auto array, optional_child(parent, ns, name));
  if (!array) return chain;
  std::size_t total = 0;
  for (auto at = array->first_child(); at; at = at->next_sibling()) {
    if (!at->is(ns, "Certificate")) continue;
    RMS_TRY(const auto document, read_certificate(*at));
    if (!document) continue;
    if (!document->is("XrML") || !document->prefix().empty())
      return refuse(Errc::malformed, exceptions::kArgument,
                    "expected XrML, written without a prefix, in each Certificate of " + std::string(name));
    if (chain.size() == limits.documents) return too_large(std::to_string(limits.documents) + " certificates");
    const std::string_view text = document->source();
    if (text.size() > limits.bytes_each) return too_large(std::to_string(limits.bytes_each) + " bytes a certificate");
    total += text.size();
    if (total > limits.bytes_total) return too_large(std::to_string(limits.bytes_total) + " bytes");
    chain.push_back(text);
  }
  return chain;
}

}  // namespace rms::soap
