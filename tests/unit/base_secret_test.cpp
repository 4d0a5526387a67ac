// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <type_traits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/secret.h"

namespace rms {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST(Secret, MovesWithoutLeavingACopy) {
  Secret a(bytes_of("secret"));
  Secret b(std::move(a));
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): that is what is promised
  EXPECT_EQ(b.text(), "secret");
  a = std::move(b);
  EXPECT_TRUE(b.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(a.text(), "secret");
  EXPECT_EQ(a.clone().text(), "secret");
}

TEST(Secret, ComparesContentAndLength) {
  const Secret secret(bytes_of("secret"));
  EXPECT_TRUE(secret.equals(bytes_of("secret")));
  EXPECT_FALSE(secret.equals(bytes_of("secreT")));
  EXPECT_FALSE(secret.equals(bytes_of("secre")));
  EXPECT_FALSE(secret.equals(bytes_of("")));
  EXPECT_TRUE(Secret().equals({}));
}

class SecretFile : public testing::Test {
 protected:
  SecretFile() {
    std::string name = (fs::temp_directory_path() / "rms-secret-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    folder_ = name;
  }
  ~SecretFile() override { fs::remove_all(folder_); }

  // A file with this content and these permissions.
  fs::path file(std::string_view content, mode_t mode) const {
    const fs::path path = folder_ / "key";
    fs::remove(path);
    std::ofstream(path, std::ios::binary) << content;
    if (::chmod(path.c_str(), mode) != 0) throw std::runtime_error("chmod");
    return path;
  }

  void expect_refused(const fs::path& path, Errc code, const std::string& because, std::size_t limit = 1024) const {
    const auto secret = read_secret_file(path, limit);
    ASSERT_FALSE(secret) << because;
    EXPECT_EQ(secret.error(), code) << secret.error().to_string();
    EXPECT_THAT(secret.error().context, HasSubstr(because));
    EXPECT_THAT(secret.error().context, HasSubstr(path.string()));
  }

  fs::path folder_;
};

TEST_F(SecretFile, ThatOthersMayNotUseIsRead) {
  for (const mode_t mode : {0600, 0640, 0400, 0440}) {
    const auto secret = read_secret_file(file("secret\n", mode));
    ASSERT_TRUE(secret) << std::oct << mode << ": " << secret.error().to_string();
    EXPECT_EQ(secret->text(), "secret\n");
  }
}

TEST_F(SecretFile, ThatOthersMayUseIsRefused) {
  for (const mode_t mode : {0644, 0604, 0602, 0601, 0660, 0620, 0666, 0777})
    expect_refused(file("secret", mode), Errc::insecure_file, "chmod 0600");
}

TEST_F(SecretFile, BehindASymbolicLinkIsJudgedByTheFileItself) {
  const fs::path link = folder_ / "link";
  fs::create_symlink(file("secret", 0600), link);
  EXPECT_EQ(read_secret_file(link)->text(), "secret");
  file("secret", 0644);
  expect_refused(link, Errc::insecure_file, "chmod 0600");
}

TEST_F(SecretFile, ThatIsNoFileIsRefusedWithoutWaiting) {
  const fs::path fifo = folder_ / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  expect_refused(fifo, Errc::insecure_file, "regular file");
  expect_refused(folder_, Errc::insecure_file, "regular file");
  expect_refused("/dev/null", Errc::insecure_file, "regular file");
}

TEST_F(SecretFile, OfSomebodyElseIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  const fs::path path = file("secret", 0600);
  ASSERT_EQ(::chown(path.c_str(), 65534, static_cast<gid_t>(-1)), 0);
  expect_refused(path, Errc::insecure_file, "must belong to the user that reads it, or to root");
}

TEST_F(SecretFile, IsReadUpToItsLimit) {
  EXPECT_EQ(read_secret_file(file("12345678", 0600), 8)->size(), 8u);
  expect_refused(file("123456789", 0600), Errc::too_large, "more than 8 bytes", 8);
  EXPECT_EQ(read_secret_file(file("", 0600))->size(), 0u);
}

TEST_F(SecretFile, ThatIsNotThereIsNotFound) {
  expect_refused(folder_ / "nothing", Errc::not_found, "cannot open");
  expect_refused(file("secret", 0600) / "below", Errc::io_error, "cannot open");
}

TEST_F(SecretFile, IsCreatedForItsOwnerOnlyAndOnlyOnce) {
  const fs::path path = folder_ / "new";
  ASSERT_TRUE(create_secret_file(path, "secret"));
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
  EXPECT_EQ(read_secret_file(path)->text(), "secret");

  const auto again = create_secret_file(path, "other");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error(), Errc::already_exists);
  EXPECT_EQ(read_secret_file(path)->text(), "secret");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1) << "an unfinished file was left behind";
}

TEST_F(SecretFile, CannotBeCreatedWhereThereIsNoFolder) {
  EXPECT_EQ(create_secret_file(folder_ / "no" / "key", "secret").error(), Errc::not_found);
}

}  // namespace
}  // namespace rms
