// SPDX-License-Identifier: Apache-2.0
//
// What hostile text may hold, and what memory it costs where no limit refuses it. Time: cost_xml_test.cpp.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/cost.h"
#include "xml/document.h"

namespace rms::xml {
namespace {

using testing::HasSubstr;

std::string repeated(std::size_t times, std::string_view what) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += what;
  return all;
}

// `what` with # replaced by 0, 1, 2...
std::string numbered(std::size_t times, std::string_view what) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i)
    for (const char c : what) c == '#' ? all += std::to_string(i) : all += c;
  return all;
}

std::string nested(std::size_t depth) {
  return repeated(depth, "<a>") + repeated(depth, "</a>");
}
std::string with_attributes(std::size_t n) {
  return "<a" + numbered(n, " b#=''") + "/>";
}
std::string with_elements(std::size_t n) {
  return "<a>" + repeated(n - 1, "<b/>") + "</a>";
}

void expect_too_large(std::string text, const std::string& limit, const Limits& limits = {}) {
  const auto document = Document::parse(std::move(text), limits);
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error(), Errc::too_large) << document.error().to_string();
  EXPECT_THAT(document.error().context, HasSubstr(limit));
}

TEST(XmlLimits, HoldJustAboveThem) {
  expect_too_large("<a>" + std::string(93, ' ') + "</a> ", "100 bytes", {.bytes = 100});
  expect_too_large(nested(65), "64 elements inside one another");
  expect_too_large(with_elements(200'001), "200000 elements");
  expect_too_large("<a>" + repeated(6'250, with_attributes(32)) + "<b c=''/></a>", "200000 attributes");
  expect_too_large(with_attributes(33), "32 attributes");
  expect_too_large("<a" + numbered(33, " xmlns:b#='u'") + "/>", "32 attributes");
  expect_too_large(
      "<a" + numbered(32, " xmlns:b#='u'") + "><a" + numbered(32, " xmlns:c#='u'") + "><a xmlns='u'/></a></a>",
      "64 namespaces");
}

TEST(XmlLimits, LetPassWhatJustMeetsThem) {
  EXPECT_TRUE(Document::parse("<a>" + std::string(93, ' ') + "</a>", {.bytes = 100}));
  EXPECT_TRUE(Document::parse(nested(64)));
  EXPECT_TRUE(Document::parse(with_elements(200'000)));
  EXPECT_TRUE(Document::parse(with_attributes(32)));
  EXPECT_TRUE(Document::parse("<a>" + repeated(6'250, with_attributes(32)) + "<b/></a>"));
  // Counted before expat reads the tag, so these must not be mistaken for attributes:
  EXPECT_TRUE(Document::parse("<a b='" + std::string(40, '=') + "'>" + std::string(40, '=') + "</a>"));
  EXPECT_TRUE(Document::parse("<a><!-- ' --><b/>" + std::string(40, '=') + "</a>"));
  // ... and what stands before a tag must not hide it:
  expect_too_large("<a><!-- \"<b ' -->" + with_attributes(33) + "</a>", "32 attributes");
  expect_too_large("<a><![CDATA[<b c=\"]]>" + with_attributes(33) + "</a>", "32 attributes");
  EXPECT_TRUE(Document::parse("<a" + numbered(32, " xmlns:b#='u'") + "><a" + numbered(32, " xmlns:c#='u'") + "/></a>"));
  EXPECT_TRUE(Document::parse(repeated(64, "<a xmlns='u' xmlns:p='v'>") + repeated(64, "</a>"))) << "says nothing new";
  EXPECT_TRUE(Document::parse("<a>" + repeated(300, "<b xmlns:p='u'/>") + "</a>")) << "scopes end with their element";
}

// ---- memory

struct Hostile {
  const char* name;
  std::string text;
};

std::ostream& operator<<(std::ostream& out, const Hostile& h) {
  return out << h.name;
}

class XmlMemory : public testing::TestWithParam<Hostile> {};

TEST_P(XmlMemory, IsAtMost100BytesForEachByteOfText) {
  // No limits: what they refuse would otherwise hide what it costs to get there.
  const Limits none{.bytes = 1 << 30,
                    .depth = 1 << 30,
                    .elements = 1 << 30,
                    .attributes = 1 << 30,
                    .attributes_per_element = 1 << 30,
                    .namespaces_in_scope = 1 << 30};
  for (const Limits& limits : {Limits{}, none}) {
    std::string text = GetParam().text;
    const std::size_t size = text.size();
    bool is_read = false;
    const test::Cost cost = test::cost_of([&] {
      const auto document = Document::parse(std::move(text), limits);
      const std::string decoded = document ? document->root().text() : std::string();
      is_read = document.has_value();
    });
    EXPECT_LE(cost.peak_bytes, 100 * size + 64 * 1024);
    if (is_read) {
      EXPECT_GE(cost.peak_bytes, size) << "expat's own copy of the text was not counted";
    }
    RecordProperty("bytes_per_byte", static_cast<int>(cost.peak_bytes / size));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Hostile, XmlMemory,
    testing::Values(Hostile{"ManyTinyElements", with_elements(190'000)}, Hostile{"DeepNesting", nested(100'000)},
                    Hostile{"ManyAttributes", "<a>" + repeated(20'000, "<b" + numbered(20, " c#=''") + "/>") + "</a>"},
                    Hostile{"ManyAttributesOnOneElement", with_attributes(1'000)},
                    Hostile{"ManyNamesOfElements", "<a>" + numbered(100'000, "<b#/>") + "</a>"},
                    Hostile{"ManyNamesOfAttributes", "<a>" + numbered(100'000, "<b c#=''/>") + "</a>"},
                    Hostile{"ManyNamespaceDeclarations", "<a>" + numbered(100'000, "<b xmlns='#'/>") + "</a>"},
                    Hostile{"ManyPrefixes", "<a>" + numbered(100'000, "<b xmlns:c#='u'/>") + "</a>"},
                    // Terabytes where each prefixed attribute gets a copy of its namespace.
                    Hostile{"LongNamespaceOfManyAttributes",
                            "<a xmlns:p='" + std::string(1 << 20, 'u') + "'" + numbered(500, " p:b#=''") + "/>"},
                    Hostile{"LongNamespaceOfManyElements",
                            "<a xmlns='" + std::string(1 << 20, 'u') + "'>" + repeated(100'000, "<b/>") + "</a>"},
                    Hostile{"ManyReferences", "<a>" + repeated(400'000, "&#x41;") + "</a>"},
                    Hostile{"ManyReferencesInAnAttribute", "<a b='" + repeated(400'000, "&lt;") + "'/>"},
                    Hostile{"LongText", "<a>" + std::string(4 << 20, 'x') + "</a>"},
                    Hostile{"LongComment", "<a><!--" + std::string(4 << 20, 'x') + "--></a>"}),
    [](const auto& hostile) { return hostile.param.name; });

}  // namespace
}  // namespace rms::xml
