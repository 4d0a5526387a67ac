// SPDX-License-Identifier: Apache-2.0
//
// A read-only tree over one XML text, made of slices. XrML and SOAP both need the exact characters that arrived
// (signatures cover them), so an element knows where it stands in its source and nothing is ever written back.
// Expat reads (well-formedness, UTF-8 validity, byte positions); this folder is the only place that knows it.
// DTDs, entities and processing instructions inside the root are refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rms::xml {

struct Limits {
  std::size_t bytes = 16 * 1024 * 1024;
  std::size_t depth = 64;
  std::size_t elements = 200'000;
  std::size_t attributes = 200'000;         // Of all elements together. Namespace declarations count.
  std::size_t attributes_per_element = 32;  // So they do here.
  std::size_t namespaces_in_scope = 64;     // Prefixes that stand for something new at one place.
};

// `bytes` as UTF-8 text without a byte order mark. Understands UTF-8 with or without BOM and UTF-16LE/BE with BOM or
// recognized by its first character ('<'). Errc::malformed on anything that is not valid text; NUL is not. One NUL at
// the end (they occur in stored licences) is dropped.
Result<std::string> to_utf8(std::string_view bytes);

// UTF-16LE code units of valid UTF-8 text, without a byte order mark: what XrML signatures and seals are computed over.
std::string to_utf16le(std::string_view utf8);

// `text` with & < > " and carriage returns as references, for character data and attribute values in double quotes.
// Control characters, which XML cannot carry, become '?'.
std::string escape(std::string_view text);

namespace detail {
struct Tree;
}

// A light handle on one element; copy it freely. Lives no longer than its Document.
class Element {
 public:
  std::string_view name() const;    // Local name: "Body".
  std::string_view prefix() const;  // "soap", or empty.
  std::string_view namespace_uri() const;
  std::string_view source() const;   // Exact characters from "<Body" to "</Body>" or "/>".
  std::string_view content() const;  // Exact characters between the tags; empty for "/>".

  bool is(std::string_view local_name) const { return name() == local_name; }
  bool is(std::string_view ns, std::string_view local_name) const {
    return name() == local_name && namespace_uri() == ns;
  }

  // Value of the attribute with this name as written (prefix included), references resolved; nullopt if absent.
  // Namespace declarations are attributes, too.
  std::optional<std::string_view> attribute(std::string_view qualified_name) const;
  // Value of the attribute with this namespace and local name.
  std::optional<std::string_view> attribute(std::string_view ns, std::string_view local_name) const;

  // Character data of this element itself (not of its children): references and CDATA resolved, comments left out,
  // line ends as XML wants them (LF).
  std::string text() const;

  std::optional<Element> first_child() const;
  std::optional<Element> next_sibling() const;
  std::optional<Element> child(std::string_view local_name) const;  // The first with this local name.
  std::vector<Element> children() const;
  std::vector<Element> children(std::string_view local_name) const;

  // Line of the source where the element starts, from 1: for error messages. Counts; not for hot paths.
  std::size_t line() const;

 private:
  friend class Document;
  Element(const detail::Tree* tree, std::uint32_t index) : tree_(tree), index_(index) {}
  const detail::Tree* tree_;
  std::uint32_t index_;
};

// Owns the text and the tree. Move-only; slices and Elements stay valid when it is moved. Immutable: any thread.
// Costs at most 100 bytes for each byte of text, and time linear in it.
class Document {
 public:
  // Errc::malformed (with line and column), Errc::too_large (names the limit), Errc::unsupported (DTD, processing
  // instruction). `utf8` is what to_utf8() gives: an encoding that the XML declaration names is not looked at.
  static Result<Document> parse(std::string utf8, const Limits& limits = {});

  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

  std::string_view text() const;
  Element root() const;

 private:
  explicit Document(std::unique_ptr<const detail::Tree> tree);
  std::unique_ptr<const detail::Tree> tree_;
};

}  // namespace rms::xml
