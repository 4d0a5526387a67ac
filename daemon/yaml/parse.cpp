// SPDX-License-Identifier: Apache-2.0
//
// The only file that sees yaml-cpp. It takes the parser's events rather than its nodes: an event comes before the
// library had a chance to expand, merge or lose anything, and a limit stops the parser where it stands.
#include <algorithm>
#include <memory>
#include <set>
#include <streambuf>
#include <utility>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "yaml/file.h"
#include "yaml/node.h"
#include "yaml/values.h"

namespace rms::yaml {
namespace {

struct Stop {
  Errc code;
  YAML::Mark mark;
  std::string what;
};

Error at(Errc code, const YAML::Mark& mark, std::string_view what) {
  const int line = std::max(mark.line, 0) + 1, column = std::max(mark.column, 0) + 1;
  return Error(code, std::to_string(line) + ":" + std::to_string(column) + ": " + std::string(what));
}

// Builds the tree. Open lists and maps are on a stack; `key` waits there for its value.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(std::vector<Problem>& problems) : problems_(problems) {}

  TreeNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    TreeNode node = make(TreeNode::Kind::nothing, mark, "", anchor);
    add(std::move(node));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    TreeNode node = make(TreeNode::Kind::nothing, mark, "", 0);
    note(node, "aliases (*name) are not understood here: write the value out");
    add(std::move(node));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    TreeNode node = make(TreeNode::Kind::text, mark, tag, anchor);
    node.quoted = tag == "!";
    node.text = value;
    add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(make(TreeNode::Kind::list, mark, tag, anchor));
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(make(TreeNode::Kind::map, mark, tag, anchor));
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    TreeNode node;
    bool has_key = false;
    Entry entry;  // the key that waits for its value
    std::set<std::string, std::less<>> keys;
  };

  TreeNode make(TreeNode::Kind kind, const YAML::Mark& mark, std::string_view tag, YAML::anchor_t anchor) {
    if (++nodes_ > kMaxNodes)
      throw Stop{Errc::too_large, mark, "more than " + std::to_string(kMaxNodes) + " keys and values"};
    TreeNode node;
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    if (anchor != 0) note(node, "anchors (&name) are not understood here: remove it");
    // "?" and "!" are what the parser gives to untagged plain and quoted texts.
    if (!tag.empty() && tag != "?" && tag != "!") note(node, "tags (!name) are not understood here: remove it");
    return node;
  }

  void note(TreeNode& node, std::string_view what) {
    node.broken = true;
    problems_.push_back({node.line, node.column, path(), std::string(what)});
  }

  // Of the value that is being read: "servers[2].match.dns".
  std::string path() const {
    std::string path;
    for (const Open& open : stack_) {
      if (open.node.kind == TreeNode::Kind::list) {
        path += "[" + std::to_string(open.node.items.size()) + "]";
      } else if (open.has_key) {
        if (!path.empty()) path += ".";
        path += open.entry.key;
      }
    }
    return path;
  }

  void open(TreeNode node) {
    if (stack_.size() == kMaxDepth)
      throw Stop{Errc::too_large, mark_of(node),
                 "more than " + std::to_string(kMaxDepth) + " lists and maps within one another"};
    stack_.push_back({std::move(node), false, {}, {}});
  }

  void close() {
    TreeNode node = std::move(stack_.back().node);
    stack_.pop_back();
    add(std::move(node));
  }

  void add(TreeNode node) {
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = stack_.back();
    if (parent.node.kind == TreeNode::Kind::list) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.has_key) {
      take_key(parent, std::move(node));
    } else {
      parent.has_key = false;
      parent.entry.value = std::move(node);
      add_entry(parent);
    }
  }

  void take_key(Open& parent, TreeNode node) {
    if (node.kind != TreeNode::Kind::text) {
      if (!node.broken) note(node, "a key must be a word");
      node.text.clear();
    } else if (node.text.size() > kMaxKeyBytes) {
      note(node, "a key must be a word");
      node.text.clear();
    }
    parent.entry = {std::move(node.text), node.line, node.column, {}};
    parent.has_key = true;
  }

  // The first of two equal keys stays, so that its own problems are reported too.
  void add_entry(Open& parent) {
    Entry& entry = parent.entry;
    if (entry.key.empty()) return;
    if (!parent.keys.insert(entry.key).second) {
      const auto first = std::find_if(parent.node.entries.begin(), parent.node.entries.end(),
                                      [&](const Entry& e) { return e.key == entry.key; });
      parent.has_key = true;  // so that path() ends with the key
      problems_.push_back({entry.line, entry.column, path(),
                           "given twice; the first is in line " + std::to_string(first->line) + ": remove one"});
      parent.has_key = false;
      return;
    }
    parent.node.entries.push_back(std::move(entry));
  }

  static YAML::Mark mark_of(const TreeNode& node) {
    YAML::Mark mark;
    mark.line = node.line - 1;
    mark.column = node.column - 1;
    return mark;
  }

  static constexpr std::size_t kMaxKeyBytes = 128;

  std::vector<Problem>& problems_;
  std::vector<Open> stack_;
  std::size_t nodes_ = 0;
  TreeNode root_;
};

// Says where the next document starts, and goes no further.
class Refuser final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    throw Stop{Errc::malformed, mark, "text after the end of the document: a settings file is one document"};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

// The parser wants a stream; this one reads where the text is.
class ViewBuffer final : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // streambuf's get area is not const; nothing writes to it
    setg(begin, begin, begin + text.size());
  }
};

// The length of the UTF-8 character that `text` begins with; 0 if it is none, or a control character that no settings
// file needs (a NUL also gives UTF-16 away).
std::size_t character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return first == '\t' || first == '\n' || first == '\r' || (first >= 0x20 && first != 0x7f) ? 1 : 0;
  const std::size_t length = first >= 0xf5 ? 0 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool surrogate = first == 0xed && byte(1) >= 0xa0;
  const bool beyond = first == 0xf4 && byte(1) >= 0x90;
  return overlong || surrogate || beyond ? 0 : length;
}

Result<void> check_characters(std::string_view text) {
  YAML::Mark mark;
  for (std::size_t at_byte = 0; at_byte < text.size();) {
    const std::size_t length = character(text.substr(at_byte));
    if (length == 0) return at(Errc::malformed, mark, "must be UTF-8 text without control characters");
    if (text[at_byte] == '\n') {
      ++mark.line;
      mark.column = 0;
    } else {
      ++mark.column;
    }
    at_byte += length;
  }
  return {};
}

}  // namespace

Result<TreeNode> parse_document(std::string_view text, std::vector<Problem>& problems) {
  if (text.size() > kMaxFileBytes) return Error(Errc::too_large, "1:1: larger than " + format_size(kMaxFileBytes));
  RMS_CHECK(check_characters(text));
  try {
    ViewBuffer buffer(text);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    Builder builder(problems);
    parser.HandleNextDocument(builder);
    // Asked once only: on some malformed texts the parser offers empty documents for ever.
    Refuser refuser;
    if (parser) parser.HandleNextDocument(refuser);
    return builder.take();
  } catch (const Stop& stop) {
    return at(stop.code, stop.mark, stop.what);
  } catch (const YAML::Exception& error) {
    return at(Errc::malformed, error.mark, "is not YAML: " + error.msg);
  }
}

}  // namespace rms::yaml
