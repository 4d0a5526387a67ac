// SPDX-License-Identifier: Apache-2.0
#include "support/cost.h"

#include <atomic>

namespace {

std::atomic<std::size_t> held_bytes{0};
std::atomic<std::size_t> peak_bytes{0};
std::atomic<std::uint64_t> work{0};
std::size_t held_before = 0;

void count_allocated(std::size_t bytes) {
  const std::size_t now = held_bytes.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  if (now > peak_bytes.load(std::memory_order_relaxed)) peak_bytes.store(now, std::memory_order_relaxed);
}

void count_work(std::uint64_t amount) {
  // Not one atomic step: only one thread is measured.
  work.store(work.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
}

}  // namespace

namespace rms::test {

void start_counting() {
  held_before = held_bytes;
  peak_bytes = held_before;
  work = 0;
}

Cost stop_counting() {
  return {peak_bytes - held_before, work};
}

}  // namespace rms::test

// At the start of each basic block of code that is compiled with -fsanitize-coverage=trace-pc.
extern "C" void __sanitizer_cov_trace_pc();
extern "C" void __sanitizer_cov_trace_pc() {
  count_work(1);
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define RMS_SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(RMS_SANITIZED)
// Of sanitizer/allocator_interface.h, which GCC does not ship.
extern "C" {
std::size_t __sanitizer_get_allocated_size(const volatile void* block);
void __sanitizer_malloc_hook(const volatile void*, std::size_t bytes) {
  count_allocated(bytes);
}
void __sanitizer_free_hook(const volatile void* block) {
  if (block != nullptr) held_bytes -= __sanitizer_get_allocated_size(block);
}
}
#else
#include <malloc.h>
#include <cerrno>
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);

void* malloc(std::size_t bytes) {
  void* block = __libc_malloc(bytes);
  count_allocated(malloc_usable_size(block));
  return block;
}
void* calloc(std::size_t count, std::size_t bytes) {
  void* block = __libc_calloc(count, bytes);
  count_allocated(malloc_usable_size(block));
  return block;
}
void* realloc(void* old, std::size_t bytes) {
  const std::size_t before = malloc_usable_size(old);
  void* block = __libc_realloc(old, bytes);
  // Counted as if old and new had been there together, as in the worst case they are.
  count_allocated(malloc_usable_size(block));
  held_bytes -= before;
  return block;
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  void* block = __libc_memalign(alignment, bytes);
  count_allocated(malloc_usable_size(block));
  return block;
}
int posix_memalign(void** block, std::size_t alignment, std::size_t bytes) {
  *block = aligned_alloc(alignment, bytes);
  return *block == nullptr ? ENOMEM : 0;
}
void free(void* block) {
  held_bytes -= malloc_usable_size(block);
  __libc_free(block);
}

// Plain loops; this file is compiled so that no compiler makes calls of these functions of them again.
void* memcpy(void* __restrict to, const void* __restrict from, std::size_t size) {
  count_work(size);
  for (std::size_t i = 0; i < size; ++i) static_cast<char*>(to)[i] = static_cast<const char*>(from)[i];
  return to;
}
void* memmove(void* to, const void* from, std::size_t size) {
  count_work(size);
  auto* const out = static_cast<char*>(to);
  const auto* const in = static_cast<const char*>(from);
  if (out < in) {
    for (std::size_t i = 0; i < size; ++i) out[i] = in[i];
  } else {
    for (std::size_t i = size; i > 0; --i) out[i - 1] = in[i - 1];
  }
  return to;
}
void* memset(void* to, int value, std::size_t size) {
  count_work(size);
  for (std::size_t i = 0; i < size; ++i) static_cast<char*>(to)[i] = static_cast<char>(value);
  return to;
}
int memcmp(const void* a, const void* b, std::size_t size) {
  const auto *const x = static_cast<const unsigned char*>(a), *const y = static_cast<const unsigned char*>(b);
  std::size_t i = 0;
  while (i < size && x[i] == y[i]) ++i;
  count_work(i + 1);
  return i == size ? 0 : x[i] - y[i];
}
int bcmp(const void* a, const void* b, std::size_t size) {
  return memcmp(a, b, size);
}
void* memchr(const void* in, int value, std::size_t size) {
  const auto* const bytes = static_cast<const unsigned char*>(in);
  std::size_t i = 0;
  while (i < size && bytes[i] != static_cast<unsigned char>(value)) ++i;
  count_work(i + 1);
  return i == size ? nullptr : const_cast<unsigned char*>(bytes + i);
}
}
#endif
