// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "xml/document.h"

namespace rms::xml {
namespace {

using testing::HasSubstr;

Document read(std::string text) {
  auto document = Document::parse(std::move(text));
  if (!document) throw std::runtime_error(document.error().to_string());
  return *std::move(document);
}

std::string text_of(std::string content) {
  return read("<a>" + content + "</a>").root().text();
}

void expect_refused(const std::string& text, Errc code, const std::string& because) {
  const auto document = Document::parse(text);
  ASSERT_FALSE(document) << text;
  EXPECT_EQ(document.error(), code) << text;
  EXPECT_THAT(document.error().context, HasSubstr(because)) << text;
}

// ---- slices

TEST(XmlDocument, SlicesAreTheExactCharacters) {
  const auto document =
      read("<?xml version='1.0'?>\n<r >\r\n <b x = '1'\n y=\"a>b\" >t</b ><!-- c --><c/></r\n>\n<!-- end -->");
  const Element root = document.root();
  EXPECT_EQ(root.source(), "<r >\r\n <b x = '1'\n y=\"a>b\" >t</b ><!-- c --><c/></r\n>");
  EXPECT_EQ(root.content(), "\r\n <b x = '1'\n y=\"a>b\" >t</b ><!-- c --><c/>");
  EXPECT_EQ(root.child("b")->source(), "<b x = '1'\n y=\"a>b\" >t</b >");
  EXPECT_EQ(root.child("b")->content(), "t");
}

TEST(XmlDocument, EmptyElementTagsEndWhereTheyEnd) {
  const auto document = read("<r><a/><b x='/>' /><c></c>tail</r>");
  const auto all = document.root().children();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].source(), "<a/>");
  EXPECT_EQ(all[1].source(), "<b x='/>' />");
  EXPECT_EQ(all[2].source(), "<c></c>");
  for (const Element& e : all) EXPECT_EQ(e.content(), "");
  EXPECT_EQ(read("<only/>").root().source(), "<only/>");
}

TEST(XmlDocument, MarkupInCommentsAndCdataIsNoElement) {
  const auto document = read("<r><!-- <x></r> --><![CDATA[<y></r>]]><z><![CDATA[</z>]]></z></r>");
  ASSERT_EQ(document.root().children().size(), 1u);
  EXPECT_EQ(document.root().child("z")->source(), "<z><![CDATA[</z>]]></z>");
  EXPECT_EQ(document.root().text(), "<y></r>");
}

TEST(XmlDocument, SlicesCountBytesBehindLongerCharacters) {
  const auto document = read("<r \xc3\xa4='\xe2\x82\xac'>\xf0\x9f\x94\x91<b>\xc3\xbc</b></r>");
  EXPECT_EQ(document.root().child("b")->source(), "<b>\xc3\xbc</b>");
  EXPECT_EQ(document.root().attribute("\xc3\xa4"), "\xe2\x82\xac");
}

TEST(XmlDocument, ElementsOutliveAMoveOfTheirDocument) {
  auto document = read("<r><a>short</a></r>");
  const Element a = *document.root().child("a");
  const std::string_view source = a.source();
  const auto moved = std::move(document);
  EXPECT_EQ(a.text(), "short");
  EXPECT_EQ(a.source().data(), source.data());
  EXPECT_EQ(moved.text(), "<r><a>short</a></r>");
}

TEST(XmlDocument, TheDeclaredEncodingIsNotLookedAt) {
  for (const char* encoding : {"utf-16", "UTF-16LE", "iso-8859-1", "us-ascii", "x-unknown"})
    EXPECT_EQ(read("<?xml version='1.0' encoding='" + std::string(encoding) + "'?><a>\xc3\xa4</a>").root().text(),
              "\xc3\xa4");
}

TEST(XmlDocument, Utf16TextThatSaysSoIsRead) {
  const std::string text = "<?xml version=\"1.0\" encoding=\"utf-16\"?><a b=\"\xc3\xa4\">\xe2\x82\xac</a>";
  const auto document = read(*to_utf8("\xff\xfe" + to_utf16le(text)));
  EXPECT_EQ(document.text(), text);
  EXPECT_EQ(document.root().source(), text.substr(text.find("<a")));
}

TEST(XmlDocument, KnowsTheLineOfAnElement) {
  const auto document = read("<a>\n\n<b/>\r\n<c/></a>");
  EXPECT_EQ(document.root().line(), 1u);
  EXPECT_EQ(document.root().child("b")->line(), 3u);
  EXPECT_EQ(document.root().child("c")->line(), 4u);
}

// ---- children

TEST(XmlDocument, FindsChildrenByLocalName) {
  const auto document = read("<r xmlns:p='u'><a/>t<p:b><a/></p:b><a x='2'/></r>");
  const Element root = document.root();
  EXPECT_EQ(root.first_child()->name(), "a");
  EXPECT_EQ(root.first_child()->next_sibling()->name(), "b");
  EXPECT_EQ(root.children().size(), 3u);
  EXPECT_EQ(root.children("a").size(), 2u);
  EXPECT_EQ(root.children("a")[1].attribute("x"), "2");
  EXPECT_FALSE(root.child("x"));
  EXPECT_FALSE(root.next_sibling());
  EXPECT_FALSE(root.children("a")[1].next_sibling());
  EXPECT_FALSE(root.children("a")[1].first_child());
}

// ---- names and namespaces

TEST(XmlDocument, ResolvesPrefixesWhereTheyStand) {
  const auto document = read(
      "<r xmlns='d' xmlns:p='1'><p:a xmlns:p='2' p:x='y'><p:b/></p:a><p:c/><none xmlns=''><in/></none><last/></r>");
  const auto all = document.root().children();
  ASSERT_EQ(all.size(), 4u);
  EXPECT_TRUE(document.root().is("d", "r"));
  EXPECT_TRUE(all[0].is("2", "a"));
  EXPECT_EQ(all[0].prefix(), "p");
  EXPECT_EQ(all[0].attribute("2", "x"), "y");
  EXPECT_EQ(all[0].attribute("p:x"), "y");
  EXPECT_FALSE(all[0].attribute("x"));
  EXPECT_TRUE(all[0].first_child()->is("2", "b"));
  EXPECT_TRUE(all[1].is("1", "c"));
  EXPECT_TRUE(all[2].is("", "none"));
  EXPECT_TRUE(all[2].first_child()->is("", "in"));
  EXPECT_TRUE(all[3].is("d", "last"));
  EXPECT_EQ(all[3].prefix(), "");
}

TEST(XmlDocument, AttributesWithoutPrefixHaveNoNamespace) {
  const auto document = read("<r xmlns='d' x='1' xml:lang='de'/>");
  EXPECT_EQ(document.root().attribute("", "x"), "1");
  EXPECT_FALSE(document.root().attribute("d", "x"));
  EXPECT_EQ(document.root().attribute("http://www.w3.org/XML/1998/namespace", "lang"), "de");
  EXPECT_EQ(document.root().attribute("xmlns"), "d");
}

TEST(XmlDocument, AttributesBelongToTheirElementOnly) {
  const auto document = read("<r a='1'><b c='2'/><d/></r>");
  EXPECT_FALSE(document.root().attribute("c"));
  EXPECT_EQ(document.root().child("b")->attribute("c"), "2");
  EXPECT_FALSE(document.root().child("d")->attribute("c"));
  EXPECT_FALSE(document.root().child("d")->attribute("", ""));
}

TEST(XmlDocument, AttributeValuesHaveTheirReferencesResolved) {
  const auto document = read("<r a='&lt;&#65;&#x20AC;&amp;amp;\r\n\t&#10;'/>");
  EXPECT_EQ(document.root().attribute("a"), "<A\xe2\x82\xac&amp;  \n");
}

TEST(XmlDocument, NamesThatBreakTheRulesOfNamespacesAreRefused) {
  for (const char* text :
       {"<p:a/>", "<a p:b=''/>", "<:a/>", "<a:/>", "<a:b:c xmlns:a='u'/>", "<a:1 xmlns:a='u'/>", "<a :b=''/>",
        "<a xmlns:p=''/>", "<a xmlns:xmlns='u'/>", "<a xmlns:xml='u'/>",
        "<a xmlns='http://www.w3.org/XML/1998/namespace'/>", "<a xmlns:p='http://www.w3.org/2000/xmlns/'/>",
        "<a xmlns:p='u' xmlns:q='u' p:x='' q:x=''/>", "<r xmlns:p='u'><a xmlns:q='u' p:x='' q:x=''/></r>",
        "<r xmlns:p='u'><s xmlns:p='v'><a xmlns:o='u' xmlns:q='u' o:x='' q:x=''/></s></r>",
        "<r xmlns:p='http://www.w3.org/2000/xmlns/'/>", "<xmlns:a/>", "<r><a xmlns:p='u'/><p:b/></r>"})
    expect_refused(text, Errc::malformed, "line 1, column ");
}

// ---- text

TEST(XmlDocument, APrefixThatIsDeclaredAgainStandsForTheNewNamespace) {
  EXPECT_TRUE(Document::parse("<r xmlns:p='u'><s xmlns:p='v' xmlns:q='u' p:x='' q:x=''/></r>"));
  EXPECT_FALSE(Document::parse("<r xmlns:p='u'><s xmlns:p='v' xmlns:q='v' p:x='' q:x=''/></r>"));
}

TEST(XmlDocument, TextResolvesReferences) {
  EXPECT_EQ(text_of("&lt;&gt;&amp;&quot;&apos;&#65;&#x41;&#x1F511;&amp;lt;"), "<>&\"'AA\xf0\x9f\x94\x91&lt;");
}
TEST(XmlDocument, TextTakesCdataAsItIs) {
  EXPECT_EQ(text_of("a<![CDATA[<b>&lt;]]]]><![CDATA[>]]>c"), "a<b>&lt;]]>c");
}
TEST(XmlDocument, TextLeavesCommentsOut) {
  EXPECT_EQ(text_of("a<!-- &lt; <x> - -->b<!---->c"), "abc");
}
TEST(XmlDocument, TextIsOfTheElementItself) {
  EXPECT_EQ(text_of("a<b>no</b>c<d/>e"), "ace");
}
TEST(XmlDocument, TextReadsEveryLineEndAsLineFeed) {
  EXPECT_EQ(text_of("1\r\n2\r3\n4\r\r\n5&#13;\n6<![CDATA[\r\n]]>7\r"), "1\n2\n3\n4\n\n5\r\n6\n7\n");
}
TEST(XmlDocument, TextOfEmptyElementIsEmpty) {
  EXPECT_EQ(read("<a/>").root().text(), "");
}

// ---- refused

TEST(XmlDocument, DocumentTypesAreRefused) {
  for (const char* text : {"<!DOCTYPE a><a/>", "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
                           "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>",
                           "<!DOCTYPE a [<!ENTITY l 'lol'><!ENTITY m '&l;&l;'>]><a>&m;</a>",
                           "<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://x/'>%p;]><a/>"})
    expect_refused(text, Errc::unsupported, "document type declaration");
}

TEST(XmlDocument, EntitiesThatXmlDoesNotDefineAreRefused) {
  expect_refused("<a>&nbsp;</a>", Errc::malformed, "undefined entity");
}

TEST(XmlDocument, ProcessingInstructionsAreRefusedInsideTheRootOnly) {
  expect_refused("<a><?run this?></a>", Errc::unsupported, "processing instruction ('run')");
  EXPECT_EQ(read("<?before x?><a/><?after y?>").root().source(), "<a/>");
}

TEST(XmlDocument, WhatIsNotWellFormedIsRefusedWithItsPlace) {
  expect_refused("<a>\n  <b></c></a>", Errc::malformed, "line 2, column ");
  for (const char* text :
       {"", " ", "text", "<a>", "<a/><b/>", "<a></a>x", "<a b=1/>", "<a b='<'/>", "<a b='' b=''/>", "<a>]]></a>",
        "<a>&#0;</a>", "<a>&#xD800;</a>", "<a>\x01</a>", "<a>\xff</a>", "<a>\xed\xa0\x80</a>"})
    expect_refused(text, Errc::malformed, "line 1, column ");
}

TEST(XmlDocument, ErrorsShowTheBeginningOfLongNames) {
  // 39 letters, then one of two bytes that stands across the 40th.
  const std::string name = std::string(39, 'n') + "\xc3\xa4" + std::string(1'000'000, 'n');
  const auto document = Document::parse("<" + name + ":a/>");
  ASSERT_FALSE(document);
  EXPECT_THAT(document.error().context, HasSubstr("'" + std::string(39, 'n') + "...' is not declared"));
}

TEST(XmlDocument, WhatExpatWouldTakeForUtf16IsRefused) {
  expect_refused(to_utf16le("<a/>"), Errc::malformed, "not UTF-8");
  expect_refused("\xff\xfe<aaa", Errc::malformed, "not UTF-8");
  expect_refused("\xfe\xff<aaa", Errc::malformed, "not UTF-8");
}

}  // namespace
}  // namespace rms::xml
