// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/guid.h"
#include "client/files/files.h"

namespace rms::client {
namespace {

Error failure(const std::filesystem::path& path, const char* what, int error) {
  const auto code = error == ENOENT ? Errc::not_found : error == EEXIST ? Errc::already_exists : Errc::io_error;
  return Error(code, path.string() + ": " + what + ": " + std::generic_category().message(error));
}

void close_quietly(int& fd) {
  if (fd >= 0) ::close(std::exchange(fd, -1));
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

// Writes all of `bytes`; `write_some` is write() or pwrite(). 0 or errno.
template <class WriteSome>
int write_all(Bytes bytes, WriteSome write_some) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = write_some(bytes.data() + done, bytes.size() - done, done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    done += static_cast<std::size_t>(n);
  }
  return 0;
}

// Beside `path`, so that it can be moved there in one step.
std::string unfinished_name(const std::filesystem::path& path) {
  return (folder_of(path) / (".rms-" + new_guid())).string();
}

}  // namespace

// ---- InputFile

Result<InputFile> InputFile::open(const std::filesystem::path& path) {
  // O_NONBLOCK: a FIFO in the file's place must not hold us up.
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) return failure(path, "cannot open", errno);
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    close_quietly(fd);
    return Error(Errc::io_error, path.string() + ": must be a regular file");
  }
  return InputFile(path, fd, static_cast<std::uint64_t>(info.st_size));
}

InputFile::InputFile(InputFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), size_(other.size_) {}
InputFile::~InputFile() {
  close_quietly(fd_);
}

Result<std::size_t> InputFile::read_at(std::uint64_t offset, std::span<std::uint8_t> into) const {
  std::size_t have = 0;
  while (have < into.size()) {
    const ssize_t n = ::pread(fd_, into.data() + have, into.size() - have, static_cast<off_t>(offset + have));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failure(path_, "cannot read", errno);
    if (n == 0) break;
    have += static_cast<std::size_t>(n);
  }
  return have;
}

// ---- OutputFile

OutputFile::OutputFile(std::filesystem::path path, std::string unfinished, int fd, Existing existing)
    : path_(std::move(path)), unfinished_(std::move(unfinished)), fd_(fd), existing_(existing) {}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : path_(std::move(other.path_)),
      unfinished_(std::exchange(other.unfinished_, {})),
      fd_(std::exchange(other.fd_, -1)),
      existing_(other.existing_),
      position_(other.position_) {}

OutputFile::~OutputFile() {
  close_quietly(fd_);
  if (!unfinished_.empty()) ::unlink(unfinished_.c_str());
}

Error OutputFile::failed(const char* what, int error) const {
  if (error == EEXIST) return Error(Errc::already_exists, path_.string() + ": exists already");
  return failure(path_, what, error);
}

Result<OutputFile> OutputFile::create(const std::filesystem::path& path, Existing existing, Readers readers) {
  // Asked at commit() again, by the system in one step; here so that nobody waits for gigabytes first.
  struct stat info {};
  if (existing == Existing::keep && ::lstat(path.c_str(), &info) == 0)
    return Error(Errc::already_exists, path.string() + ": exists already");
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
    return Error(Errc::io_error, path.string() + ": is there, and is no regular file");

  const mode_t mode = readers == Readers::owner ? 0600 : 0666;
  const int nameless = ::open(folder_of(path).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
  if (nameless >= 0) return OutputFile(path, "", nameless, existing);
  if (errno != EOPNOTSUPP && errno != EISDIR) return failure(path, "cannot create", errno);

  const std::string unfinished = unfinished_name(path);
  const int fd = ::open(unfinished.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, mode);
  if (fd < 0) return failure(path, "cannot create", errno);
  return OutputFile(path, unfinished, fd, existing);
}

Result<void> OutputFile::append(Bytes bytes) {
  RMS_CHECK(write_at(position_, bytes));
  position_ += bytes.size();
  return {};
}

Result<void> OutputFile::write_at(std::uint64_t offset, Bytes bytes) {
  const int error = write_all(bytes, [&](const std::uint8_t* data, std::size_t size, std::size_t done) {
    return ::pwrite(fd_, data, size, static_cast<off_t>(offset + done));
  });
  if (error != 0) return failed("cannot write", error);
  return {};
}

Result<void> OutputFile::commit() {
  if (::fsync(fd_) != 0) return failed("cannot write", errno);
  const auto name_it = [&](const std::string& name) {
    const std::string from = unfinished_.empty() ? "/proc/self/fd/" + std::to_string(fd_) : unfinished_;
    return ::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
  };
  if (existing_ == Existing::keep) {
    // A link never replaces a file, also not one that appeared meanwhile.
    if (!name_it(path_.string())) return failed("cannot create", errno);
  } else {
    // Only rename() replaces, and only what has a name can be renamed.
    if (const std::string name = unfinished_name(path_); unfinished_.empty()) {
      if (!name_it(name)) return failed("cannot create", errno);
      unfinished_ = name;
    }
    if (::rename(unfinished_.c_str(), path_.c_str()) != 0) return failed("cannot create", errno);
    unfinished_.clear();
  }
  int folder = ::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) ::fsync(folder);  // The content is safe already; some file systems cannot sync a folder.
  close_quietly(folder);
  return {};
}

// ---- small things

Result<void> StandardOutput::append(Bytes bytes) {
  const int error = write_all(bytes, [](const std::uint8_t* data, std::size_t size, std::size_t) {
    return ::write(STDOUT_FILENO, data, size);
  });
  if (error != 0) return failure("standard output", "cannot write", error);
  return {};
}

Result<void> replace_file(const std::filesystem::path& path, std::string_view content) {
  RMS_TRY(auto file, OutputFile::create(path, OutputFile::Existing::replace, OutputFile::Readers::owner));
  RMS_CHECK(file.append(bytes_of(content)));
  return file.commit();
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit_bytes) {
  RMS_TRY(const auto file, InputFile::open(path));
  if (file.size() > limit_bytes)
    return Error(Errc::too_large, path.string() + ": more than " + std::to_string(limit_bytes) + " bytes");
  std::string content(static_cast<std::size_t>(file.size()), '\0');
  RMS_TRY(const std::size_t have, file.read_at(0, {reinterpret_cast<std::uint8_t*>(content.data()), content.size()}));
  content.resize(have);
  return content;
}

Result<void> make_private_directory(const std::filesystem::path& path) {
  if (path.has_parent_path()) {
    std::error_code ignored;  // What cannot be made shows at mkdir().
    std::filesystem::create_directories(path.parent_path(), ignored);
  }
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failure(path, "cannot create", errno);
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return failure(path, "cannot examine", errno);
  if (!S_ISDIR(info.st_mode)) return Error(Errc::io_error, path.string() + ": must be a folder");
  if (info.st_uid != ::geteuid())
    return Error(Errc::insecure_file, path.string() + ": must belong to the user that runs this program");
  if ((info.st_mode & 077) != 0)
    return Error(Errc::insecure_file, path.string() + ": may be entered by others; run: chmod 0700 " + path.string());
  return {};
}

Result<FileLock> FileLock::acquire(const std::filesystem::path& path, Mode mode) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return failure(path, "cannot open", errno);
  FileLock lock(fd);
  if (::flock(fd, mode == Mode::shared ? LOCK_SH : LOCK_EX) != 0) {
    if (errno == EINTR) return Error(Errc::cancelled, path.string() + ": interrupted while another process holds it");
    return failure(path, "cannot lock", errno);
  }
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
FileLock::~FileLock() {
  close_quietly(fd_);
}

}  // namespace rms::client
