// SPDX-License-Identifier: Apache-2.0
#include "client/pfile/content.h"

#include <algorithm>

#include "xrml/content_cipher.h"

namespace rms::client::pfile {
namespace {

constexpr std::size_t kChunkBytes = 256 * 1024;
static_assert(kChunkBytes % xrml::kContentChunkUnit == 0);

using Buffer = std::vector<std::uint8_t>;

Error stopped() {
  return Error(Errc::cancelled, "interrupted");
}

Error wrong_size(std::uint64_t found, std::uint64_t expected) {
  return Error(Errc::corrupt,
               "the content is " + std::to_string(found) + " bytes long; the header says " + std::to_string(expected));
}

Result<void> compare(const Sha256& found, const Sha256& expected) {
  if (found == expected) return {};
  return Error(Errc::corrupt,
               "the content was altered: its SHA-256 is not the one that the licence's signature covers");
}

// Hands the content to `use` a chunk at a time: use(chunk, last) -> Result<void>.
template <class Use>
Result<void> for_each_chunk(const InputFile& file, const Section& content, Progress& progress, Use use) {
  Buffer buffer(kChunkBytes);
  std::uint64_t done = 0;
  do {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kChunkBytes, content.length - done));
    RMS_TRY(const std::size_t have, file.read_at(content.offset + done, std::span(buffer).first(wanted)));
    if (have < wanted) return Error(Errc::corrupt, "the file became shorter while it was read");
    done += have;
    RMS_CHECK(use(std::span(buffer).first(have), done == content.length));
    if (!progress.advance(done, content.length)) return stopped();
  } while (done < content.length);
  return {};
}

// How much of what comes out is content. A cipher without padding fills up to 16 bytes, and the header alone tells how
// many of them are meant; no more than that is believed of it.
Result<std::uint64_t> most_plain_bytes(const Header& header, xrml::ContentCipher cipher) {
  const std::uint64_t length = header.content.length;
  if (cipher == xrml::ContentCipher::cbc4k || !header.original_size) return length;
  if (*header.original_size > length || length - *header.original_size >= xrml::kContentPaddingBytes)
    return wrong_size(length, *header.original_size);
  return *header.original_size;
}

}  // namespace

Result<Encrypted> encrypt_content(const InputFile& plain, const xrml::ContentKey& key, Sink& sink, Progress& progress) {
  RMS_TRY(auto coder, xrml::ContentCoder::encryptor(key));
  Buffer in(kChunkBytes), out(kChunkBytes + xrml::kContentPaddingBytes);
  xrml::ContentDigest digest;
  Encrypted result;
  for (bool last = false; !last;) {
    // Until the file really ends: it may have grown or shrunk since it was opened.
    RMS_TRY(const std::size_t have, plain.read_at(result.plain_bytes, in));
    last = have < in.size();
    RMS_TRY(const std::size_t made, coder.code(std::span(in).first(have), last, out));
    const Bytes encrypted = std::span(out).first(made);
    digest.add(encrypted);
    RMS_CHECK(sink.append(encrypted));
    result.plain_bytes += have;
    if (!progress.advance(result.plain_bytes, std::max(plain.size(), result.plain_bytes))) return stopped();
  }
  result.sha256 = digest.finish();
  return result;
}

Result<void> decrypt_content(const InputFile& file, const Header& header, const xrml::ContentKey& key,
                             const std::optional<Sha256>& expected, Sink& sink, Progress& progress) {
  RMS_TRY(auto coder, xrml::ContentCoder::decryptor(key));
  Buffer out(kChunkBytes + xrml::kContentPaddingBytes);
  xrml::ContentDigest digest;
  std::uint64_t written = 0;
  RMS_TRY(const std::uint64_t most, most_plain_bytes(header, key.cipher));
  RMS_CHECK(for_each_chunk(file, header.content, progress, [&](Bytes chunk, bool last) -> Result<void> {
    digest.add(chunk);
    RMS_TRY(const std::size_t made, coder.code(chunk, last, out));
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(made, most - written));
    written += size;
    return sink.append(std::span(out).first(size));
  }));
  if (expected) RMS_CHECK(compare(digest.finish(), *expected));
  if (header.original_size && *header.original_size != written) return wrong_size(written, *header.original_size);
  return {};
}

Result<void> check_content(const InputFile& file, const Header& header, const Sha256& expected, Progress& progress) {
  xrml::ContentDigest digest;
  RMS_CHECK(for_each_chunk(file, header.content, progress, [&](Bytes chunk, bool) -> Result<void> {
    digest.add(chunk);
    return {};
  }));
  return compare(digest.finish(), expected);
}

}  // namespace rms::client::pfile
