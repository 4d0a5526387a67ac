// SPDX-License-Identifier: Apache-2.0
//
// From Content to the characters that Microsoft's services would write: no white space between elements, the element
// order of the kind (MS-RMPR 2.2.9.3 to 2.2.9.10 and the examples in 4.5). For this room's sources only.
#pragma once

#include <span>
#include <string>

#include "xrml/content.h"
#include "xrml/document.h"

namespace rms::xrml {

std::string write_body(const Content& content);
std::string write_signature(Kind kind, const Signature& signature);
// The document around a body and a signature (which may be empty).
std::string write_document(Kind kind, std::string_view body, std::string_view signature);

// What enabling bits are bound to (Document::bound_text) of a document that is yet to be written.
std::string bound_text(const Content& content);

}  // namespace rms::xrml
