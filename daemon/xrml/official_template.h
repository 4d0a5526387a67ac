// SPDX-License-Identifier: Apache-2.0
//
// Official rights templates (MS-RMPR 2.2.9.10): who may do what and for how long, named and signed by the server, for
// publishers to pick from. A publishing licence made with one carries it as its rights data.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "xrml/certificates.h"
#include "xrml/document.h"

namespace rms::xrml {

// What people read, in one language.
struct TemplateText {
  unsigned lcid;  // Windows' number of the language: 1033 is English (United States)
  std::string name, description;
  friend bool operator==(const TemplateText&, const TemplateText&) = default;
};

struct TemplateRights {
  std::string mail;                 // of a person or a group, or kAnyone
  std::vector<std::string> rights;  // upper case
  friend bool operator==(const TemplateRights&, const TemplateRights&) = default;
};

// A value for applications, AUTHENTICATEDDATA id="APPSPECIFIC": VIEWER, ...
struct TemplateValue {
  std::string name, value;
  friend bool operator==(const TemplateValue&, const TemplateValue&) = default;
};

struct TemplateDefinition {
  std::string guid;                 // without braces
  std::vector<TemplateText> texts;  // at least one; one for each language
  std::vector<TemplateRights> rights;
  // When documents expire, one of the two or never: at a time, or so many days after they were protected.
  std::optional<Time> expires{};
  std::optional<int> content_days{};
  // How many days a use licence is good for (INTERVALTIME of each right); 0: it may not be kept at all (NOLICCACHE);
  // none: as long as the document.
  std::optional<int> license_days{};
  std::string referral{};  // "mailto:rms@contoso.test": whom to ask for rights; may be empty
  std::vector<TemplateValue> values{};
  friend bool operator==(const TemplateDefinition&, const TemplateDefinition&) = default;
};

inline constexpr std::size_t kMaxTemplateTexts = 64;
inline constexpr std::size_t kMaxTemplateTextBytes = 1024;  // of each name, description, address and value
inline constexpr std::size_t kMaxTemplateRights = 1024;     // grantees times their rights
inline constexpr std::size_t kMaxTemplateValues = 32;
inline constexpr int kMaxTemplateDays = 9999;  // as in Azure RMS

// Errc::malformed says what a template cannot hold: no name, a colon or semicolon where it would end the text
// (MS-RMPR 2.2.9.10.1), two kinds of expiry, ...; Errc::too_large names a limit.
Result<void> check(const TemplateDefinition& definition);

// Signed by `server`, whose principal is the ISSUER: "copied from the SPC" in MS-RMPR 2.2.9.10.2 is a slip for the SLC,
// as the example in 4.5.7 shows. Errc as check().
Result<Document> issue_official_template(const Issuer& server, const TemplateDefinition& definition,
                                         const ServiceUrls& urls, Time now);

// The GUID in the DESCRIPTOR of a template or of rights data, without braces; empty if there is none.
std::string template_guid(const Document& document);

// The texts of a DESCRIPTOR: "LCID 1033:NAME a:DESCRIPTION b;LCID 1031:...". What is not of this form is passed over.
std::vector<TemplateText> template_texts(std::string_view descriptor_name);

}  // namespace rms::xrml
