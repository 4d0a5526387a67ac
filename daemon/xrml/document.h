// SPDX-License-Identifier: Apache-2.0
//
// One XrML document: its exact characters and what they say. Signatures cover characters (digest over the UTF-16LE
// form of "<BODY" to "</BODY>", MS-RMPR 2.2.9.1.12 with the rule measured on real licences), so a Document never
// re-serializes: text() is what arrived or what was issued, to the character.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "xrml/content.h"
#include "xrml/keys.h"

namespace rms::xrml {

// Largest documents we read (MS-RMPR notes 41-43: 8 MiB a publishing licence, 30 KiB a licensee certificate).
inline constexpr std::size_t kMaxDocumentBytes = 8 * 1024 * 1024;
inline constexpr std::size_t kMaxLicenseeCertificateBytes = 30 * 1024;
inline constexpr std::size_t kMaxChainDocuments = 16;
inline constexpr std::size_t kMaxChainBytes = 2 * kMaxDocumentBytes;  // UTF-16 takes twice as many.

struct Signature {
  Hash hash = Hash::sha256;
  std::vector<std::uint8_t> digest;
  std::vector<std::uint8_t> value;
};

// Immutable and cheap to copy (shared text). Any thread.
class Document {
 public:
  // `utf8` is exactly one <XrML> document (white space, an XML declaration and a BOM around it are tolerated and
  // not part of text()): one BODY, then a SIGNATURE or nothing. A second BODY or SIGNATURE anywhere, be it in a
  // comment, is refused. Elements and attributes that we do not know are ignored, conditions of rights are not.
  // Errc::malformed, Errc::too_large, Errc::unsupported.
  static Result<Document> parse(std::string_view utf8);

  std::string_view text() const;  // "<XrML" to "</XrML>"
  std::string_view body() const;  // "<BODY" to "</BODY>"
  const Content& content() const;
  Kind kind() const { return content().kind; }
  const std::optional<Signature>& signature() const;

  // Exact characters of the ISSUER, ISSUEDPRINCIPALS element. Empty if absent.
  std::string_view issuer_source() const;
  std::string_view principals_source() const;
  // The characters that this document's enabling bits are bound to (seal.h, docs/decisions/0012): the ISSUER element;
  // in a PL followed by ISSUEDPRINCIPALS without its ENABLINGBITS.
  std::string_view bound_text() const;

  // Recomputes the digest and checks the signature with the key that the ISSUER element names.
  // Says nothing about whether that issuer is trusted: see chain.h. Errc::signature_invalid (what differs);
  // Errc::unsupported if there is no signature, or its key and digest are of different modes (docs/decisions/0010).
  Result<void> verify_signature() const;

  struct Parsed;  // Only document.cpp knows it.

 private:
  explicit Document(std::shared_ptr<const Parsed> parsed);
  std::shared_ptr<const Parsed> parsed_;
};

// Documents one after the other, as .pfile and disk store them: UTF-8 (with or without BOM) or UTF-16LE, an optional
// XML declaration first, a trailing NUL tolerated. At least one, at most kMaxChainDocuments. The first is the leaf.
Result<std::vector<Document>> parse_chain(std::string_view bytes);
// The same from separate texts, as SOAP and gRPC carry them.
Result<std::vector<Document>> parse_chain(std::span<const std::string_view> texts);
// Texts one after the other, UTF-8 without BOM.
std::string join_chain(std::span<const Document> chain);

// Writes `content` in the element order of its kind and signs it (Mode 2). The issuer key of `content` must be
// `issuer_key`'s public half (REQUIRES; asserted). Null: written without a signature (rights data, a PL that a server
// is to sign). A PL's signature has the order ALGORITHM, DIGEST, VALUE, all others DIGEST, ALGORITHM, VALUE, as in
// real documents. Errc as parse(): what was written is read again, so content that cannot be read is never issued.
Result<Document> issue(const Content& content, const PrivateKey* issuer_key);

}  // namespace rms::xrml
