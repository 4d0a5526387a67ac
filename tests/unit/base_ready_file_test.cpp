// SPDX-License-Identifier: Apache-2.0
#include "base/ready_file.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "base/process.h"
#include "support/test_ca.h"

namespace rms {
namespace {

class ReadyFile : public testing::Test {
 protected:
  static std::string content(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::ptrdiff_t files() const {
    const auto all = std::filesystem::directory_iterator(directory_.path());
    return std::distance(begin(all), end(all));
  }

  const test::TempDir directory_;
  const std::filesystem::path path_ = directory_.path() / "ready";
};

TEST_F(ReadyFile, HoldsItsLinesAndWhoWroteIt) {
  ASSERT_TRUE(write_ready_file(path_, {{"url", "https://localhost:1"}, {"admin", "http://[::1]:2"}}));
  EXPECT_EQ(content(path_),
            "url=https://localhost:1\nadmin=http://[::1]:2\npid=" + std::to_string(process_id()) + "\n");
  EXPECT_EQ(files(), 1) << "nothing unfinished is left";
}

TEST_F(ReadyFile, ReplacesWhatAnEarlierProcessLeft) {
  directory_.write("ready", "url=https://elsewhere\npid=1\nand more\n");
  directory_.write("ready.unfinished", std::string(1000, 'x'));
  ASSERT_TRUE(write_ready_file(path_, {}));
  EXPECT_EQ(content(path_), "pid=" + std::to_string(process_id()) + "\n");
  EXPECT_EQ(files(), 1);
}

TEST_F(ReadyFile, ThatCannotBeMadeIsAnErrorThatNamesIt) {
  const auto path = directory_.path() / "absent" / "ready";
  const auto written = write_ready_file(path, {});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error(), Errc::io_error);
  EXPECT_NE(written.error().context.find(path.string()), std::string::npos);
}

TEST_F(ReadyFile, ThatCannotTakeItsNameLeavesNothingBehind) {
  std::filesystem::create_directory(path_);
  const auto written = write_ready_file(path_, {});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error(), Errc::io_error);
  EXPECT_EQ(files(), 1) << "the directory that stands in the way";
}

}  // namespace
}  // namespace rms
