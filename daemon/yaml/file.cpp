// SPDX-License-Identifier: Apache-2.0
#include "yaml/file.h"

#include <algorithm>
#include <fstream>
#include <system_error>

#include "yaml/state.h"

namespace rms::yaml {
namespace {

// A regular file only: a settings file that is a FIFO or a device would hold the daemon up at its start.
Result<std::string> read_text(const std::filesystem::path& path) {
  std::error_code failed;
  const auto status = std::filesystem::status(path, failed);
  if (status.type() == std::filesystem::file_type::not_found)
    return Error(Errc::not_found, path.string() + ": no such file");
  if (failed) return Error(Errc::io_error, path.string() + ": " + failed.message());
  if (status.type() != std::filesystem::file_type::regular)
    return Error(Errc::io_error, path.string() + ": must be a regular file");

  std::ifstream stream(path, std::ios::binary);
  if (!stream) return Error(Errc::io_error, path.string() + ": cannot be opened for reading");
  std::string text(kMaxFileBytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) return Error(Errc::io_error, path.string() + ": cannot be read");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

}  // namespace

File::File(std::unique_ptr<State> state) : state_(std::move(state)) {}
File::File(File&&) noexcept = default;
File& File::operator=(File&&) noexcept = default;
File::~File() = default;

Result<File> File::load(const std::filesystem::path& path) {
  RMS_TRY(const std::string text, read_text(path));
  return parse(text, path);
}

Result<File> File::parse(std::string_view text, const std::filesystem::path& shown_as) {
  auto state = std::make_unique<State>();
  state->shown_as = shown_as;
  state->text = text;
  auto root = parse_document(text, state->problems);
  if (!root) return Error(root.error().code, shown_as.string() + ":" + root.error().context);
  state->root = *std::move(root);
  return File(std::move(state));
}

void File::read(const std::function<void(Map&)>& reader) {
  const TreeNode& root = state_->root;
  if (root.kind != TreeNode::Kind::map && !root.broken)
    state_->problems.push_back({root.line, root.column, "", "must be a map of settings, as `version: 1`"});
  Map map(*state_, root.kind == TreeNode::Kind::map ? &root : nullptr, "", "");
  reader(map);
  map.report_unknown_keys();
}

void File::problem(const Place& place, std::string_view what) {
  state_->problems.push_back({place.line, place.column, place.path, std::string(what)});
}

Result<void> File::check() const {
  std::vector<Problem> problems = state_->problems;
  if (problems.empty()) return {};
  std::stable_sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  std::string all;
  for (const Problem& problem : problems) {
    if (!all.empty()) all += '\n';
    all += state_->shown_as.string() + ":" + std::to_string(problem.line) + ":" + std::to_string(problem.column) + ": ";
    if (!problem.path.empty()) all += problem.path + ": ";
    all += problem.what;
  }
  return Error(Errc::invalid_setting, std::move(all));
}

const std::string& File::text() const {
  return state_->text;
}

const std::vector<KnownKey>& File::known_keys() const {
  return state_->known_keys;
}

}  // namespace rms::yaml
