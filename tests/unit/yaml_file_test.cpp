// SPDX-License-Identifier: Apache-2.0
#include "yaml/file.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/test_ca.h"

namespace rms::yaml {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

enum class Format { text, json };

struct Values {
  std::string name = "default";
  int count = 7;
  std::uint16_t port = 1;
  bool flag = false;
  std::chrono::milliseconds wait{1};
  std::size_t bytes = 1;
  Format format = Format::text;
  std::string host = "default";
  std::filesystem::path file = "default";
  std::vector<std::string> words;
  std::vector<std::string> items;
  bool inner_seen = false;
};

void read(Map& root, Values& to) {
  root.text("name", to.name, required);
  root.integer("count", to.count, {-5, 100});
  root.boolean("flag", to.flag);
  root.duration("wait", to.wait, {100ms, 5min});
  root.size("bytes", to.bytes, {4096, 1 << 20});
  root.choice("format", to.format, {{"text", Format::text}, {"json", Format::json}});
  root.endpoint("endpoint", to.host, to.port);
  root.path("file", to.file);
  root.texts("words", optional, "a word", [&](std::string_view word, const Place&) { to.words.emplace_back(word); });
  root.map("inner", optional, [&](Map& inner) {
    to.inner_seen = true;
    int ignored = 0;
    inner.integer("must", ignored, {1, 1}, required);
  });
  root.maps("items", optional, [&](Map& item) {
    std::string name;
    if (item.text("name", name, required)) to.items.push_back(name);
  });
}

struct Outcome {
  Values values;
  std::string problems;
};

Outcome read(std::string_view text) {
  Outcome outcome;
  auto file = File::parse(text, "/etc/rms/test.yaml");
  if (!file) return {{}, file.error().context};
  file->read([&](Map& root) { read(root, outcome.values); });
  if (const auto checked = file->check(); !checked) {
    EXPECT_EQ(checked.error(), Errc::invalid_setting);
    outcome.problems = checked.error().context;
  }
  return outcome;
}

TEST(YamlFile, ReadsEveryKindOfValue) {
  const auto [values, problems] = read(R"(
name: relay
count: -5
flag: true
wait: 1500ms
bytes: 64KiB
format: json
endpoint: "[2001:db8::1]:8443"
file: tls/server.pem
words: [a, 'b']
inner: {must: 1}
items:
  - name: first
  - {name: second}
)");
  EXPECT_EQ(problems, "");
  EXPECT_EQ(values.name, "relay");
  EXPECT_EQ(values.count, -5);
  EXPECT_TRUE(values.flag);
  EXPECT_EQ(values.wait, 1500ms);
  EXPECT_EQ(values.bytes, 65536u);
  EXPECT_EQ(values.format, Format::json);
  EXPECT_EQ(values.host, "2001:db8::1");
  EXPECT_EQ(values.port, 8443);
  EXPECT_EQ(values.file, "/etc/rms/tls/server.pem");
  EXPECT_THAT(values.words, ElementsAre("a", "b"));
  EXPECT_THAT(values.items, ElementsAre("first", "second"));
}

TEST(YamlFile, LeavesDefaultsWhereNothingIsSaid) {
  const auto [values, problems] = read("name: x");
  EXPECT_EQ(problems, "");
  EXPECT_EQ(values.count, 7);
  EXPECT_EQ(values.wait, 1ms);
  EXPECT_EQ(values.file, "default");
  EXPECT_TRUE(values.inner_seen) << "the reader of an absent map is called, but nothing in it is missing";
}

TEST(YamlFile, TakesAnAbsolutePathAsItIs) {
  EXPECT_EQ(read("name: x\nfile: /tls/../a.pem").values.file, "/a.pem");
  EXPECT_EQ(read("name: x\nfile: ../a.pem").values.file, "/etc/a.pem");
}

TEST(YamlFile, ReportsAllProblemsInTheOrderOfTheFile) {
  EXPECT_EQ(read(R"(count: 101
flag: yes
wait: 5
bytes: 64KB
format: xml
endpoint: host
file: |
  -----BEGIN PRIVATE KEY-----
  secret
words: [a, [b]]
inner: {}
items:
  - nmae: x
  - text
surprise: 1
)")
                .problems,
            R"(/etc/rms/test.yaml:1:1: name: missing; must be a text
/etc/rms/test.yaml:1:8: count: must be -5 .. 100 (is 101)
/etc/rms/test.yaml:2:7: flag: must be true or false (is 'yes')
/etc/rms/test.yaml:3:7: wait: must be a whole number with its unit, as 500ms, 5s, 15m, 1h (is '5')
/etc/rms/test.yaml:4:8: bytes: must be a whole number with its unit, as 512B, 64KiB, 16MiB, 1GiB (is '64KB')
/etc/rms/test.yaml:5:9: format: must be text or json (is 'xml')
/etc/rms/test.yaml:6:11: endpoint: must be host:port, as rights.example.com:443, 192.0.2.1:443 or [2001:db8::1]:443 (is 'host')
/etc/rms/test.yaml:7:7: file: must be the path of a file, not its content
/etc/rms/test.yaml:10:12: words[1]: must be a word
/etc/rms/test.yaml:11:8: inner.must: missing; must be 1
/etc/rms/test.yaml:13:5: items[0].name: missing; must be a text
/etc/rms/test.yaml:13:5: items[0].nmae: unknown key; did you mean name?
/etc/rms/test.yaml:14:5: items[1]: must be a map of settings
/etc/rms/test.yaml:15:1: surprise: unknown key; known here: name, count, flag, wait, bytes, format, endpoint, file, words, inner or items)");
}

TEST(YamlFile, ReportsRangesOnBothSides) {
  EXPECT_EQ(read("name: x\ncount: -6").problems, "/etc/rms/test.yaml:2:8: count: must be -5 .. 100 (is -6)");
  EXPECT_EQ(read("name: x\nwait: 99ms").problems, "/etc/rms/test.yaml:2:7: wait: must be 100ms .. 5m (is 99ms)");
  EXPECT_EQ(read("name: x\nwait: 301s").problems, "/etc/rms/test.yaml:2:7: wait: must be 100ms .. 5m (is 301s)");
  EXPECT_EQ(read("name: x\nbytes: 4095B").problems, "/etc/rms/test.yaml:2:8: bytes: must be 4KiB .. 1MiB (is 4095B)");
  EXPECT_EQ(read("name: x\nendpoint: host:0").problems,
            "/etc/rms/test.yaml:2:11: endpoint: port must be 1 .. 65535 (is 0)");
}

TEST(YamlFile, ReportsValuesOfTheWrongKindOrNone) {
  EXPECT_EQ(read("name:\n").problems, "/etc/rms/test.yaml:1:1: name: has no value; must be a text");
  EXPECT_EQ(read("name: ''\n").problems, "/etc/rms/test.yaml:1:7: name: must be one line of 1 to 4096 bytes");
  EXPECT_EQ(read("name: " + std::string(4097, 'x')).problems,
            "/etc/rms/test.yaml:1:7: name: must be one line of 1 to 4096 bytes");
  EXPECT_EQ(read("name: {a: b}\n").problems, "/etc/rms/test.yaml:1:7: name: is a map; must be a text");
  EXPECT_EQ(read("name: x\ninner: text\n").problems,
            "/etc/rms/test.yaml:2:8: inner: is a text; must be a map of settings");
  EXPECT_EQ(read("name: x\nitems: {}\n").problems,
            "/etc/rms/test.yaml:2:8: items: is a map; must be a list, as [] for none");
  EXPECT_EQ(read("name: x\nitems:\n").problems,
            "/etc/rms/test.yaml:2:1: items: has no value; must be a list, as [] for none");
}

TEST(YamlFile, TakesAMapWithNothingInItAsEmpty) {
  EXPECT_EQ(read("name: x\ninner:\n").problems, "/etc/rms/test.yaml:2:1: inner.must: missing; must be 1");
}

TEST(YamlFile, TakesProblemsOfItsReader) {
  auto file = File::parse("name: x\ncount: 1\n", "f.yaml");
  ASSERT_TRUE(file);
  Place later;
  file->read([&](Map& root) {
    std::string name;
    int count = 0;
    root.text("name", name);
    root.integer("count", count, {0, 9});
    later = root.place("count");
    root.problem("name", "is taken");
  });
  file->problem(later, "does not go with name");
  file->problem({}, "is not finished");
  EXPECT_EQ(file->check().error().context,
            "f.yaml:1:1: is not finished\nf.yaml:1:7: name: is taken\nf.yaml:2:8: count: does not go with name");
}

TEST(YamlFile, KnowsWhatItWasAskedFor) {
  auto file = File::parse("name: x\nitems: [{name: a}, {name: b}]", "f.yaml");
  ASSERT_TRUE(file);
  Values values;
  file->read([&](Map& root) { read(root, values); });
  std::vector<std::string> keys;
  for (const KnownKey& key : file->known_keys()) keys.push_back(key.path + "=" + key.right);
  EXPECT_THAT(keys,
              ElementsAre("name=a text", "count=-5 .. 100", "flag=true or false", "wait=100ms .. 5m",
                          "bytes=4KiB .. 1MiB", "format=text or json", "endpoint=host:port", "file=the path of a file",
                          "words=a word", "inner=", "inner.must=1", "items=", "items[].name=a text"));
}

TEST(YamlFile, LoadsFromDisk) {
  const test::TempDir dir;
  const auto path = dir.write("good.yaml", "name: x\nfile: a.pem\n");
  auto file = File::load(path);
  ASSERT_TRUE(file) << file.error().to_string();
  Values values;
  file->read([&](Map& root) { read(root, values); });
  EXPECT_TRUE(file->check());
  EXPECT_EQ(values.file, dir.path() / "a.pem");
}

TEST(YamlFile, SaysWhyItCannotLoad) {
  const test::TempDir dir;
  EXPECT_EQ(File::load(dir.path() / "none.yaml").error(), Errc::not_found);
  EXPECT_EQ(File::load(dir.path()).error(), Errc::io_error);
  EXPECT_EQ(File::load("/dev/zero").error(), Errc::io_error);
  EXPECT_EQ(File::load(dir.write("large.yaml", std::string(kMaxFileBytes + 1, '#'))).error(), Errc::too_large);
  const auto bad = dir.write("bad.yaml", "a: 1\nb: [");
  const auto file = File::load(bad);
  EXPECT_EQ(file.error(), Errc::malformed);
  EXPECT_THAT(file.error().context, HasSubstr(bad.string() + ":2:"));
}

}  // namespace
}  // namespace rms::yaml
