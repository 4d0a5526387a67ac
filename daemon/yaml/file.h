// SPDX-License-Identifier: Apache-2.0
//
// Settings files, read strictly. YAML as most libraries read it is full of traps: of two equal keys one silently wins,
// `0644` is 420, `on` is true, text after the document is ignored, aliases expand without end. Here each of them is an
// error, and *all* errors of a file are reported at once, as
//   file:line:col: key.path: what is wrong, and what would be right
//
// Use: load a File, read() its root with functions of Map that name key, target and range, add what the values mean
// together with problem(), and ask check() in the end:
//
//   RMS_TRY(auto file, yaml::File::load(path));
//   file.read([&](yaml::Map& root) {
//     root.map("limits", yaml::optional, [&](yaml::Map& limits) {
//       limits.integer("connections", settings.connections, {1, 65536});
//       limits.duration("idle_timeout", settings.idle_timeout, {100ms, 5min});
//     });
//   });
//   RMS_CHECK(file.check());
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"

namespace rms::yaml {

inline constexpr std::size_t kMaxFileBytes = std::size_t{8} * 1024 * 1024;
inline constexpr std::size_t kMaxDepth = 16;          // of maps and lists in one another
inline constexpr std::size_t kMaxNodes = 500'000;     // keys and values
inline constexpr std::size_t kMaxTextBytes = 4096;    // of one value
inline constexpr std::size_t kMaxListItems = 10'000;  // of one list

// Whether a key must be there. The default that stands when it is not is whatever the target holds already.
enum class Presence { optional, required };
inline constexpr Presence optional = Presence::optional;
inline constexpr Presence required = Presence::required;

// Smallest and largest value that is right, both included.
template <class T>
struct Range {
  T least, most;
};

// Where something stands in a file, for problems that show only later. Lines and columns count from 1.
struct Place {
  int line = 1, column = 1;
  std::string path;  // "servers[2].match.dns"; empty for the whole file
};

// A key that the reading code asked for, whether or not the file has it. Tests hold these against the documentation.
struct KnownKey {
  std::string path;   // "servers[].name": items of lists without their number
  std::string right;  // what would be right: "1 .. 65536", "100ms .. 5m", "text or json"; empty if anything goes
};

struct TreeNode;
class Map;

// One settings file. Moves; one thread at a time.
class File {
 public:
  // Errc::not_found, Errc::io_error, Errc::too_large; Errc::malformed for text that is not one YAML document within our
  // limits, with the place. Everything else that is wrong waits for check().
  static Result<File> load(const std::filesystem::path& path);
  // The same for text in memory; `shown_as` is what problems call it, and what relative paths are relative to.
  static Result<File> parse(std::string_view text, const std::filesystem::path& shown_as);

  File(File&&) noexcept;
  File& operator=(File&&) noexcept;
  ~File();

  // Reads the root map. Keys that `reader` did not ask for are problems.
  void read(const std::function<void(Map&)>& reader);

  void problem(const Place& place, std::string_view what);

  // Errc::invalid_setting with all problems so far in the order of the file, one a line.
  Result<void> check() const;

  // All of it, as it was read.
  const std::string& text() const;

  // In the order in which they were asked for.
  const std::vector<KnownKey>& known_keys() const;

 private:
  friend class Map;
  struct State;
  explicit File(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// One map of the file, or one that is not there: then every function leaves its target alone.
// Each function returns whether it set the target; what is wrong has been noted when it returns false for a key that is
// there. Lives only within the function that got it.
class Map {
 public:
  Map(const Map&) = delete;
  Map& operator=(const Map&) = delete;

  bool has(std::string_view key) const;
  Place place(std::string_view key) const;  // of the value; of this map if it has no such key
  void problem(std::string_view key, std::string_view what);

  // Any text of 1 to kMaxTextBytes in one line.
  bool text(std::string_view key, std::string& target, Presence presence = optional);
  // true or false; nothing else is a boolean.
  bool boolean(std::string_view key, bool& target, Presence presence = optional);
  // Decimal digits without quotes, sign (unless the range has negative numbers) or leading zeros.
  template <std::integral T>
  bool integer(std::string_view key, T& target, Range<T> range, Presence presence = optional) {
    std::int64_t value = 0;
    if (!integer_value(key, value, {static_cast<std::int64_t>(range.least), static_cast<std::int64_t>(range.most)},
                       presence))
      return false;
    target = static_cast<T>(value);
    return true;
  }
  // A whole number with its unit: 500ms, 5s, 15m, 1h.
  bool duration(std::string_view key, std::chrono::milliseconds& target, Range<std::chrono::milliseconds> range,
                Presence presence = optional);
  // A whole number with its unit: 512B, 64KiB, 16MiB, 1GiB.
  template <std::unsigned_integral T>
  bool size(std::string_view key, T& target, Range<T> range, Presence presence = optional) {
    std::uint64_t value = 0;
    if (!size_value(key, value, {range.least, range.most}, presence)) return false;
    target = static_cast<T>(value);
    return true;
  }
  // One of a few words: choice("format", settings.format, {{"text", LogFormat::text}, {"json", LogFormat::json}}).
  template <class T>
  bool choice(std::string_view key, T& target,
              std::initializer_list<std::pair<std::string_view, std::type_identity_t<T>>> choices,
              Presence presence = optional) {
    std::vector<std::string_view> words;
    for (const auto& [word, value] : choices) words.push_back(word);
    std::size_t chosen = 0;
    if (!choice_value(key, chosen, words, presence)) return false;
    target = choices.begin()[chosen].second;
    return true;
  }
  // host:port or [address]:port. The host comes without brackets.
  bool endpoint(std::string_view key, std::string& host, std::uint16_t& port, Range<std::uint16_t> ports = {1, 65535},
                Presence presence = optional);
  // A path; a relative one starts at the directory of the file.
  bool path(std::string_view key, std::filesystem::path& target, Presence presence = optional);

  // A map within this one; `key:` with nothing behind it is an empty one. `reader` is called even if there is none,
  // with a map where nothing is (and nothing is required), so that known_keys() is complete.
  // `example` is shown to who wrote something else: "{dns: exchange.contoso.com}".
  bool map(std::string_view key, Presence presence, const std::function<void(Map&)>& reader,
           std::string_view example = {});
  // A list of maps; `reader` is called for each item.
  bool maps(std::string_view key, Presence presence, const std::function<void(Map&)>& reader);
  // A list of texts. `each` is called with every text and its place; `right` is what known_keys() says of them.
  bool texts(std::string_view key, Presence presence, std::string_view right,
             const std::function<void(std::string_view, const Place&)>& each, std::string_view example = {});

 private:
  friend class File;
  Map(File::State& file, const TreeNode* node, std::string path, std::string generic_path);
  ~Map() = default;

  const TreeNode* ask(std::string_view key, std::string_view right);
  const TreeNode* ask_scalar(std::string_view key, std::string_view right, Presence presence);
  template <class T>
  bool ranged(std::string_view key, T& target, Range<T> range, Presence presence, Result<T> (*parse)(std::string_view),
              std::string (*format)(T));
  bool integer_value(std::string_view key, std::int64_t& target, Range<std::int64_t> range, Presence presence);
  bool size_value(std::string_view key, std::uint64_t& target, Range<std::uint64_t> range, Presence presence);
  bool choice_value(std::string_view key, std::size_t& chosen, std::span<const std::string_view> words,
                    Presence presence);
  void missing(std::string_view key, std::string_view right);
  void expect(std::string_view key, const TreeNode& node, std::string_view right);
  const TreeNode* ask_list(std::string_view key, std::string_view right, Presence presence, std::string_view example);
  void report_unknown_keys();
  std::string path_of(std::string_view key) const;

  File::State& file_;
  const TreeNode* node_;  // null: there is no such map
  std::string path_, generic_path_;
  std::vector<std::string> asked_;
};

}  // namespace rms::yaml
