// SPDX-License-Identifier: Apache-2.0
#include "client/pfile/header.h"

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <vector>

namespace rms::client::pfile {
namespace {

constexpr std::string_view kMagic = ".pfile";
constexpr std::uint32_t kMajor = 3;
constexpr std::uint64_t kUnknownSize = std::numeric_limits<std::uint64_t>::max();

// Whoever opens the file in an editor reads this.
constexpr std::string_view kRedirection =
    "\r\n\r\n\r\nThis file is protected with rights management.\r\n"
    "Open it with a program that understands protected files, for example: rms open FILE\r\n\r\n\r\n\r\n";

constexpr std::size_t kFixedBytes = 18;        // magic, version, length of the text
constexpr std::size_t kShortHeaderBytes = 24;  // version 2.0
constexpr std::size_t kHeaderBytes = 40;       // since 2.1

void put(std::string& to, std::uint64_t value, std::size_t bytes) {
  for (; bytes > 0; --bytes, value >>= 8) to.push_back(static_cast<char>(value & 0xff));
}

class Numbers {
 public:
  explicit Numbers(Bytes bytes) : bytes_(bytes) {}
  std::uint64_t take(std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value |= std::uint64_t{bytes_[i]} << (8 * i);
    bytes_ = bytes_.subspan(size);
    return value;
  }
  Section section() {
    Section s;
    s.offset = take(4);
    s.length = take(4);
    return s;
  }

 private:
  Bytes bytes_;
};

// Reads exactly `size` bytes: less means that the file was cut short.
Result<std::vector<std::uint8_t>> read(const InputFile& file, std::uint64_t offset, std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  RMS_TRY(const std::size_t have, file.read_at(offset, bytes));
  if (have < size) return Error(Errc::malformed, "the file was cut short: it ends inside its header");
  return bytes;
}

Error bad(std::string what) {
  return Error(Errc::malformed, "its header is wrong: " + std::move(what));
}

Result<void> check_section(const char* name, const Section& section, std::uint64_t head_end,
                           std::uint64_t content_offset, std::size_t limit) {
  if (section.length > limit)
    return Error(Errc::too_large, std::string("its ") + name + " is longer than " + std::to_string(limit) + " bytes");
  if (section.length == 0) return {};
  if (section.offset < head_end) return bad(std::string("the ") + name + " overlaps the header");
  if (section.end() > content_offset) return bad(std::string("the ") + name + " reaches into the content");
  return {};
}

bool overlap(const Section& a, const Section& b) {
  return a.length > 0 && b.length > 0 && a.offset < b.end() && b.offset < a.end();
}

}  // namespace

bool is_extension(std::string_view text) {
  if (text.empty()) return true;
  if (text.size() > kMaxExtensionBytes || text.size() < 2 || text.front() != '.' || text.back() == '.') return false;
  // ASCII only: letters of other scripts can make a terminal show another name than the one on disk.
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
           c == '_' || c == '+' || c == '~';
  });
}

Result<Header> read_header(const InputFile& file) {
  const auto fixed = read(file, 0, kFixedBytes);
  const auto starts = fixed ? std::string_view(reinterpret_cast<const char*>(fixed->data()), kMagic.size()) : "";
  if (!fixed && fixed.error() == Errc::io_error) return fixed.error();
  if (starts != kMagic) return Error(Errc::malformed, "not a protected file: it does not begin with \".pfile\"");

  Header header;
  Numbers numbers(Bytes(*fixed).subspan(kMagic.size()));
  header.major = static_cast<std::uint32_t>(numbers.take(4));
  header.minor = static_cast<std::uint32_t>(numbers.take(4));
  const std::uint64_t redirection = numbers.take(4);
  if (header.major < 2 || header.major > kMajor || header.minor > 255)
    return Error(Errc::unsupported, "version " + std::to_string(header.major) + "." + std::to_string(header.minor) +
                                        " of the format; 2.0 to 3.255 can be read");
  if (redirection > kMaxRedirectionBytes)
    return Error(Errc::too_large,
                 "its redirection text is longer than " + std::to_string(kMaxRedirectionBytes) + " bytes");

  const bool is_long = header.major > 2 || header.minor >= 1;
  const std::size_t expected = is_long ? kHeaderBytes : kShortHeaderBytes;
  const std::uint64_t start = kFixedBytes + redirection;
  RMS_TRY(const auto rest, read(file, start, expected));
  numbers = Numbers(rest);
  const std::uint64_t header_bytes = numbers.take(4);
  const Section extension = numbers.section();
  header.license = numbers.section();
  header.content.offset = numbers.take(4);
  if (is_long) {
    const std::uint64_t size = numbers.take(8);
    if (size != kUnknownSize) header.original_size = size;
    header.metadata = numbers.section();
  }

  if (header_bytes < expected || header_bytes > file.size())
    return bad("a header size of " + std::to_string(header_bytes) + "; " + std::to_string(expected) +
               " would be right");
  const std::uint64_t head_end = start + header_bytes;
  if (header.content.offset > file.size()) return bad("the content would begin after the end of the file");
  if (header.content.offset < head_end) return bad("the content overlaps the header");
  if (header.license.length == 0) return bad("there is no publishing licence");
  RMS_CHECK(check_section("extension", extension, head_end, header.content.offset, kMaxExtensionBytes));
  RMS_CHECK(check_section("publishing licence", header.license, head_end, header.content.offset, kMaxLicenseBytes));
  RMS_CHECK(check_section("metadata", header.metadata, head_end, header.content.offset, kMaxMetadataBytes));
  if (overlap(extension, header.license) || overlap(extension, header.metadata) ||
      overlap(header.license, header.metadata))
    return bad("two of its parts overlap");
  header.content.length = file.size() - header.content.offset;

  RMS_TRY(const auto suffix, read(file, extension.offset, static_cast<std::size_t>(extension.length)));
  header.extension.assign(suffix.begin(), suffix.end());
  if (!is_extension(header.extension)) return bad("the extension is none that a file name may have");
  return header;
}

Header lay_out(std::string extension, std::size_t license_bytes) {
  Header header;
  header.extension = std::move(extension);
  header.license.offset = kFixedBytes + kRedirection.size() + kHeaderBytes + header.extension.size();
  header.license.length = license_bytes;
  header.metadata.offset = header.license.end();
  header.content.offset = header.license.end();
  return header;
}

std::string encode(const Header& layout, std::uint64_t original_size) {
  std::string bytes(kMagic);
  put(bytes, layout.major, 4);
  put(bytes, layout.minor, 4);
  put(bytes, kRedirection.size(), 4);
  bytes += kRedirection;
  put(bytes, kHeaderBytes, 4);
  put(bytes, layout.license.offset - layout.extension.size(), 4);
  put(bytes, layout.extension.size(), 4);
  put(bytes, layout.license.offset, 4);
  put(bytes, layout.license.length, 4);
  put(bytes, layout.content.offset, 4);
  put(bytes, original_size, 8);
  put(bytes, layout.metadata.offset, 4);
  put(bytes, layout.metadata.length, 4);
  bytes += layout.extension;
  return bytes;
}

}  // namespace rms::client::pfile
