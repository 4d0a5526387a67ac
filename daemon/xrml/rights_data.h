// SPDX-License-Identifier: Apache-2.0
//
// The rights that an author grants (ERD, MS-RMPR 2.2.9.8), encrypted with the content key inside the publishing
// licence.
#pragma once

#include <string>

#include "base/result.h"
#include "xrml/document.h"
#include "xrml/keys.h"

namespace rms::xrml {

// Text for AUTHENTICATEDDATA id="Encrypted-Rights-Data". How it is encrypted: docs/decisions/.
Result<std::string> encrypt_rights_data(const Document& rights, const ContentKey& key);

// Errc::corrupt if the key does not fit or the text was altered; Errc::malformed if what comes out is no rights data.
Result<Document> decrypt_rights_data(std::string_view encrypted, const ContentKey& key);

}  // namespace rms::xrml
