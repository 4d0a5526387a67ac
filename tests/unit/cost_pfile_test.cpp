// SPDX-License-Identifier: Apache-2.0
//
// Protected files that try to cost more than their size.
#include <array>

#include "client/pfile/content.h"
#include "client/pfile/header.h"
#include "fuzz/memory_file.h"
#include "support/hostile.h"

namespace rms::client::pfile {
namespace {

using test::Hostile;

struct Nowhere final : Sink {
  Result<void> append(Bytes) override { return {}; }
};

bool read(const InputFile& file) {
  const auto header = read_header(file);
  if (!header) return false;
  const xrml::ContentKey key{Secret(16), xrml::ContentCipher::cbc4k_no_padding};
  Nowhere sink;
  fuzz::NoProgress progress;
  return decrypt_content(file, *header, key, std::nullopt, sink, progress).has_value();
}

// A chunk of the content before and one after the cipher.
constexpr std::size_t kChunkBytes = 640 * 1024;

class PfileCost : public testing::TestWithParam<Hostile> {};

TEST_P(PfileCost, IsModest) {
  static_cast<void>(read(fuzz::MemoryFile(encode(lay_out("", 16), 0) + std::string(32, 'c')).open()));
  test::expect_modest(
      GetParam(), [](const std::string& bytes) { return read(fuzz::MemoryFile(bytes).open()); }, kChunkBytes);
}

std::string file(std::size_t license_bytes, std::size_t content_bytes) {
  return encode(lay_out(".txt", license_bytes), content_bytes) + std::string(license_bytes + content_bytes, 'x');
}
// Overwrites the number that stands `at` bytes before the end of the head.
std::string with_number(std::string file, std::size_t at, std::uint32_t number) {
  const std::size_t head = encode(lay_out("", 1), 0).size();
  for (std::size_t i = 0; i < 4; ++i) file[head - at + i] = static_cast<char>(number >> (8 * i));
  return file;
}

INSTANTIATE_TEST_SUITE_P(
    Hostile, PfileCost,
    testing::Values(Hostile{"Content", [](std::size_t n) { return file(16, n / 16 * 16); }},
                    Hostile{"License", [](std::size_t n) { return file(n, 16); }},
                    // Lengths that only the head says: of the licence, of the metadata.
                    Hostile{"LicenseThatIsNotThere",
                            [](std::size_t n) { return with_number(file(n, 16), 24, 8 * 1024 * 1024); }, false, 1'000},
                    Hostile{"MetadataThatAreNotThere",
                            [](std::size_t n) { return with_number(file(n, 16), 4, 1024 * 1024); }, false, 1'000},
                    Hostile{"LicenseThatIsTooLarge",
                            [](std::size_t n) { return with_number(file(n, 16), 24, 0xffffffff); }, false, 1'000}),
    [](const auto& hostile) { return hostile.param.name; });

}  // namespace
}  // namespace rms::client::pfile
