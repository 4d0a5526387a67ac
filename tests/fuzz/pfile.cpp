// SPDX-License-Identifier: Apache-2.0
//
// A protected file. Input: the file.
#include <array>
#include <string_view>

#include "client/pfile/content.h"
#include "client/pfile/header.h"
#include "fuzz/memory_file.h"
#include "fuzz/support.h"
#include "xrml/document.h"

namespace rms::fuzz {
namespace {

using namespace client;

void check_sections(const pfile::Header& header, std::uint64_t size) {
  expect(header.content.end() == size, "the content goes to the end");
  for (const auto& section : {header.license, header.metadata})
    expect(section.length == 0 || section.end() <= header.content.offset, "a section ends before the content");
  expect(pfile::is_extension(header.extension), "the extension may follow a file's name");
}

void check_content(const InputFile& file, const pfile::Header& header, xrml::ContentCipher cipher) {
  xrml::ContentKey key{Secret(std::array<std::uint8_t, 16>{1, 2, 3}), cipher};
  NoProgress progress;
  Collected plain, sealed, again;
  if (!pfile::decrypt_content(file, header, key, std::nullopt, plain, progress)) return;
  expect(plain.bytes.size() <= header.content.length, "no more comes out than went in");
  if (header.original_size) expect(plain.bytes.size() == *header.original_size, "as much as the header says");

  key.cipher = xrml::ContentCipher::cbc4k;
  const MemoryFile opened(plain.bytes);
  const auto encrypted = must(pfile::encrypt_content(opened.open(), key, sealed, progress), "it can be encrypted");
  auto layout = pfile::lay_out("", 1);
  const MemoryFile closed(pfile::encode(layout, encrypted.plain_bytes).append("L").append(sealed.bytes));
  layout = must(pfile::read_header(closed.open()), "it can be read");
  const auto decrypted = pfile::decrypt_content(closed.open(), layout, key, encrypted.sha256, again, progress);
  expect(decrypted && again.bytes == plain.bytes, "and decrypted again");
}

void check_writing(const pfile::Header& header, std::string_view license) {
  const auto layout = pfile::lay_out(header.extension, license.size());
  const MemoryFile written(pfile::encode(layout, 0).append(license));
  const auto again = must(pfile::read_header(written.open()), "what was written can be read");
  expect(again.extension == header.extension && again.license.length == license.size(), "it says the same");
}

}  // namespace
}  // namespace rms::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rms;
  const std::string_view input = fuzz::text_of(data, size);
  const fuzz::MemoryFile held(input);
  const auto file = held.open();
  const auto header = client::pfile::read_header(file);
  if (!header) return 0;
  fuzz::check_sections(*header, size);
  const auto license = input.substr(header->license.offset, header->license.length);
  static_cast<void>(xrml::parse_chain(license));
  fuzz::check_writing(*header, license);
  using enum xrml::ContentCipher;
  fuzz::check_content(file, *header, std::array{ecb, cbc4k_no_padding, cbc4k, cbc512_no_padding}[size % 4]);
  return 0;
}
