// SPDX-License-Identifier: Apache-2.0
//
// Expat runs without its namespace mode, and prefixes are resolved here: in that mode expat copies the whole namespace
// URI for every prefixed attribute before any handler could refuse, so that one start tag of some megabytes (a long
// URI, many prefixed attributes) costs terabytes.
#include "xml/builder.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <new>
#include <optional>
#include <utility>

#include <expat.h>

namespace rms::xml::detail {
namespace {

constexpr std::string_view kXmlUri = "http://www.w3.org/XML/1998/namespace";
constexpr std::string_view kXmlnsUri = "http://www.w3.org/2000/xmlns/";

struct FreeParser {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};
using Parser = std::unique_ptr<XML_ParserStruct, FreeParser>;

// Length of the prefix in "prefix:local", 0 if there is none; nullopt if it is not a qualified name.
std::optional<std::uint32_t> prefix_length(std::string_view name) {
  const auto colon = name.find(':');
  if (colon == std::string_view::npos) return 0;
  const std::string_view local = name.substr(colon + 1);
  if (colon == 0 || local.empty() || local.find(':') != std::string_view::npos) return std::nullopt;
  if (std::string_view("-.0123456789").find(local.front()) != std::string_view::npos) return std::nullopt;
  return static_cast<std::uint32_t>(colon);
}

// `name` for an error message: hostile ones can be megabytes long. Cut between characters.
std::string quoted(std::string_view name) {
  constexpr std::size_t kShown = 40;
  std::size_t end = std::min(name.size(), kShown);
  while (end > 0 && end < name.size() && (name[end] & 0xc0) == 0x80) --end;
  return "'" + std::string(name.substr(0, end)) + (end < name.size() ? "..." : "") + "'";
}

// Takes expat's events and grows the tree. After the first failure it ignores what expat still has to say.
class Builder {
 public:
  Builder(Tree& tree, const Limits& limits, XML_Parser parser) : tree_(tree), limits_(limits), parser_(parser) {
    // In the order of kNoNamespace, kXmlNamespace, kXmlnsNamespace.
    add_attribute("", "");
    add_attribute("xmlns:xml", kXmlUri);
    add_attribute("xmlns:xmlns", kXmlnsUri);
    XML_SetUserData(parser, this);
    XML_SetElementHandler(parser, &guarded<&Builder::start_element>, &guarded<&Builder::end_element>);
    XML_SetStartDoctypeDeclHandler(parser, &guarded<&Builder::doctype>);
    XML_SetProcessingInstructionHandler(parser, &guarded<&Builder::processing_instruction>);
  }

  Result<void> parse() {
    const auto size = static_cast<int>(tree_.text.size());
    const bool ok = XML_Parse(parser_, tree_.text.data(), size, XML_TRUE) == XML_STATUS_OK;
    if (thrown_) std::rethrow_exception(thrown_);
    if (failure_) return *std::move(failure_);
    if (!ok) return here(Errc::malformed, XML_ErrorString(XML_GetErrorCode(parser_)));
    return {};
  }

 private:
  // A prefix that stands for something new. Names of namespaces are compared here and never again: two long ones that
  // differ in their last character would be compared at every element that uses both.
  struct Declaration {
    std::uint32_t attribute;
    std::uint32_t ns;  // The first attribute in scope that declares the same namespace: one number for each.
  };
  struct Open {
    std::uint32_t node;
    std::uint32_t last_child;
    std::size_t scope;  // Size of scope_ outside of this element.
  };

  // Expat is C: no exception (bad_alloc) may pass through it.
  template <auto method, class... Args>
  static void guarded(void* self, Args... args) {
    auto& builder = *static_cast<Builder*>(self);
    if (builder.failure_ || builder.thrown_) return;
    try {
      (builder.*method)(args...);
    } catch (...) {
      builder.thrown_ = std::current_exception();
    }
    if (builder.failure_ || builder.thrown_) XML_StopParser(builder.parser_, XML_FALSE);
  }

  Error here(Errc code, std::string what) const {
    return {code, "line " + std::to_string(XML_GetCurrentLineNumber(parser_)) + ", column " +
                      std::to_string(XML_GetCurrentColumnNumber(parser_) + 1) + ": " + std::move(what)};
  }
  void fail(Errc code, std::string what) { failure_ = here(code, std::move(what)); }

  std::uint32_t position() const { return static_cast<std::uint32_t>(XML_GetCurrentByteIndex(parser_)); }
  std::uint32_t position_behind() const {
    return position() + static_cast<std::uint32_t>(XML_GetCurrentByteCount(parser_));
  }

  void start_element(const XML_Char* name, const XML_Char** attributes) {
    if (open_.size() == limits_.depth)
      return fail(Errc::too_large, "more than " + std::to_string(limits_.depth) + " elements inside one another");
    if (tree_.nodes.size() == limits_.elements)
      return fail(Errc::too_large, "more than " + std::to_string(limits_.elements) + " elements");

    const auto index = static_cast<std::uint32_t>(tree_.nodes.size());
    const auto first_attribute = static_cast<std::uint32_t>(tree_.attributes.size());
    const std::size_t outer_scope = scope_.size();
    for (; *attributes != nullptr; attributes += 2) {
      if (!add_attribute(attributes[0], attributes[1])) return not_qualified(attributes[0]);
    }
    if (tree_.attributes.size() > limits_.attributes + kReservedAttributes)
      return fail(Errc::too_large, "more than " + std::to_string(limits_.attributes) + " attributes");
    if (!enter_scope(first_attribute) || !resolve_attributes(first_attribute)) return;

    const std::string_view qualified(name);
    const auto prefix = prefix_length(qualified);
    if (!prefix) return not_qualified(qualified);
    const auto ns = resolve(qualified.substr(0, *prefix));
    if (!ns) return;

    tree_.nodes.push_back({.begin = position(),
                           .content_begin = position_behind(),
                           .name_length = static_cast<std::uint32_t>(qualified.size()),
                           .prefix_length = *prefix,
                           .ns = *ns,
                           .first_attribute = first_attribute});
    if (!open_.empty()) {
      Open& parent = open_.back();
      (parent.last_child == kNone ? tree_.nodes[parent.node].first_child
                                  : tree_.nodes[parent.last_child].next_sibling) = index;
      parent.last_child = index;
    }
    open_.push_back({index, kNone, outer_scope});
  }

  // For "<a/>" expat puts this event behind the tag, with no bytes: start and end of the content fall together there.
  void end_element(const XML_Char*) {
    Node& node = tree_.nodes[open_.back().node];
    node.content_end = position();
    node.end = position_behind();
    scope_.resize(open_.back().scope);
    open_.pop_back();
  }

  void doctype(const XML_Char*, const XML_Char*, const XML_Char*, int) {
    fail(Errc::unsupported, "a document type declaration is not allowed");
  }

  void processing_instruction(const XML_Char* target, const XML_Char*) {
    if (!open_.empty())
      fail(Errc::unsupported, "a processing instruction (" + quoted(target) + ") is not allowed here");
  }

  // False if `name` is not a qualified name.
  bool add_attribute(std::string_view name, std::string_view value) {
    const auto prefix = prefix_length(name);
    if (!prefix) return false;
    tree_.attributes.push_back({.begin = static_cast<std::uint32_t>(tree_.attribute_text.size()),
                                .name_length = static_cast<std::uint32_t>(name.size()),
                                .prefix_length = *prefix,
                                .value_length = static_cast<std::uint32_t>(value.size())});
    tree_.attribute_text.append(name).append(value);
    return true;
  }

  void not_qualified(std::string_view name) {
    fail(Errc::malformed, quoted(name) + " is not a name of the form prefix:name");
  }

  bool declares_namespace(const Attribute& a) const {
    const std::string_view name = tree_.qualified_name(a);
    return name == "xmlns" || name.substr(0, 6) == "xmlns:";
  }
  std::string_view declared_prefix(const Attribute& a) const {
    return a.prefix_length == 0 ? std::string_view() : tree_.local_name(a);
  }

  // Takes in the namespace declarations among the attributes from `first` on (Namespaces in XML 1.0, sections 2 to 6).
  bool enter_scope(std::uint32_t first) {
    for (auto i = first; i < tree_.attributes.size(); ++i) {
      Attribute& a = tree_.attributes[i];
      if (!declares_namespace(a)) continue;
      a.ns = kXmlnsNamespace;
      const std::string_view prefix = declared_prefix(a), uri = tree_.value(a);
      const bool reserved = prefix == "xmlns" || (prefix == "xml") != (uri == kXmlUri) || uri == kXmlnsUri;
      if (reserved || (uri.empty() && !prefix.empty())) {
        fail(Errc::malformed, "prefix " + quoted(prefix) + " cannot be declared like this");
        return false;
      }
      if (const auto now = declaration_of(prefix); now && tree_.namespace_uri(*now) == uri)
        continue;  // says nothing new
      if (scope_.size() == limits_.namespaces_in_scope) {
        fail(Errc::too_large, "more than " + std::to_string(limits_.namespaces_in_scope) + " namespaces in scope");
        return false;
      }
      scope_.push_back({i, known_namespace(uri).value_or(i)});
    }
    return true;
  }

  // The namespace in scope whose name is `uri`.
  std::optional<std::uint32_t> known_namespace(std::string_view uri) const {
    if (uri == kXmlUri) return kXmlNamespace;
    for (const Declaration& each : scope_)
      if (tree_.namespace_uri(each.attribute) == uri) return each.ns;
    return std::nullopt;
  }

  bool resolve_attributes(std::uint32_t first) {
    for (auto i = first; i < tree_.attributes.size(); ++i) {
      Attribute& a = tree_.attributes[i];
      if (a.prefix_length == 0 || a.ns == kXmlnsNamespace) continue;
      const auto ns = resolve(tree_.qualified_name(a).substr(0, a.prefix_length));
      if (!ns) return false;
      a.ns = *ns;
      for (auto j = first; j < i; ++j) {
        const Attribute& b = tree_.attributes[j];
        if (b.prefix_length != 0 && a.ns == b.ns && tree_.local_name(a) == tree_.local_name(b)) {
          fail(Errc::malformed, "attribute " + quoted(tree_.local_name(a)) + " stands twice");
          return false;
        }
      }
    }
    return true;
  }

  // What `prefix` was declared to be here. A search, for there are few: Limits::namespaces_in_scope bounds it.
  std::optional<std::uint32_t> declaration_of(std::string_view prefix) const {
    for (auto at = scope_.rbegin(); at != scope_.rend(); ++at)
      if (declared_prefix(tree_.attributes[at->attribute]) == prefix) return at->ns;
    return std::nullopt;
  }

  // The namespace that `prefix` stands for here; nullopt after a failure.
  std::optional<std::uint32_t> resolve(std::string_view prefix) {
    if (const auto declaration = declaration_of(prefix)) return declaration;
    if (prefix.empty()) return kNoNamespace;
    if (prefix == "xml") return kXmlNamespace;
    fail(Errc::malformed, "prefix " + quoted(prefix) + " is not declared");
    return std::nullopt;
  }

  Tree& tree_;
  const Limits& limits_;
  const XML_Parser parser_;
  std::vector<Open> open_;
  std::vector<Declaration> scope_;  // Of the elements that are open, innermost last.
  std::optional<Error> failure_;
  std::exception_ptr thrown_;
};

// Whether a start tag in `text` has more than `most` attributes. Expat tells of a tag when it has read all of it, and a
// tag of megabytes takes it seconds; this takes milliseconds. A start tag holds no second '<', so each '<' starts
// afresh, and nothing in front of a tag (comments, CDATA) can hide it; inside those it may count what only looks like
// one.
bool has_crowded_tag(std::string_view text, std::size_t most) {
  for (auto at = text.find('<'); at != std::string_view::npos; at = text.find('<', at)) {
    std::size_t equals_signs = 0;
    char quote = 0;
    for (++at; at < text.size() && text[at] != '<'; ++at) {
      const char c = text[at];
      if (quote != 0) {
        if (c == quote) quote = 0;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '>') {
        break;
      } else if (c == '=' && ++equals_signs > most) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

Result<std::unique_ptr<const Tree>> build_tree(std::string utf8, const Limits& limits) {
  constexpr std::size_t kLargest = std::numeric_limits<int>::max() / 2;  // what offsets and expat can count
  if (utf8.size() > std::min(limits.bytes, kLargest))
    return Error(Errc::too_large, "more than " + std::to_string(limits.bytes) + " bytes of XML");
  // Expat would take such text for UTF-16, and its names would not be the characters of our slices.
  if (utf8.find('\0') != std::string::npos || (!utf8.empty() && static_cast<unsigned char>(utf8.front()) >= 0xfe))
    return Error(Errc::malformed, "not UTF-8 text");

  if (has_crowded_tag(utf8, limits.attributes_per_element))
    return Error(Errc::too_large,
                 "more than " + std::to_string(limits.attributes_per_element) + " attributes on one element");

  auto tree = std::make_unique<Tree>();
  tree->text = std::move(utf8);
  const Parser parser(XML_ParserCreate("UTF-8"));
  if (!parser) throw std::bad_alloc();
  RMS_CHECK(Builder(*tree, limits, parser.get()).parse());
  return std::unique_ptr<const Tree>(std::move(tree));
}

}  // namespace rms::xml::detail
