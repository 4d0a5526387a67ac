// SPDX-License-Identifier: Apache-2.0
//
// The protected content itself: how its bytes are encrypted (MICROSOFT.CBC4K and its kin) and what is signed of them.
// Blocks are independent of each other: block i is AES-CBC with IV = AES-ECB(key, u32le(i) and twelve zero bytes).
// None of the ciphers notices that content was altered; ContentDigest does (docs/decisions/0040-content-digest.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "xrml/keys.h"

namespace rms::xrml {

// Chunks given to a ContentCoder are multiples of this, the last one excepted. A multiple of every cipher's block.
inline constexpr std::size_t kContentChunkUnit = 4096;
// What encryption may add to the last chunk.
inline constexpr std::size_t kContentPaddingBytes = 16;

// Size of the ciphertext of `plain_bytes`. REQUIRES: ContentCipher::cbc4k.
std::uint64_t encrypted_size(std::uint64_t plain_bytes);

// Encrypts or decrypts one content from its first to its last byte, a chunk at a time, in constant memory.
// Holds a key schedule: not to be used from two threads at once; move-only; wiped when it goes.
// Errc::too_large past 2^32 blocks, where the block number would repeat (16 TiB with 4096-byte blocks).
class ContentCoder {
 public:
  // Only ContentCipher::cbc4k is written. Errc::unsupported for another, or for a key that is not AES's.
  static Result<ContentCoder> encryptor(const ContentKey& key);
  static Result<ContentCoder> decryptor(const ContentKey& key);

  ContentCoder(ContentCoder&&) noexcept;
  ContentCoder& operator=(ContentCoder&&) noexcept;
  ~ContentCoder();

  // Codes `in` into `out` and returns how many bytes that made. REQUIRES: `in` is a multiple of kContentChunkUnit
  // unless `last`; `out` has room for in.size() + kContentPaddingBytes; they do not overlap; nothing follows the last
  // chunk. Decrypting: Errc::corrupt if the whole is no multiple of 16 bytes, or if the padding is wrong (which only
  // happens with the wrong key or altered content, and may by chance not happen).
  Result<std::size_t> code(std::span<const std::uint8_t> in, bool last, std::span<std::uint8_t> out);

  // For tests of the limit: as if `blocks` blocks had been coded already.
  void skip_for_test(std::uint64_t blocks);

 private:
  struct State;
  explicit ContentCoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// SHA-256 over a stream of bytes. One thread.
class ContentDigest {
 public:
  ContentDigest();
  ContentDigest(ContentDigest&&) noexcept;
  ContentDigest& operator=(ContentDigest&&) noexcept;
  ~ContentDigest();

  void add(std::span<const std::uint8_t> bytes);
  // The 32 bytes. REQUIRES: called once, last.
  std::vector<std::uint8_t> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rms::xrml
