// SPDX-License-Identifier: Apache-2.0
#include "xml/document.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "xml/builder.h"
#include "xml/text.h"
#include "xml/tree.h"

namespace rms::xml {
namespace {

// Cuts `delimiter` and all before it off `rest`; returns what stood before.
std::string_view take_until(std::string_view& rest, std::string_view delimiter) {
  const auto at = rest.find(delimiter);
  const std::string_view taken = rest.substr(0, at);
  rest.remove_prefix(std::min(rest.size(), taken.size() + delimiter.size()));
  return taken;
}

bool skip(std::string_view& rest, std::string_view prefix) {
  if (rest.substr(0, prefix.size()) != prefix) return false;
  rest.remove_prefix(prefix.size());
  return true;
}

// XML 1.0 section 2.11: CRLF and CR are read as LF.
void append_lines(std::string& out, std::string_view raw) {
  while (!raw.empty()) {
    const auto cr = raw.find('\r');
    out.append(raw.substr(0, cr));
    if (cr == std::string_view::npos) return;
    out.push_back('\n');
    raw.remove_prefix(cr + 1);
    skip(raw, "\n");
  }
}

// `name` is what stands between & and ;. Expat has let through only characters and the five that XML defines.
void append_reference(std::string& out, std::string_view name) {
  if (skip(name, "#")) {
    const int base = skip(name, "x") ? 16 : 10;
    std::uint32_t code_point = 0;
    std::from_chars(name.data(), name.data() + name.size(), code_point, base);
    append_utf8(out, code_point);
  } else {
    out.push_back(name == "lt" ? '<' : name == "gt" ? '>' : name == "amp" ? '&' : name == "quot" ? '"' : '\'');
  }
}

// Content between two child elements, as expat accepted it.
void append_text(std::string& out, std::string_view raw) {
  while (!raw.empty()) {
    const auto markup = raw.find_first_of("<&");
    append_lines(out, raw.substr(0, markup));
    if (markup == std::string_view::npos) return;
    raw.remove_prefix(markup);
    if (skip(raw, "<![CDATA[")) {
      append_lines(out, take_until(raw, "]]>"));
    } else if (skip(raw, "<!--")) {
      take_until(raw, "-->");
    } else {
      raw.remove_prefix(1);
      append_reference(out, take_until(raw, ";"));
    }
  }
}

}  // namespace

Document::Document(std::unique_ptr<const detail::Tree> tree) : tree_(std::move(tree)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Result<Document> Document::parse(std::string utf8, const Limits& limits) {
  RMS_TRY(auto tree, detail::build_tree(std::move(utf8), limits));
  return Document(std::move(tree));
}

std::string_view Document::text() const {
  return tree_->text;
}
Element Document::root() const {
  return {tree_.get(), 0};
}

std::string_view Element::name() const {
  const detail::Node& node = tree_->nodes[index_];
  const auto begin = node.begin + 1;
  return tree_->slice(begin + (node.prefix_length == 0 ? 0 : node.prefix_length + 1), begin + node.name_length);
}

std::string_view Element::prefix() const {
  const detail::Node& node = tree_->nodes[index_];
  return tree_->slice(node.begin + 1, node.begin + 1 + node.prefix_length);
}

std::string_view Element::namespace_uri() const {
  return tree_->namespace_uri(tree_->nodes[index_].ns);
}

std::string_view Element::source() const {
  const detail::Node& node = tree_->nodes[index_];
  return tree_->slice(node.begin, node.end);
}

std::string_view Element::content() const {
  const detail::Node& node = tree_->nodes[index_];
  return tree_->slice(node.content_begin, node.content_end);
}

std::optional<std::string_view> Element::attribute(std::string_view qualified_name) const {
  for (std::size_t i = tree_->nodes[index_].first_attribute; i < tree_->attributes_end(index_); ++i)
    if (const auto& a = tree_->attributes[i]; tree_->qualified_name(a) == qualified_name) return tree_->value(a);
  return std::nullopt;
}

std::optional<std::string_view> Element::attribute(std::string_view ns, std::string_view local_name) const {
  for (std::size_t i = tree_->nodes[index_].first_attribute; i < tree_->attributes_end(index_); ++i)
    if (const auto& a = tree_->attributes[i]; tree_->local_name(a) == local_name && tree_->namespace_uri(a.ns) == ns)
      return tree_->value(a);
  return std::nullopt;
}

std::string Element::text() const {
  const detail::Node& node = tree_->nodes[index_];
  std::string out;
  auto at = node.content_begin;
  for (auto child = node.first_child; child != detail::kNone; child = tree_->nodes[child].next_sibling) {
    append_text(out, tree_->slice(at, tree_->nodes[child].begin));
    at = tree_->nodes[child].end;
  }
  append_text(out, tree_->slice(at, node.content_end));
  return out;
}

std::optional<Element> Element::first_child() const {
  const auto child = tree_->nodes[index_].first_child;
  return child == detail::kNone ? std::nullopt : std::optional(Element(tree_, child));
}

std::optional<Element> Element::next_sibling() const {
  const auto sibling = tree_->nodes[index_].next_sibling;
  return sibling == detail::kNone ? std::nullopt : std::optional(Element(tree_, sibling));
}

std::optional<Element> Element::child(std::string_view local_name) const {
  auto found = first_child();
  while (found && !found->is(local_name)) found = found->next_sibling();
  return found;
}

std::vector<Element> Element::children() const {
  std::vector<Element> all;
  for (auto at = first_child(); at; at = at->next_sibling()) all.push_back(*at);
  return all;
}

std::vector<Element> Element::children(std::string_view local_name) const {
  std::vector<Element> named;
  for (auto at = first_child(); at; at = at->next_sibling())
    if (at->is(local_name)) named.push_back(*at);
  return named;
}

std::size_t Element::line() const {
  const std::string_view before = tree_->slice(0, tree_->nodes[index_].begin);
  return 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
}

}  // namespace rms::xml
