// SPDX-License-Identifier: Apache-2.0
//
// Files that are bytes in memory, and whoever hears of progress and does not care.
#pragma once

#include <string>
#include <string_view>

#include <sys/mman.h>
#include <unistd.h>

#include "client/files/files.h"
#include "client/progress.h"
#include "fuzz/support.h"

namespace rms::fuzz {

struct MemoryFile {
  explicit MemoryFile(std::string_view content) : fd(::memfd_create("pfile", 0)) {
    const auto written = ::write(fd, content.data(), content.size());
    expect(written == static_cast<ssize_t>(content.size()), "there is memory for the input");
  }
  ~MemoryFile() { ::close(fd); }
  client::InputFile open() const {
    return must(client::InputFile::open("/proc/self/fd/" + std::to_string(fd)), "it can be opened");
  }
  const int fd;
};

struct Collected final : client::Sink {
  std::string bytes;
  Result<void> append(client::Bytes more) override {
    bytes.append(reinterpret_cast<const char*>(more.data()), more.size());
    return {};
  }
};

struct NoProgress final : client::Progress {
  bool advance(std::uint64_t, std::uint64_t) override { return true; }
};

}  // namespace rms::fuzz
