// SPDX-License-Identifier: Apache-2.0
//
// What yaml-cpp 0.7 would let through, or hang on, and what hostile text could cost.
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "yaml/file.h"

namespace rms::yaml {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// What is wrong with `text` when it is read as a map with the keys that are used below; "" if nothing is.
std::string problems(std::string_view text) {
  auto file = File::parse(text, "test.yaml");
  if (!file) return file.error().context;
  file->read([](Map& root) {
    int a = 0, b = 0;
    bool flag = false;
    std::string name;
    root.integer("a", a, {0, 1000});
    root.integer("b", b, {0, 1000});
    root.boolean("flag", flag);
    root.text("name", name);
    root.texts("list", optional, "a text", [](std::string_view, const Place&) {});
    root.map("map", optional, [&](Map& map) { map.integer("a", a, {0, 1000}); });
  });
  const auto checked = file->check();
  return checked ? "" : checked.error().context;
}

Errc code(std::string_view text) {
  const auto file = File::parse(text, "test.yaml");
  return file ? Errc{} : static_cast<Errc>(file.error().code.value());
}

TEST(YamlTraps, OctalAndHexadecimalLookalikesAreRefused) {
  EXPECT_EQ(problems("a: 10"), "");
  for (const auto* number : {"0644", "010", "0x1F", "0o17", "1_0"})
    EXPECT_EQ(problems(std::string("a: ") + number),
              "test.yaml:1:4: a: must be a whole number in decimal digits, without leading zeros (is '" +
                  std::string(number) + "')");
}

TEST(YamlTraps, AQuotedNumberIsAText) {
  EXPECT_EQ(problems("a: '10'"), "test.yaml:1:4: a: must be 0 .. 1000, without quotes");
  EXPECT_EQ(problems("a: \"10\""), "test.yaml:1:4: a: must be 0 .. 1000, without quotes");
}

TEST(YamlTraps, OnlyTrueAndFalseAreBooleans) {
  EXPECT_EQ(problems("flag: true"), "");
  EXPECT_EQ(problems("flag: false"), "");
  for (const auto* word : {"yes", "no", "on", "off", "y", "True", "TRUE", "1", "'true'"})
    EXPECT_THAT(problems(std::string("flag: ") + word), HasSubstr("flag: must be true or false")) << word;
}

TEST(YamlTraps, ADuplicateKeyIsRefusedWhereverItIs) {
  EXPECT_EQ(problems("a: 1\nb: 2\na: 3"), "test.yaml:3:1: a: given twice; the first is in line 1: remove one");
  EXPECT_EQ(problems("map:\n  a: 1\n  a: 1"), "test.yaml:3:3: map.a: given twice; the first is in line 2: remove one");
  EXPECT_EQ(problems("map: {a: 1, a: 2}"), "test.yaml:1:13: map.a: given twice; the first is in line 1: remove one");
  EXPECT_EQ(problems("\"a\": 1\na: 2"), "test.yaml:2:1: a: given twice; the first is in line 1: remove one");
}

TEST(YamlTraps, TextAfterTheDocumentIsRefused) {
  EXPECT_EQ(problems("---\na: 1\n...\n"), "");
  EXPECT_EQ(problems("a: 1\n---\nb: 2\n"),
            "test.yaml:2:1: text after the end of the document: a settings file is one document");
  EXPECT_THAT(problems("a: 1\n...\nb: 2\n"), HasSubstr("text after the end of the document"));
  EXPECT_THAT(problems("{a: 1}\n]]]]\n"), StartsWith("test.yaml:2:"));
  EXPECT_THAT(problems("a: 1\n- 2\n"), StartsWith("test.yaml:2:"));
}

// On the first four yaml-cpp's LoadAll never returns: it offers an empty document again and again until memory is gone
// (falcosecurity/falco#3281). On the others earlier versions of its scanner did not (jbeder/yaml-cpp#499, #938).
TEST(YamlTraps, TextThatHangsLoadAllIsRefusedAtOnce) {
  for (const auto* text :
       {",", "\"x\", ", "- a: b\n,}?]---  ", "- condition:\n    (in (\"/usr/bin/x\" (\n\"/usr\",\n\"y\"\n) )\n",
        "[:", "{:", "{# ke\ny{:", "} a", "]", "{a: 1}}", "[]]", "? }\n"})
    EXPECT_EQ(code(text), Errc::malformed) << text;
}

// The same soup on every run; a fuzzer's worth of it takes a second.
TEST(YamlTraps, AnySoupOfTokensEnds) {
  constexpr std::string_view kTokens[] = {"a",  ": ",  "- ", "\n", "  ",  "? ",  "#",       "\"x\"", "[",
                                          "]",  "{",   "}",  ",",  "---", "...", "|\n",     ">\n",   "&a ",
                                          "*a", "!t ", "%Y", "'",  "a:",  "\t",  "- a: b\n"};
  std::minstd_rand random(20'000);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto left = random() % 12; left != 0; --left) text += kTokens[random() % std::size(kTokens)];
    const auto outcome = problems(text);
    EXPECT_THAT(outcome, testing::AnyOf("", StartsWith("test.yaml:"))) << text;
  }
}

TEST(YamlTraps, AnAliasBombNeverExpands) {
  std::string bomb = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 60; ++i)
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + ", *a" +
            std::to_string(i - 1) + "]\n";
  EXPECT_THAT(problems(bomb), HasSubstr("test.yaml:2:10: a1[0]: aliases (*name) are not understood here"));
}

TEST(YamlTraps, AnchorsAliasesMergesAndTagsAreRefused) {
  EXPECT_EQ(problems("a: &one 1"), "test.yaml:1:4: a: anchors (&name) are not understood here: remove it");
  EXPECT_THAT(problems("a: &one 1\nb: *one"),
              HasSubstr("test.yaml:2:4: b: aliases (*name) are not understood here: write the value out"));
  EXPECT_THAT(problems("map: &m {a: 1}\n<<: *m"), HasSubstr("<<: unknown key"));
  EXPECT_EQ(problems("a: !!int 1"), "test.yaml:1:4: a: tags (!name) are not understood here: remove it");
  EXPECT_EQ(problems("name: !secret x"), "test.yaml:1:7: name: tags (!name) are not understood here: remove it");
  EXPECT_EQ(problems("map: !x {a: 1}"), "test.yaml:1:6: map: tags (!name) are not understood here: remove it");
}

TEST(YamlTraps, AnUndefinedAliasIsMalformed) {
  EXPECT_EQ(code("a: *nobody"), Errc::malformed);
}

TEST(YamlTraps, DepthIsLimited) {
  EXPECT_EQ(code(std::string(20'000, '[')), Errc::too_large);
  EXPECT_EQ(code(std::string(kMaxDepth, '[') + std::string(kMaxDepth, ']')), Errc{});
  EXPECT_EQ(code(std::string(kMaxDepth + 1, '[') + std::string(kMaxDepth + 1, ']')), Errc::too_large);
  std::string maps;
  for (std::size_t i = 0; i < 1000; ++i) maps += std::string(i, ' ') + "a:\n";
  EXPECT_EQ(code(maps), Errc::too_large);
}

TEST(YamlTraps, NodesAreLimited) {
  const auto list_of = [](std::size_t count) {
    std::string text = "[";
    for (std::size_t i = 0; i < count; ++i) text += "x,";
    return text + "]";
  };
  EXPECT_EQ(code(list_of(kMaxNodes - 1)), Errc{});  // and the list itself
  EXPECT_EQ(code(list_of(kMaxNodes)), Errc::too_large);
}

TEST(YamlTraps, ListsAreLimited) {
  std::string text = "list:\n";
  for (std::size_t i = 0; i <= kMaxListItems; ++i) text += "- x\n";
  EXPECT_THAT(problems(text), HasSubstr("list: must have at most 10000 items (has 10001)"));
}

TEST(YamlTraps, SizeIsLimited) {
  std::string text = "a: 1\n#";
  text.resize(kMaxFileBytes, 'x');
  EXPECT_EQ(problems(text), "");
  EXPECT_EQ(problems(text + "x"), "test.yaml:1:1: larger than 8MiB");
  EXPECT_EQ(code(text + "x"), Errc::too_large);
}

TEST(YamlTraps, OnlyCleanUtf8IsRead) {
  EXPECT_EQ(problems("\xef\xbb\xbf"
                     "a: 1"),
            "");  // a byte order mark is no harm
  EXPECT_EQ(problems("name: Z\xc3\xbcrich"), "");
  EXPECT_EQ(problems("a: 1\nname: \x1b[2J"), "test.yaml:2:7: must be UTF-8 text without control characters");
  const std::string_view bad[] = {
      {"a\0: 1", 6},  // NUL
      {"\xff\xfe"
       "a\0:\0",
       6},                       // UTF-16
      "name: \xc3",              // cut short
      "name: \xc0\xaf",          // overlong
      "name: \xe0\x80\xaf",      // overlong
      "name: \xed\xa0\x80",      // surrogate
      "name: \xf4\x90\x80\x80",  // beyond Unicode
      "name: \x80",              // continuation without a start
  };
  for (const auto text : bad) EXPECT_EQ(code(text), Errc::malformed) << text;
}

TEST(YamlTraps, KeysAreWords) {
  EXPECT_EQ(problems("? [a, b]\n: 1"), "test.yaml:1:3: a key must be a word");
  EXPECT_EQ(problems("? {a: b}\n: 1"), "test.yaml:1:3: a key must be a word");
  EXPECT_THAT(problems("~: 1"), HasSubstr("a key must be a word"));
  EXPECT_THAT(problems(std::string(129, 'k') + ": 1"), HasSubstr("a key must be a word"));
}

TEST(YamlTraps, TabsAndBrokenQuotesAreMalformed) {
  for (const auto* text :
       {"map:\n\ta: 1", "name: \"x", "name: 'x", "map: {a: 1", "a: 1: 2", "name: @x", "%YAML 9\n---\na"})
    EXPECT_EQ(code(text), Errc::malformed) << text;
}

TEST(YamlTraps, NothingIsNoDocument) {
  for (const auto* text : {"", "\n", "# only a comment\n", "---\n", "~", "null", "text", "- a\n- b\n"})
    EXPECT_THAT(problems(text), HasSubstr("must be a map of settings")) << text;
}

}  // namespace
}  // namespace rms::yaml
