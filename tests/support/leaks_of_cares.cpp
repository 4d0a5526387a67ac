// SPDX-License-Identifier: Apache-2.0
//
// c-ares 1.18 loses its copy of the name, ten bytes, each time that it looks up "localhost", which these tests need: it
// is the only name that resolves everywhere. LeakSanitizer asks this function; nobody else does.
extern "C" const char* __lsan_default_suppressions();  // NOLINT: the name is LeakSanitizer's
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libcares.so";
}
