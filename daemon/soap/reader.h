// SPDX-License-Identifier: Apache-2.0
//
// What reading requests and reading responses have in common: the envelope and its hygiene, and the types that every
// message is made of. Private to this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include "soap/envelope.h"
#include "xml/document.h"

namespace rms::soap {

inline constexpr std::string_view kXsiNs = "http://www.w3.org/2001/XMLSchema-instance";
std::string_view envelope_namespace(SoapVersion version);

// A value, or why the message is refused. Works with RMS_TRY.
template <class T>
class [[nodiscard]] Read : public boost::system::result<T, Refused> {
 public:
  using boost::system::result<T, Refused>::result;
};

// The same sentence for caller and log.
Refused refuse(Errc code, std::string_view exception, std::string text, FaultCode fault_code = FaultCode::server);

struct Envelope {
  xml::Document document;  // its root is an Envelope of `version`
  SoapVersion version;
};
// Decodes and parses `bytes`. Refused unless it is an envelope of the version that is `expected`, if one is.
Read<Envelope> read_envelope(std::string bytes, std::optional<SoapVersion> expected);

struct Parts {
  std::optional<xml::Element> header;
  xml::Element payload;  // The one element in the Body.
};
Read<Parts> parts_of(const Envelope& envelope);

// The VersionData of namespace `ns`, not yet judged. Refuses other headers that must be understood (SOAP 1.1 4.2.3,
// SOAP 1.2 part 1 2.4).
Read<std::optional<VersionData>> read_header(const std::optional<xml::Element>& header, const Dialect& dialect);

// The child {ns}name of `parent`; nullopt if it is absent or xsi:nil. Refused if it stands twice: which one counted
// would be a guess.
Read<std::optional<xml::Element>> optional_child(const xml::Element& parent, std::string_view ns,
                                                 std::string_view name);
// The same where absence is System.ArgumentNullException (MS-RMPR 3.1.4.6).
Read<xml::Element> required_child(const xml::Element& parent, std::string_view ns, std::string_view name);

bool is_nil(const xml::Element& element);

// The text of `element` without the blanks of pretty-printed XML around it; at most kMaxStringBytes.
Read<std::string> read_text(const xml::Element& element);
// The text of the child {ns}name; nullopt if it is absent or nil.
Read<std::optional<std::string>> optional_text(const xml::Element& parent, std::string_view ns, std::string_view name);

// How many an array may hold.
struct Count {
  std::size_t least, most;
};
// The elements {ns}name of `array`, none of them nil: answers are correlated by their place.
Read<std::vector<xml::Element>> read_items(const xml::Element& array, std::string_view ns, std::string_view name,
                                           Count count);
// The texts of an ArrayOfString; a nil one is empty, so that the others keep their place.
Read<std::vector<std::string>> read_strings(const xml::Element& array, std::string_view ns, Count count);

// The one element inside a Certificate or the like; nullopt for a nil or empty one (MS-RMPR 2.2.4.1).
Read<std::optional<xml::Element>> read_certificate(const xml::Element& certificate);
// The XrML inside it, exact characters; nullopt as above.
Read<std::optional<std::string_view>> read_document(const xml::Element& certificate);

struct ChainLimits {
  std::size_t documents;
  std::size_t bytes_each;
  std::size_t bytes_total;
};
// The documents of an ArrayOfXmlNode, exact characters; empty if the array is absent, nil or empty.
Read<ChainView> read_chain(const xml::Element& parent, std::string_view ns, std::string_view name,
                           const ChainLimits& limits);
// The same; an empty one is System.ArgumentNullException.
Read<ChainView> read_required_chain(const xml::Element& parent, std::string_view ns, std::string_view name,
                                    const ChainLimits& limits);

}  // namespace rms::soap
