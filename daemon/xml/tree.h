// SPDX-License-Identifier: Apache-2.0
//
// How a Document keeps its elements: indices and offsets only, so that four bytes of hostile text ("<a/>") cost one
// Node and nothing else. Private to this folder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rms::xml::detail {

inline constexpr std::uint32_t kNone = 0xffffffff;

// Offsets are into Tree::text.
struct Node {
  std::uint32_t begin;
  std::uint32_t end = 0;
  std::uint32_t content_begin;
  std::uint32_t content_end = 0;
  std::uint32_t name_length;    // Qualified; it stands right behind `begin`.
  std::uint32_t prefix_length;  // 0: none.
  std::uint32_t ns;             // The attribute whose value is the namespace.
  std::uint32_t first_attribute;
  std::uint32_t first_child = kNone;
  std::uint32_t next_sibling = kNone;
};
static_assert(sizeof(Node) == 40);

// Offsets are into Tree::attribute_text: qualified name, then the value with its references resolved.
struct Attribute {
  std::uint32_t begin;
  std::uint32_t name_length;
  std::uint32_t prefix_length;
  std::uint32_t value_length;
  std::uint32_t ns = 0;
};

// Attributes that stand before those of the text, so that a namespace is always the value of an attribute.
enum : std::uint32_t { kNoNamespace, kXmlNamespace, kXmlnsNamespace, kReservedAttributes };

struct Tree {
  std::string text;
  std::string attribute_text;
  std::vector<Node> nodes;            // In document order; 0 is the root.
  std::vector<Attribute> attributes;  // Those of one element are neighbours.

  std::string_view slice(std::uint32_t begin, std::uint32_t end) const {
    return std::string_view(text).substr(begin, end - begin);
  }
  std::string_view qualified_name(const Attribute& a) const {
    return std::string_view(attribute_text).substr(a.begin, a.name_length);
  }
  std::string_view local_name(const Attribute& a) const {
    return qualified_name(a).substr(a.prefix_length == 0 ? 0 : a.prefix_length + 1);
  }
  std::string_view value(const Attribute& a) const {
    return std::string_view(attribute_text).substr(a.begin + a.name_length, a.value_length);
  }
  std::string_view namespace_uri(std::uint32_t ns) const { return value(attributes[ns]); }

  // One past the last attribute of node `index`.
  std::size_t attributes_end(std::uint32_t index) const {
    return index + 1 < nodes.size() ? nodes[index + 1].first_attribute : attributes.size();
  }
};

}  // namespace rms::xml::detail
