// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "yaml/file.h"
#include "yaml/state.h"
#include "yaml/values.h"

namespace rms::yaml {
namespace {

const Entry* find(const TreeNode* map, std::string_view key) {
  if (map == nullptr) return nullptr;
  const auto found =
      std::find_if(map->entries.begin(), map->entries.end(), [&](const Entry& entry) { return entry.key == key; });
  return found == map->entries.end() ? nullptr : &*found;
}

std::string format_integer(std::int64_t value) {
  return std::to_string(value);
}

std::string below(std::string_view path, std::string_view key) {
  return path.empty() ? std::string(key) : std::string(path) + "." + std::string(key);
}

std::string joined(std::span<const std::string_view> words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i != 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

std::string with_example(std::string_view right, std::string_view example) {
  return std::string(right) + (example.empty() ? "" : ", as " + std::string(example));
}

// A value that cannot be shown in one line is not shown: it may be a key that was pasted where its path belongs.
bool is_one_line(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20; });
}

}  // namespace

Map::Map(File::State& file, const TreeNode* node, std::string path, std::string generic_path)
    : file_(file), node_(node), path_(std::move(path)), generic_path_(std::move(generic_path)) {}

bool Map::has(std::string_view key) const {
  return find(node_, key) != nullptr;
}

std::string Map::path_of(std::string_view key) const {
  return below(path_, key);
}

Place Map::place(std::string_view key) const {
  if (const Entry* entry = find(node_, key)) {
    // A value that is not there stands wherever the parser noticed: its key is the better place.
    const bool here = entry->value.kind != TreeNode::Kind::nothing;
    return {here ? entry->value.line : entry->line, here ? entry->value.column : entry->column, path_of(key)};
  }
  if (node_ == nullptr) return {1, 1, path_of(key)};
  return {node_->line, node_->column, path_of(key)};
}

void Map::problem(std::string_view key, std::string_view what) {
  const Place at = place(key);
  file_.problems.push_back({at.line, at.column, at.path, std::string(what)});
}

const TreeNode* Map::ask(std::string_view key, std::string_view right) {
  asked_.emplace_back(key);
  std::string path = below(generic_path_, key);
  const bool known = std::any_of(file_.known_keys.begin(), file_.known_keys.end(),
                                 [&](const KnownKey& known_key) { return known_key.path == path; });
  if (!known) file_.known_keys.push_back({std::move(path), std::string(right)});
  const Entry* entry = find(node_, key);
  return entry == nullptr ? nullptr : &entry->value;
}

void Map::missing(std::string_view key, std::string_view right) {
  if (node_ == nullptr) return;
  problem(key, right.empty() ? "missing" : "missing; must be " + std::string(right));
}

void Map::expect(std::string_view key, const TreeNode& node, std::string_view right) {
  if (node.broken) return;
  const std::string_view is = node.kind == TreeNode::Kind::nothing ? "has no value"
                              : node.kind == TreeNode::Kind::list  ? "is a list"
                              : node.kind == TreeNode::Kind::map   ? "is a map"
                                                                   : "is a text";
  problem(key, std::string(is) + "; must be " + std::string(right));
}

const TreeNode* Map::ask_scalar(std::string_view key, std::string_view right, Presence presence) {
  const TreeNode* node = ask(key, right);
  if (node == nullptr) {
    if (presence == Presence::required) missing(key, right);
    return nullptr;
  }
  if (node->broken) return nullptr;
  if (node->kind != TreeNode::Kind::text) {
    expect(key, *node, right);
    return nullptr;
  }
  return node;
}

bool Map::text(std::string_view key, std::string& target, Presence presence) {
  const TreeNode* node = ask_scalar(key, "a text", presence);
  if (node == nullptr) return false;
  if (node->text.empty() || node->text.size() > kMaxTextBytes || !is_one_line(node->text)) {
    problem(key, "must be one line of 1 to " + std::to_string(kMaxTextBytes) + " bytes");
    return false;
  }
  target = node->text;
  return true;
}

bool Map::boolean(std::string_view key, bool& target, Presence presence) {
  const TreeNode* node = ask_scalar(key, "true or false", presence);
  if (node == nullptr) return false;
  if (node->quoted || (node->text != "true" && node->text != "false")) {
    problem(key, "must be true or false (is " + in_quotes(node->text) + ")");
    return false;
  }
  target = node->text == "true";
  return true;
}

template <class T>
bool Map::ranged(std::string_view key, T& target, Range<T> range, Presence presence,
                 Result<T> (*parse)(std::string_view), std::string (*format)(T)) {
  const std::string right =
      range.least == range.most ? format(range.least) : format(range.least) + " .. " + format(range.most);
  const TreeNode* node = ask_scalar(key, right, presence);
  if (node == nullptr) return false;
  if (node->quoted) {
    problem(key, "must be " + right + ", without quotes");
    return false;
  }
  const Result<T> value = parse(node->text);
  if (!value) {
    problem(key, value.error().context);
    return false;
  }
  if (*value < range.least || *value > range.most) {
    problem(key, "must be " + right + " (is " + node->text + ")");
    return false;
  }
  target = *value;
  return true;
}

bool Map::integer_value(std::string_view key, std::int64_t& target, Range<std::int64_t> range, Presence presence) {
  return ranged<std::int64_t>(key, target, range, presence, parse_integer, format_integer);
}

bool Map::duration(std::string_view key, std::chrono::milliseconds& target, Range<std::chrono::milliseconds> range,
                   Presence presence) {
  return ranged(key, target, range, presence, parse_duration, format_duration);
}

bool Map::size_value(std::string_view key, std::uint64_t& target, Range<std::uint64_t> range, Presence presence) {
  return ranged(key, target, range, presence, parse_size, format_size);
}

bool Map::choice_value(std::string_view key, std::size_t& chosen, std::span<const std::string_view> words,
                       Presence presence) {
  const TreeNode* node = ask_scalar(key, joined(words), presence);
  if (node == nullptr) return false;
  const auto found = std::find(words.begin(), words.end(), node->text);
  if (found == words.end()) {
    problem(key, "must be " + joined(words) + " (is " + in_quotes(node->text) + ")");
    return false;
  }
  chosen = static_cast<std::size_t>(found - words.begin());
  return true;
}

bool Map::endpoint(std::string_view key, std::string& host, std::uint16_t& port, Range<std::uint16_t> ports,
                   Presence presence) {
  const TreeNode* node = ask_scalar(key, "host:port", presence);
  if (node == nullptr) return false;
  auto value = parse_endpoint(node->text);
  if (!value) {
    problem(key, value.error().context);
    return false;
  }
  if (value->port < ports.least || value->port > ports.most) {
    problem(key, "port must be " + std::to_string(ports.least) + " .. " + std::to_string(ports.most) + " (is " +
                     std::to_string(value->port) + ")");
    return false;
  }
  host = std::move(value->host);
  port = value->port;
  return true;
}

bool Map::path(std::string_view key, std::filesystem::path& target, Presence presence) {
  const TreeNode* node = ask_scalar(key, "the path of a file", presence);
  if (node == nullptr) return false;
  if (node->text.empty() || node->text.size() > kMaxTextBytes || !is_one_line(node->text)) {
    problem(key, "must be the path of a file, not its content");
    return false;
  }
  target = (file_.shown_as.parent_path() / node->text).lexically_normal();
  return true;
}

bool Map::map(std::string_view key, Presence presence, const std::function<void(Map&)>& reader,
              std::string_view example) {
  const std::string right = with_example("a map of settings", example);
  const TreeNode* node = ask(key, "");
  if (node == nullptr && presence == Presence::required) missing(key, right);
  TreeNode empty;
  if (node != nullptr && node->kind == TreeNode::Kind::nothing && !node->broken) {
    const Place at = place(key);
    empty.kind = TreeNode::Kind::map;
    empty.line = at.line;
    empty.column = at.column;
    node = &empty;
  } else if (node != nullptr && node->kind != TreeNode::Kind::map) {
    expect(key, *node, right);
    node = nullptr;
  }
  Map inner(file_, node, path_of(key), below(generic_path_, key));
  reader(inner);
  inner.report_unknown_keys();
  return node != nullptr;
}

const TreeNode* Map::ask_list(std::string_view key, std::string_view right, Presence presence,
                              std::string_view example) {
  const std::string list =
      example.empty() ? "a list, as [] for none" : with_example("a list", example) + ", or [] for none";
  const TreeNode* node = ask(key, right);
  if (node == nullptr) {
    if (presence == Presence::required) missing(key, list);
    return nullptr;
  }
  if (node->kind != TreeNode::Kind::list) {
    expect(key, *node, list);
    return nullptr;
  }
  if (node->items.size() > kMaxListItems) {
    problem(key, "must have at most " + std::to_string(kMaxListItems) + " items (has " +
                     std::to_string(node->items.size()) + ")");
    return nullptr;
  }
  return node;
}

bool Map::maps(std::string_view key, Presence presence, const std::function<void(Map&)>& reader) {
  const TreeNode* list = ask_list(key, "", presence, {});
  if (list == nullptr) return false;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const TreeNode& item = list->items[i];
    const std::string path = path_of(key) + "[" + std::to_string(i) + "]";
    if (item.kind != TreeNode::Kind::map) {
      if (!item.broken) file_.problems.push_back({item.line, item.column, path, "must be a map of settings"});
      continue;
    }
    Map inner(file_, &item, path, below(generic_path_, key) + "[]");
    reader(inner);
    inner.report_unknown_keys();
  }
  return true;
}

bool Map::texts(std::string_view key, Presence presence, std::string_view right,
                const std::function<void(std::string_view, const Place&)>& each, std::string_view example) {
  const TreeNode* list = ask_list(key, right, presence, example);
  if (list == nullptr) return false;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const TreeNode& item = list->items[i];
    const Place at{item.line, item.column, path_of(key) + "[" + std::to_string(i) + "]"};
    if (item.broken) continue;
    if (item.kind != TreeNode::Kind::text || item.text.empty() || item.text.size() > kMaxTextBytes) {
      file_.problems.push_back(
          {at.line, at.column, at.path, right.empty() ? "must be a text" : "must be " + std::string(right)});
      continue;
    }
    each(item.text, at);
  }
  return true;
}

void Map::report_unknown_keys() {
  if (node_ == nullptr) return;
  const std::vector<std::string_view> known(asked_.begin(), asked_.end());
  for (const Entry& entry : node_->entries) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
    const std::string_view meant = closest(entry.key, known);
    std::string what = "unknown key; ";
    what += meant.empty() ? "known here: " + joined(known) : "did you mean " + std::string(meant) + "?";
    file_.problems.push_back({entry.line, entry.column, path_of(entry.key), std::move(what)});
  }
}

}  // namespace rms::yaml
