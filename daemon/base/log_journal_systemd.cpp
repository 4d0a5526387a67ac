// SPDX-License-Identifier: Apache-2.0
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "base/log_journal.h"

namespace rms {
namespace {

std::optional<std::uintmax_t> number(std::string_view digits) {
  std::uintmax_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace

bool is_journal_stream(std::string_view value, int fd) {
  const std::size_t colon = value.find(':');
  if (colon == value.npos) return false;
  const auto device = number(value.substr(0, colon)), inode = number(value.substr(colon + 1));
  struct stat info {};
  return device && inode && ::fstat(fd, &info) == 0 && *device == info.st_dev && *inode == info.st_ino;
}

bool stderr_is_journal() {
  const char* value = std::getenv("JOURNAL_STREAM");
  return value != nullptr && is_journal_stream(value, STDERR_FILENO);
}

bool send_to_journal(const std::vector<std::string>& record) {
  std::vector<iovec> parts;
  parts.reserve(record.size());
  for (const std::string& each : record) parts.push_back({const_cast<char*>(each.data()), each.size()});
  return ::sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) >= 0;
}

}  // namespace rms
