// SPDX-License-Identifier: Apache-2.0
#include "xrml/document.h"

#include <cassert>
#include <utility>

#include "xml/document.h"
#include "xrml/reader.h"
#include "xrml/writer.h"

namespace rms::xrml {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kEnd = "</XrML>";

std::string_view skip_space(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  return text;
}

std::string_view trimmed(std::string_view text) {
  text = skip_space(text);
  return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

// White space, a byte order mark and an XML declaration may stand before the first document.
std::string_view skip_prolog(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  text = skip_space(text);
  if (text.starts_with("<?xml ")) {
    const auto end = text.find("?>");
    text.remove_prefix(end == std::string_view::npos ? 0 : end + 2);
  }
  return skip_space(text);
}

bool occurs_twice(std::string_view text, std::string_view what) {
  const auto first = text.find(what);
  return first != std::string_view::npos && text.find(what, first + what.size()) != std::string_view::npos;
}

// Signature wrapping lives on readers that find different bodies in one text. So there must be only one to find, by
// whatever means: not even in a comment, a CDATA section or deep inside may a second one stand.
Result<void> check_unambiguous(std::string_view text) {
  for (const std::string_view tag : {"<XrML", "<BODY", "</BODY", "<SIGNATURE", "</SIGNATURE"}) {
    if (occurs_twice(text, tag)) return Error(Errc::malformed, std::string(tag) + " occurs twice");
  }
  return {};
}

struct Parts {
  xml::Element body;
  std::optional<xml::Element> signature;
};

// BODY, then SIGNATURE or nothing, and nothing else: what stands beside BODY is not signed.
Result<Parts> find_parts(xml::Element root) {
  if (!root.is("", "XrML")) return Error(Errc::malformed, "not an XrML document");
  if (const auto version = root.attribute("version"); version && *version != "1.2") {
    return Error(Errc::unsupported, "an XrML version that is not 1.2");
  }
  const auto body = root.first_child();
  if (!body || !body->is("", "BODY")) return Error(Errc::malformed, "XrML does not begin with its BODY");
  const auto signature = body->next_sibling();
  if (signature && (!signature->is("", "SIGNATURE") || signature->next_sibling())) {
    return Error(Errc::malformed, "XrML goes on after BODY with something else than one SIGNATURE");
  }
  // Comments too: whatever stands there, nobody signed it.
  std::string_view rest = root.content();
  for (const auto& part : {body, signature}) {
    if (!part) continue;
    const auto before = static_cast<std::size_t>(part->source().data() - rest.data());
    if (!skip_space(rest.substr(0, before)).empty()) return Error(Errc::malformed, "XrML holds text beside its BODY");
    rest.remove_prefix(before + part->source().size());
  }
  if (!skip_space(rest).empty()) return Error(Errc::malformed, "XrML holds text beside its BODY");
  return Parts{*body, signature};
}

std::string_view source_of(std::optional<xml::Element> element) {
  return element ? element->source() : std::string_view();
}

// `principals` without the bits of its one principal.
Result<std::string> without_bits(xml::Element principals) {
  RMS_TRY(const auto principal, required_child(principals, "PRINCIPAL"));
  RMS_TRY(const auto bits, only_child(principal, "ENABLINGBITS"));
  const std::string_view source = principals.source();
  if (!bits) return std::string(source);
  const auto begin = static_cast<std::size_t>(bits->source().data() - source.data());
  return std::string(source.substr(0, begin)).append(source.substr(begin + bits->source().size()));
}

}  // namespace

struct Document::Parsed {
  xml::Document tree;  // Owns the characters that the slices are of.
  std::string_view text, body, issuer, principals;
  std::string bound_text;
  Content content;
  std::optional<Signature> signature;
};

Document::Document(std::shared_ptr<const Parsed> parsed) : parsed_(std::move(parsed)) {}

Result<Document> Document::parse(std::string_view utf8) {
  if (utf8.size() > kMaxDocumentBytes) {
    return Error(Errc::too_large, "a document of more than " + std::to_string(kMaxDocumentBytes) + " bytes");
  }
  const std::string_view text = trimmed(skip_prolog(utf8));
  // Expat would take a comment or a declaration before or after the root; we want the document alone.
  if (!text.starts_with("<XrML") || !text.ends_with(">")) return Error(Errc::malformed, "not one XrML document");
  RMS_CHECK(check_unambiguous(text));
  RMS_TRY(auto tree, xml::Document::parse(std::string(text)));
  const auto root = tree.root();
  if (root.source().size() != text.size()) return Error(Errc::malformed, "text after the XrML document");
  RMS_TRY(const auto parts, find_parts(root));
  RMS_TRY(auto content, read_content(parts.body));
  std::optional<Signature> signature;
  if (parts.signature) {
    if (!content.issuer) return Error(Errc::malformed, "a signature of nobody: no ISSUER");
    RMS_TRY(signature, read_signature(*parts.signature));
  }
  // Picked as read_content() picked them: what is bound is what was read.
  RMS_TRY(const auto issuer_element, only_child(parts.body, "ISSUER"));
  RMS_TRY(const auto principals, only_child(parts.body, "ISSUEDPRINCIPALS"));
  const auto issuer = source_of(issuer_element);
  std::string bound(issuer);
  if (content.kind == Kind::publishing_license && principals) {
    RMS_TRY(const auto bare, without_bits(*principals));
    bound += bare;
  }
  const auto source = root.source();
  const auto body = parts.body.source();
  const auto principals_source = source_of(principals);
  return Document(std::make_shared<const Parsed>(Parsed{std::move(tree), source, body, issuer, principals_source,
                                                        std::move(bound), std::move(content), std::move(signature)}));
}

std::string_view Document::text() const {
  return parsed_->text;
}
std::string_view Document::body() const {
  return parsed_->body;
}
const Content& Document::content() const {
  return parsed_->content;
}
const std::optional<Signature>& Document::signature() const {
  return parsed_->signature;
}
std::string_view Document::issuer_source() const {
  return parsed_->issuer;
}
std::string_view Document::principals_source() const {
  return parsed_->principals;
}
std::string_view Document::bound_text() const {
  return parsed_->bound_text;
}

Result<void> Document::verify_signature() const {
  const std::string what(to_string(kind()));
  if (!signature()) return Error(Errc::unsupported, what + ": it is not signed");
  const auto& [hash, printed, value] = *signature();
  const PublicKey& key = *content().issuer->key;
  // Mode 1 is RSA-1024 with SHA-1, Mode 2 longer keys with SHA-256 (MS-RMPR 3.1.4.7). No mixtures: see docs/decisions.
  if ((hash == Hash::sha1) != (key.bits() == 1024)) {
    return Error(Errc::unsupported, what + ": key length and digest are of different modes");
  }
  const auto computed = digest(hash, xml::to_utf16le(body()));
  if (computed != printed)
    return Error(Errc::signature_invalid, what + ": its characters are not those that were signed");
  if (auto verified = key.verify(hash, printed, value); !verified) return std::move(verified).error().in(what);
  return {};
}

Result<std::vector<Document>> parse_chain(std::string_view bytes) {
  if (bytes.size() > kMaxChainBytes) {
    return Error(Errc::too_large, "a chain of more than " + std::to_string(kMaxChainBytes) + " bytes");
  }
  RMS_TRY(const auto utf8, xml::to_utf8(bytes));
  std::string_view rest = skip_prolog(utf8);
  std::vector<std::string_view> texts;
  while (!rest.empty()) {
    const auto end = rest.find(kEnd);
    if (end == std::string_view::npos) return Error(Errc::malformed, "a chain that does not end with a document");
    if (texts.size() == kMaxChainDocuments) {
      return Error(Errc::too_large, "a chain of more than " + std::to_string(kMaxChainDocuments) + " documents");
    }
    texts.push_back(rest.substr(0, end + kEnd.size()));
    rest = skip_space(rest.substr(end + kEnd.size()));
  }
  return parse_chain(texts);
}

Result<std::vector<Document>> parse_chain(std::span<const std::string_view> texts) {
  if (texts.empty()) return Error(Errc::malformed, "a chain without documents");
  if (texts.size() > kMaxChainDocuments) {
    return Error(Errc::too_large, "a chain of more than " + std::to_string(kMaxChainDocuments) + " documents");
  }
  std::vector<Document> chain;
  for (const auto text : texts) {
    auto document = Document::parse(text);
    if (!document) return std::move(document).error().in("document " + std::to_string(chain.size() + 1));
    chain.push_back(*std::move(document));
  }
  return chain;
}

std::string join_chain(std::span<const Document> chain) {
  std::string text;
  for (const auto& document : chain) text += document.text();
  return text;
}

Result<Document> issue(const Content& content, const PrivateKey* issuer_key) {
  const std::string body = write_body(content);
  std::string signature_text;
  if (issuer_key != nullptr) {
    assert(content.issuer && content.issuer->key == issuer_key->public_key());
    Signature signature;
    signature.digest = digest(signature.hash, xml::to_utf16le(body));
    RMS_TRY(signature.value, issuer_key->sign(signature.hash, signature.digest));
    signature_text = write_signature(content.kind, signature);
  }
  return Document::parse(write_document(content.kind, body, signature_text));
}

}  // namespace rms::xrml
