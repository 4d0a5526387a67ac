// SPDX-License-Identifier: Apache-2.0
#include "client/files/files.h"

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "support/test_ca.h"

namespace rms::client {
namespace {

using Existing = OutputFile::Existing;
using Readers = OutputFile::Readers;

class Files : public testing::Test {
 protected:
  std::filesystem::path at(const char* name) const { return dir.path() / name; }
  std::size_t entries() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(dir.path())) ++count;
    return count;
  }
  static unsigned mode(const std::filesystem::path& path) {
    struct stat info {};
    ::stat(path.c_str(), &info);
    return info.st_mode & 07777;
  }
  test::TempDir dir;
};

TEST_F(Files, AnOutputHasNoNameBeforeCommit) {
  auto file = OutputFile::create(at("out"), Existing::keep, Readers::owner);
  ASSERT_TRUE(file) << file.error().to_string();
  ASSERT_TRUE(file->append(bytes_of("hello")));
  EXPECT_FALSE(std::filesystem::exists(at("out")));
  ASSERT_TRUE(file->commit());
  EXPECT_EQ(*read_file(at("out"), 100), "hello");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(Files, AnOutputThatIsNotCommittedLeavesNothing) {
  { ASSERT_TRUE(OutputFile::create(at("out"), Existing::keep, Readers::owner)->append(bytes_of("hello"))); }
  EXPECT_EQ(entries(), 0u);
}

TEST_F(Files, AnOutputIsForItsOwnerOnlyOrAsTheUmaskSays) {
  const mode_t before = ::umask(027);
  ASSERT_TRUE(OutputFile::create(at("secret"), Existing::keep, Readers::owner)->commit());
  ASSERT_TRUE(OutputFile::create(at("shared"), Existing::keep, Readers::umask)->commit());
  ::umask(before);
  EXPECT_EQ(mode(at("secret")), 0600u);
  EXPECT_EQ(mode(at("shared")), 0640u);
}

TEST_F(Files, AnExistingFileIsKept) {
  dir.write("out", "old");
  EXPECT_EQ(OutputFile::create(at("out"), Existing::keep, Readers::owner).error(), Errc::already_exists);
  EXPECT_EQ(*read_file(at("out"), 100), "old");
}

TEST_F(Files, AFileThatAppearsMeanwhileIsKept) {
  auto file = OutputFile::create(at("out"), Existing::keep, Readers::owner);
  ASSERT_TRUE(file);
  dir.write("out", "somebody else's");
  EXPECT_EQ(file->commit().error(), Errc::already_exists);
  EXPECT_EQ(*read_file(at("out"), 100), "somebody else's");
}

TEST_F(Files, AnExistingFileIsReplacedWhole) {
  dir.write("out", "old and longer");
  auto file = OutputFile::create(at("out"), Existing::replace, Readers::owner);
  ASSERT_TRUE(file->append(bytes_of("new")));
  EXPECT_EQ(*read_file(at("out"), 100), "old and longer");
  ASSERT_TRUE(file->commit());
  EXPECT_EQ(*read_file(at("out"), 100), "new");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(Files, WhatIsNoRegularFileIsNeitherReadNorReplaced) {
  EXPECT_EQ(InputFile::open(dir.path()).error(), Errc::io_error);
  EXPECT_EQ(OutputFile::create(dir.path(), Existing::replace, Readers::owner).error(), Errc::io_error);
}

TEST_F(Files, AMissingFileOrFolderIsNotFound) {
  EXPECT_EQ(InputFile::open(at("none")).error(), Errc::not_found);
  EXPECT_EQ(OutputFile::create(at("none") / "out", Existing::keep, Readers::owner).error(), Errc::not_found);
}

TEST_F(Files, OverwritesAtAPlaceAndAppendsAtAnother) {
  auto file = OutputFile::create(at("out"), Existing::keep, Readers::owner);
  file->skip_to(4);
  ASSERT_TRUE(file->append(bytes_of("tail")));
  ASSERT_TRUE(file->write_at(0, bytes_of("head")));
  ASSERT_TRUE(file->append(bytes_of("!")));
  ASSERT_TRUE(file->commit());
  EXPECT_EQ(*read_file(at("out"), 100), "headtail!");
}

TEST_F(Files, ReadsNoMoreThanTheLimit) {
  dir.write("in", "12345");
  EXPECT_EQ(*read_file(at("in"), 5), "12345");
  EXPECT_EQ(read_file(at("in"), 4).error(), Errc::too_large);
}

TEST_F(Files, APrivateFolderIsMadeAndAnOpenOneRefused) {
  ASSERT_TRUE(make_private_directory(at("a") / "home"));
  EXPECT_EQ(mode(at("a") / "home"), 0700u);
  ASSERT_TRUE(make_private_directory(at("a") / "home"));
  ::chmod((at("a") / "home").c_str(), 0750);
  EXPECT_EQ(make_private_directory(at("a") / "home").error(), Errc::insecure_file);
  dir.write("file", "");
  EXPECT_EQ(make_private_directory(at("file")).error(), Errc::io_error);
}

}  // namespace
}  // namespace rms::client
