// SPDX-License-Identifier: Apache-2.0
//
// What reading requests and reading responses have in common: the envelope and its hygiene, and the types that every
// message is made of. Private to this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

#include "soap/envelope.h"
#include "xml/document.h"

namespace rms::soap {

inline constexpr std::string_view kSoap11Ns = "http://schemas.xmlsoap.org/soap/envelope/";
inline constexpr std::string_view kSoap12Ns = "http://www.w3.org/2003/05/soap-envelope";
inline constexpr std::string_view kXsiNs = "http://www.w3.org/2001/XMLSchema-instance";

// A value, or why the message is refused. Works with RMS_TRY.
template <class T>
class [[nodiscard]] Read : public boost::system::result<T, Refused> {
 public:
  using boost::system::result<T, Refused>::result;
};

// The same sentence for caller and log.
Refused refuse(Errc code, std::string_view exception, std::string text);

// Decodes and parses `bytes`; the root is a SOAP 1.1 Envelope.
Read<xml::Document> read_envelope(std::string bytes);

struct Parts {
  std::optional<xml::Element> header;
  xml::Element payload;  // The one element in the Body.
};
Read<Parts> parts_of(const xml::Document& envelope);

// The VersionData of namespace `ns`, not yet judged. Refuses other headers that must be understood (SOAP 1.1 4.2.3).
Read<std::optional<VersionData>> read_header(const std::optional<xml::Element>& header, std::string_view ns);

// The child {ns}name of `parent`; nullopt if it is absent or xsi:nil. Refused if it stands twice: which one counted
// would be a guess.
Read<std::optional<xml::Element>> optional_child(const xml::Element& parent, std::string_view ns,
                                                 std::string_view name);
// The same where absence is System.ArgumentNullException (MS-RMPR 3.1.4.6).
Read<xml::Element> required_child(const xml::Element& parent, std::string_view ns, std::string_view name);

bool is_nil(const xml::Element& element);
bool is_blank(std::string_view text);

// The one element inside a Certificate; nullopt for a nil or empty one (MS-RMPR 2.2.4.1).
Read<std::optional<xml::Element>> read_certificate(const xml::Element& certificate);

struct ChainLimits {
  std::size_t documents;
  std::size_t bytes_each;
  std::size_t bytes_total;
};
// The documents of an ArrayOfXmlNode, exact characters; empty if the array is absent, nil or empty.
Read<ChainView> read_chain(const xml::Element& parent, std::string_view ns, std::string_view name,
                           const ChainLimits& limits);

}  // namespace rms::soap
