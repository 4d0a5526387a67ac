// SPDX-License-Identifier: Apache-2.0
//
// Whether a chain is to be believed: every signature good, every document issued by the next, the last link a key that
// we trust, every certificate inside its validity. Chain orders: MS-RMPR 2.2.9.2 (leaf first).
#pragma once

#include <span>

#include "base/result.h"
#include "xrml/document.h"

namespace rms::xrml {

// The keys we trust, by their public half. Copied freely.
struct TrustAnchors {
  std::vector<PublicKey> keys;
  bool contains(const PublicKey& key) const;
};

// Verifies `chain` (leaf first) at time `now`. It holds if each document's signature is good under its ISSUER's key,
// that key, id and name are the principal's of the next document (or the key is a trust anchor), the chain reaches a
// trust anchor, and no document is outside its validity: VALIDITYTIME at `now`; RIGHT ISSUE's RANGETIME when the
// certificate issued the document before it (its ISSUEDTIME), at `now` for the leaf. So content outlives the
// certificate that it was published with. Issuing documents must have a kind that may issue what they issued: a RAC
// cannot issue a CLC. Documents after the anchor is reached are ignored. Errc::signature_invalid, Errc::untrusted,
// Errc::not_valid_now, Errc::unsupported (a document without signature, modes mixed), Errc::malformed (no document);
// the context names the document by kind and position.
Result<void> verify_chain(std::span<const Document> chain, const TrustAnchors& anchors, Time now);

// What verify_chain() demands of `document` and the next one, `issuer`, but for signatures and times: it is whom the
// document names, by key, id and name, its kind may issue such a document, and it holds the right to. Errc::untrusted.
Result<void> check_link(const Document& document, const Document& issuer);

// Demands that the document, or the leaf, is of this kind: Errc::malformed says what it is instead.
Result<void> expect_kind(const Document& document, Kind kind);
Result<std::vector<Document>> expect_kind(std::vector<Document> chain, Kind leaf);

}  // namespace rms::xrml
