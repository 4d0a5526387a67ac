// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "connector/audit/journal_file.h"

namespace rms::connector {
namespace {

namespace fs = std::filesystem;

Error failed(const fs::path& path, const char* what) {
  return Error(Errc::io_error, path.string() + ": " + what + ": " + std::generic_category().message(errno));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

class PosixLock final : public DirectoryLock {
 public:
  explicit PosixLock(Descriptor held) : held_(std::move(held)) {}

 private:
  Descriptor held_;
};

class PosixJournalFile final : public JournalFile {
 public:
  PosixJournalFile(Descriptor file, fs::path path, std::uint64_t size)
      : file_(std::move(file)), path_(std::move(path)), size_(size) {}

  Result<void> append(std::string_view bytes) override {
    if (untidy_) RMS_CHECK(cut_back());
    const std::size_t all = bytes.size();
    while (!bytes.empty()) {
      const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return give_up("cannot be written");
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    // After a failed sync nobody knows what is on the disk, and a second one would say that all is well.
    if (::fdatasync(file_.get()) != 0) return give_up("cannot be brought to the disk");
    size_ += all;
    return {};
  }

  std::uint64_t size() const override { return size_; }

 private:
  Error give_up(const char* what) {
    Error error = failed(path_, what);
    untidy_ = true;
    static_cast<void>(cut_back());
    return error;
  }

  Result<void> cut_back() {
    if (::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) return failed(path_, "cannot be cut back");
    untidy_ = false;
    return {};
  }

  const Descriptor file_;
  const fs::path path_;
  std::uint64_t size_;
  bool untidy_ = false;
};

}  // namespace

Result<std::unique_ptr<DirectoryLock>> DirectoryLock::take(const fs::path& directory) {
  const fs::path path = directory / "lock";
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (file.get() < 0) return failed(path, "cannot be opened");
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return Error(Errc::unavailable, directory.string() + ": another process writes this journal");
    return failed(path, "cannot be locked");
  }
  return std::unique_ptr<DirectoryLock>(std::make_unique<PosixLock>(std::move(file)));
}

Result<std::unique_ptr<JournalFile>> JournalFile::open(const fs::path& path) {
  // A limit on the size of files is then an error of write(), not the end of the process.
  ::signal(SIGXFSZ, SIG_IGN);
  Descriptor file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (file.get() < 0) return failed(path, "cannot be opened");
  struct stat known {};
  if (::fstat(file.get(), &known) != 0) return failed(path, "cannot be asked for its size");
  const Descriptor directory(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || ::fsync(directory.get()) != 0)
    return failed(path.parent_path(), "cannot be brought to the disk");
  return std::unique_ptr<JournalFile>(
      std::make_unique<PosixJournalFile>(std::move(file), path, static_cast<std::uint64_t>(known.st_size)));
}

}  // namespace rms::connector
