// SPDX-License-Identifier: Apache-2.0
//
// XML that tries to cost more than its size. Memory without any limits: xml_limits_test.cpp.
#include "support/hostile.h"
#include "xml/document.h"

namespace rms::xml {
namespace {

using test::filled;
using test::Hostile;
using test::numbered;
using test::times;

std::string in_root(std::string_view content, std::string_view attributes = "") {
  return std::string("<r").append(attributes).append(">").append(content).append("</r>");
}

// Reads all that a caller could ask of it once.
bool read(std::string text) {
  const auto document = Document::parse(std::move(text));
  if (!document) return false;
  static_cast<void>(document->root().text());
  for (auto each = document->root().first_child(); each; each = each->next_sibling()) {
    static_cast<void>(each->text());
    static_cast<void>(each->is("urn:a", "b") || each->attribute("urn:a", "b") || each->attribute("b"));
  }
  return true;
}

class XmlCost : public testing::TestWithParam<Hostile> {};

TEST_P(XmlCost, IsModest) {
  test::expect_modest(GetParam(), read);
}

// Two namespaces as long as half of the text, alike but for the last character, and many elements for the other half.
std::string two_long_namespaces(std::size_t bytes, std::string_view element) {
  const std::string name(bytes / 4, 'u');
  return in_root(filled(bytes / 2, element), " xmlns:p='" + name + "1' xmlns:q='" + name + "2'");
}

std::string prefixes(std::size_t n) {
  std::string all;
  for (std::size_t i = 0; i < n; ++i) all += " xmlns:p" + std::to_string(10 + i) + "='u" + std::to_string(i) + "'";
  return all;
}

INSTANTIATE_TEST_SUITE_P(
    Hostile, XmlCost,
    testing::Values(
        Hostile{"TinyElements", [](std::size_t n) { return in_root(filled(n, "<b/>")); }, true, 190'000},
        Hostile{"DeepNesting", [](std::size_t n) { return in_root(filled(n, times(63, "<b>") + times(63, "</b>"))); }},
        Hostile{"NestingWithoutEnd", [](std::size_t n) { return filled(n, "<b>"); }, false},
        Hostile{"ManyAttributes",
                [](std::size_t n) {
                  std::string tag = "<b";
                  for (char c = 'a'; c <= 'z'; ++c) tag.append(" ").append(1, c).append("=''");
                  return in_root(filled(n, tag + "/>"));
                }},
        Hostile{"ManyNamesOfElements", [](std::size_t n) { return in_root(numbered(n, "<b#/>")); }},
        Hostile{"ManyNamesOfAttributes", [](std::size_t n) { return in_root(numbered(n, "<b c#=''/>")); }},
        Hostile{"ManyNamespaces", [](std::size_t n) { return in_root(numbered(n, "<b xmlns='#'/>")); }},
        Hostile{"ManyPrefixes", [](std::size_t n) { return in_root(numbered(n, "<b xmlns:c#='u'/>")); }},
        Hostile{"PrefixesToSearch",
                [](std::size_t n) { return in_root(filled(n, "<p10:b p10:c=''/>"), prefixes(31)); }},
        Hostile{"LongPrefix",
                [](std::size_t n) {
                  const std::string prefix(n / 8, 'p');
                  return in_root(filled(n * 7 / 8, "<" + prefix + ":b/>"), " xmlns:" + prefix + "='u'");
                }},
        Hostile{"TwoLongNamespaces", [](std::size_t n) { return two_long_namespaces(n, "<b p:x='' q:x=''/>"); }},
        Hostile{"TwoLongNamespacesOfElements", [](std::size_t n) { return two_long_namespaces(n, "<p:b/><q:b/>"); }},
        Hostile{"TwoLongNamespacesDeclaredAgain",
                [](std::size_t n) {
                  const std::string name(n / 16, 'u');
                  return in_root(filled(n, "<b xmlns:p='" + name + "1' xmlns:q='" + name + "2'/>"));
                }},
        Hostile{"LongText", [](std::size_t n) { return in_root(std::string(n, 'x')); }},
        Hostile{"LongTextOfCarriageReturns", [](std::size_t n) { return in_root(std::string(n, '\r')); }},
        Hostile{"LongComment", [](std::size_t n) { return in_root("<!--" + std::string(n, 'x') + "-->"); }},
        Hostile{"ManyComments", [](std::size_t n) { return in_root(filled(n, "<!---->")); }},
        Hostile{"CommentWithoutEnd", [](std::size_t n) { return in_root(filled(n, "<!--")); }, false},
        Hostile{"ManySections", [](std::size_t n) { return in_root(filled(n, "<![CDATA[]]>")); }},
        Hostile{"SectionsAndElements", [](std::size_t n) { return in_root(filled(n, "<![CDATA[]]><b/>")); }},
        Hostile{"ManyReferences", [](std::size_t n) { return in_root(filled(n, "&#x41;")); }},
        Hostile{"ManyReferencesInAnAttribute",
                [](std::size_t n) { return in_root("x", " a='" + filled(n, "&lt;") + "'"); }},
        Hostile{"WhatLooksLikeAnEntity", [](std::size_t n) { return in_root(filled(n, "&a;")); }, false},
        Hostile{"ReferenceWithoutEnd", [](std::size_t n) { return in_root("&#x" + std::string(n, '4')); }, false},
        Hostile{"LongReference", [](std::size_t n) { return in_root("&#x" + std::string(n, '0') + "41;"); }},
        Hostile{"LongName",
                [](std::size_t n) { return "<" + std::string(n, 'a') + ">x</" + std::string(n, 'a') + ">"; }},
        Hostile{"LongAttribute", [](std::size_t n) { return in_root("x", " a='" + std::string(n, ' ') + "'"); }},
        Hostile{"SpaceInTags", [](std::size_t n) { return in_root(filled(n, "<b" + std::string(500, ' ') + "/>")); }},
        Hostile{"QuoteWithoutEnd", [](std::size_t n) { return filled(n, "<a b='"); }, false},
        Hostile{"OpeningBrackets", [](std::size_t n) { return in_root(filled(n, "<")); }, false},
        Hostile{"EqualsSigns", [](std::size_t n) { return in_root(filled(n, "=")); }},
        Hostile{"InstructionsBeforeTheRoot", [](std::size_t n) { return filled(n, "<?a b?>") + in_root("x"); }},
        Hostile{"Doctype", [](std::size_t n) { return "<!DOCTYPE r [" + filled(n, "<!ENTITY a 'b'>") + "]><r/>"; },
                false},
        Hostile{"LongDoctype", [](std::size_t n) { return "<!DOCTYPE r SYSTEM '" + std::string(n, 'x') + "'><r/>"; },
                false}),
    [](const auto& hostile) { return hostile.param.name; });

std::string utf16(std::string_view units, std::size_t bytes) {
  return "\xff\xfe" + filled(bytes, units);
}

class TextCost : public testing::TestWithParam<Hostile> {};

TEST_P(TextCost, IsModest) {
  test::expect_modest(GetParam(), [](std::string bytes) { return to_utf8(bytes).has_value(); });
}

INSTANTIATE_TEST_SUITE_P(Hostile, TextCost,
                         testing::Values(Hostile{"Utf16ThatGrows", [](std::size_t n) { return utf16("\x01\x20", n); }},
                                         Hostile{"Utf16Pairs",
                                                 [](std::size_t n) { return utf16("\x3d\xd8\x00\xde", n); }, false},
                                         Hostile{"Utf8", [](std::size_t n) { return filled(n, "\xe2\x82\xac"); }}),
                         [](const auto& hostile) { return hostile.param.name; });

}  // namespace
}  // namespace rms::xml
