// SPDX-License-Identifier: Apache-2.0
//
// Writes SOAP envelopes into one string that is reserved once. Private to this folder.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "soap/dialect.h"

namespace rms::soap {

class Writer {
 public:
  Writer() = default;  // Writes nothing, only counts.
  explicit Writer(std::size_t bytes) : counts_only_(false) { out_.reserve(bytes); }

  void open(std::string_view name);
  void open(std::string_view name, std::string_view ns);
  void close(std::string_view name);
  void empty(std::string_view name);
  void text(std::string_view name, std::string_view characters);  // Escaped.
  void exact(std::string_view characters);

  // <name>document</name>, exact characters.
  void document(std::string_view name, std::string_view characters);

  // <name><Certificate>document</Certificate>...</name>
  template <class Documents>
  void chain(std::string_view name, const Documents& documents) {
    open(name);
    for (const std::string_view characters : documents) document("Certificate", characters);
    close(name);
  }

  // <name><string>text</string>...</name>
  template <class Strings>
  void strings(std::string_view name, const Strings& strings) {
    open(name);
    for (const std::string_view characters : strings) text("string", characters);
    close(name);
  }

  std::size_t bytes() const { return bytes_; }
  std::string take() && { return std::move(out_); }

 private:
  bool counts_only_ = true;
  std::size_t bytes_ = 0;
  std::string out_;
};

struct VersionHeader {
  std::string_view ns, minimum, maximum;
};

void begin_envelope(Writer& out, SoapVersion version, const std::optional<VersionHeader>& header);
void end_envelope(Writer& out);

// The envelope around what `payload(Writer&)` writes; it is called twice and writes the same.
template <class Payload>
std::string write_envelope(SoapVersion version, const std::optional<VersionHeader>& header, const Payload& payload) {
  const auto all = [&](Writer& out) {
    begin_envelope(out, version, header);
    payload(out);
    end_envelope(out);
  };
  Writer counter;
  all(counter);
  Writer out(counter.bytes());
  all(out);
  return std::move(out).take();
}

}  // namespace rms::soap
