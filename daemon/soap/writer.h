// SPDX-License-Identifier: Apache-2.0
//
// Appends SOAP envelopes to one string, reserved once. Private to this folder.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rms::soap {

class Writer {
 public:
  explicit Writer(std::size_t reserve_bytes) { out_.reserve(reserve_bytes); }

  // Opens the envelope with its Header (VersionData of `ns`) and Body. Faults have no header: begin_without_header().
  void begin(std::string_view ns, std::string_view minimum, std::string_view maximum);
  void begin_without_header();
  std::string end() &&;

  void open(std::string_view name);
  void open(std::string_view name, std::string_view ns);
  void close(std::string_view name);
  void empty(std::string_view name);
  void text(std::string_view name, std::string_view characters);  // Escaped.
  void exact(std::string_view characters) { out_ += characters; }

  // <name><Certificate>document</Certificate>...</name>, exact characters.
  template <class Documents>
  void chain(std::string_view name, const Documents& documents) {
    open(name);
    for (const std::string_view document : documents) {
      open("Certificate");
      exact(document);
      close("Certificate");
    }
    close(name);
  }

 private:
  std::string out_;
};

inline constexpr std::size_t kEnvelopeBytes = 1024;  // more than what begin(), end() and an operation's elements take
inline constexpr std::size_t kItemBytes = 512;       // more than what the elements around an item's texts take
inline constexpr std::size_t kCertificateBytes = 32;

template <class Documents>
std::size_t chain_bytes(const Documents& documents) {
  std::size_t bytes = 0;
  for (const std::string_view document : documents) bytes += document.size() + kCertificateBytes;
  return bytes;
}

}  // namespace rms::soap
