// SPDX-License-Identifier: Apache-2.0
#include "soap/reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace rms::soap {
namespace {

constexpr std::string_view kExpected =
    "expected a SOAP 1.1 or SOAP 1.2 envelope (Envelope in namespace http://schemas.xmlsoap.org/soap/envelope/ or "
    "http://www.w3.org/2003/05/soap-envelope)";

bool is_true(std::optional<std::string_view> value) {
  return value && (*value == "1" || *value == "true");
}

std::string_view trimmed(std::string_view text) {
  return rms::trimmed(text, " \t\r\n");
}

std::string in_namespace(std::string_view name, std::string_view ns) {
  return std::string(name).append(" (namespace ").append(ns).append(")");
}

Refused unreadable(const Error& error) {
  const auto code = error.code.category() == error_category() ? static_cast<Errc>(error.code.value()) : Errc::malformed;
  return refuse(code, code == Errc::too_large ? exceptions::kArgument : exceptions::kXmlFormat,
                fmt::format("{}; {}", kExpected, error.context));
}

Refused mismatch(std::string text) {
  return refuse(Errc::unsupported, exceptions::kSoap, std::move(text), FaultCode::version_mismatch);
}

std::optional<SoapVersion> version_of(const xml::Element& root) {
  for (const SoapVersion version : {SoapVersion::v1_1, SoapVersion::v1_2})
    if (root.is(envelope_namespace(version), "Envelope")) return version;
  return std::nullopt;
}

// Whether we are the one to whom a header entry is addressed.
bool is_for_us(const xml::Element& entry, SoapVersion version) {
  const bool v1_1 = version == SoapVersion::v1_1;
  const auto to = entry.attribute(envelope_namespace(version), v1_1 ? "actor" : "role");
  if (!to || to->empty()) return true;
  return v1_1 ? *to == "http://schemas.xmlsoap.org/soap/actor/next"
              : *to == "http://www.w3.org/2003/05/soap-envelope/role/next" ||
                    *to == "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver";
}

// The elements {ns}name of `array`, nil ones too.
Read<std::vector<xml::Element>> read_elements(const xml::Element& array, std::string_view ns, std::string_view name,
                                              Count count) {
  std::vector<xml::Element> items;
  for (auto at = array.first_child(); at; at = at->next_sibling()) {
    if (!at->is(ns, name)) continue;
    if (items.size() == count.most)
      return refuse(Errc::too_large, exceptions::kArgument,
                    "expected at most " + std::to_string(count.most) + " " + std::string(name));
    items.push_back(*at);
  }
  if (items.size() < count.least)
    return refuse(Errc::malformed, exceptions::kArgumentNull, "expected at least one " + in_namespace(name, ns));
  return items;
}

}  // namespace

std::string_view envelope_namespace(SoapVersion version) {
  return version == SoapVersion::v1_1 ? "http://schemas.xmlsoap.org/soap/envelope/"
                                      : "http://www.w3.org/2003/05/soap-envelope";
}

Refused refuse(Errc code, std::string_view exception, std::string text, FaultCode fault_code) {
  Error why(code, text);
  return {{std::string(exception), std::move(text)}, std::move(why), fault_code};
}

Read<Envelope> read_envelope(std::string bytes, std::optional<SoapVersion> expected) {
  auto text = xml::to_utf8(bytes);
  if (!text) return unreadable(text.error());
  bytes = {};
  auto document = xml::Document::parse(*std::move(text), {.bytes = kMaxEnvelopeBytes});
  if (!document) return unreadable(document.error());

  const xml::Element root = document->root();
  const auto version = version_of(root);
  if (!version && root.is("Envelope")) return mismatch(std::string(kExpected));
  if (!version) return refuse(Errc::malformed, exceptions::kSoap, std::string(kExpected));
  if (expected && *expected != *version)
    return mismatch(
        "expected an envelope of the version that the Content-Type names: text/xml is SOAP 1.1, "
        "application/soap+xml is SOAP 1.2");
  return Envelope{*std::move(document), *version};
}

Read<Parts> parts_of(const Envelope& envelope) {
  const std::string_view ns = envelope_namespace(envelope.version);
  RMS_TRY(const auto header, optional_child(envelope.document.root(), ns, "Header"));
  RMS_TRY(const auto body, optional_child(envelope.document.root(), ns, "Body"));
  if (!body) return refuse(Errc::malformed, exceptions::kSoap, "expected a Body in the SOAP envelope");
  const auto payload = body->first_child();
  if (!payload || payload->next_sibling())
    return refuse(Errc::malformed, exceptions::kSoap, "expected exactly one element in the SOAP Body");
  return Parts{header, *payload};
}

Read<std::optional<VersionData>> read_header(const std::optional<xml::Element>& header, const Dialect& dialect) {
  if (!header) return std::optional<VersionData>();
  for (auto entry = header->first_child(); entry; entry = entry->next_sibling()) {
    if (entry->is(dialect.ns, "VersionData") || !is_for_us(*entry, dialect.version)) continue;
    if (is_true(entry->attribute(envelope_namespace(dialect.version), "mustUnderstand")))
      return refuse(Errc::unsupported, exceptions::kSoapHeader,
                    "the only header understood is VersionData in namespace " + std::string(dialect.ns),
                    FaultCode::must_understand);
  }
  RMS_TRY(const auto data, optional_child(*header, dialect.ns, "VersionData"));
  if (!data) return std::optional<VersionData>();
  VersionData version;
  RMS_TRY(version.minimum, optional_text(*data, dialect.ns, "MinimumVersion"));
  RMS_TRY(version.maximum, optional_text(*data, dialect.ns, "MaximumVersion"));
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
  if (!found) return refuse(Errc::malformed, exceptions::kArgumentNull, "expected " + in_namespace(name, ns));
  return *found;
}

bool is_nil(const xml::Element& element) {
  return is_true(element.attribute(kXsiNs, "nil"));
}

Read<std::string> read_text(const xml::Element& element) {
  const std::string whole = element.text();
  std::string text(trimmed(whole));
  if (text.size() > kMaxStringBytes)
    return refuse(Errc::too_large, exceptions::kArgument,
                  "expected at most " + std::to_string(kMaxStringBytes) + " bytes in " + std::string(element.name()));
  return text;
}

Read<std::optional<std::string>> optional_text(const xml::Element& parent, std::string_view ns, std::string_view name) {
  RMS_TRY(const auto element, optional_child(parent, ns, name));
  if (!element) return std::optional<std::string>();
  RMS_TRY(auto text, read_text(*element));
  return std::optional(std::move(text));
}

Read<std::vector<xml::Element>> read_items(const xml::Element& array, std::string_view ns, std::string_view name,
                                           Count count) {
  RMS_TRY(auto items, read_elements(array, ns, name, count));
  if (std::ranges::any_of(items, is_nil))
    return refuse(Errc::malformed, exceptions::kArgumentNull, "expected no nil " + std::string(name));
  return items;
}

Read<std::vector<std::string>> read_strings(const xml::Element& array, std::string_view ns, Count count) {
  RMS_TRY(const auto elements, read_elements(array, ns, "string", count));
  std::vector<std::string> strings;
  for (const xml::Element& element : elements) {
    RMS_TRY(auto text, read_text(element));
    strings.push_back(is_nil(element) ? std::string() : std::move(text));
  }
  return strings;
}

Read<std::optional<xml::Element>> read_certificate(const xml::Element& certificate) {
  if (is_nil(certificate)) return std::optional<xml::Element>();
  const auto content = certificate.first_child();
  if ((content && content->next_sibling()) || !trimmed(certificate.text()).empty())
    return refuse(Errc::malformed, exceptions::kArgument,
                  "expected exactly one element, XrML, in each " + std::string(certificate.name()));
  return content;
}

Read<std::optional<std::string_view>> read_document(const xml::Element& certificate) {
  RMS_TRY(const auto document, read_certificate(certificate));
  if (!document) return std::optional<std::string_view>();
  if (!document->is("XrML") || !document->prefix().empty())
    return refuse(Errc::malformed, exceptions::kArgument,
                  "expected XrML, written without a prefix, in each " + std::string(certificate.name()));
  return std::optional(document->source());
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
    RMS_TRY(const auto document, read_document(*at));
    if (!document) continue;
    if (chain.size() == limits.documents) return too_large(std::to_string(limits.documents) + " certificates");
    if (document->size() > limits.bytes_each)
      return too_large(std::to_string(limits.bytes_each) + " bytes a certificate");
    total += document->size();
    if (total > limits.bytes_total) return too_large(std::to_string(limits.bytes_total) + " bytes");
    chain.push_back(*document);
  }
  return chain;
}

Read<ChainView> read_required_chain(const xml::Element& parent, std::string_view ns, std::string_view name,
                                    const ChainLimits& limits) {
  RMS_TRY(auto chain, read_chain(parent, ns, name, limits));
  if (chain.empty())
    return refuse(Errc::malformed, exceptions::kArgumentNull,
                  "expected at least one Certificate in " + in_namespace(name, ns));
  return chain;
}

}  // namespace rms::soap
