// SPDX-License-Identifier: Apache-2.0
#include "connector/authenticator/keytab.h"

#include <limits>
#include <optional>
#include <string_view>

namespace rms::connector {
namespace {

using Bytes = std::span<const std::uint8_t>;

// Big-endian. What is not there reads as nothing, and good() says so.
class Reader {
 public:
  explicit Reader(Bytes bytes) : rest_(bytes) {}
  bool good() const { return good_; }
  std::size_t left() const { return rest_.size(); }
  std::uint32_t number(std::size_t size) {
    std::uint32_t value = 0;
    for (const std::uint8_t byte : take(size)) value = value << 8 | byte;
    return value;
  }
  Bytes take(std::size_t size) {
    good_ = good_ && size <= rest_.size();
    if (!good_) return {};
    const Bytes taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  Bytes counted() { return take(number(2)); }

 private:
  Bytes rest_;
  bool good_ = true;
};

void append_escaped(std::string& to, Bytes part) {
  for (const std::uint8_t byte : part) {
    if (byte == '/' || byte == '@' || byte == '\\') to += '\\';
    to += static_cast<char>(byte);
  }
}

std::optional<ServiceKey> read_key(Bytes record) {
  Reader in(record);
  ServiceKey key;
  const std::uint32_t parts = in.number(2);
  const Bytes realm = in.counted();
  for (std::uint32_t i = 0; in.good() && i < parts; ++i) {
    if (i > 0) key.principal += '/';
    append_escaped(key.principal, in.counted());
  }
  key.principal += '@';
  append_escaped(key.principal, realm);
  in.take(4 + 4);  // kind of name, time
  key.kvno = in.number(1);
  key.enctype = static_cast<std::int16_t>(in.number(2));
  key.key = Secret(in.counted());
  if (!in.good() || key.key.empty() || key.principal.find('\0') != std::string::npos) return std::nullopt;
  // Versions above 255 stand behind the key.
  if (in.left() >= 4) {
    if (const std::uint32_t kvno = in.number(4); kvno != 0) key.kvno = kvno;
  }
  return key;
}

}  // namespace

Result<std::vector<ServiceKey>> read_keytab(const std::filesystem::path& file) {
  RMS_TRY(const Secret content, read_secret_file(file));
  const auto malformed = [&] { return Error(Errc::malformed, file.string() + ": is no keytab (format 5.2)"); };
  Reader in(content.bytes());
  if (in.number(2) != 0x0502) return malformed();
  std::vector<ServiceKey> keys;
  while (in.left() > 0) {
    const auto size = static_cast<std::int32_t>(in.number(4));
    if (size == 0) break;  // room for later
    if (size == std::numeric_limits<std::int32_t>::min()) return malformed();
    const Bytes record = in.take(static_cast<std::size_t>(size < 0 ? -size : size));
    if (!in.good()) return malformed();
    if (size < 0) continue;  // removed
    auto key = read_key(record);
    if (!key) return malformed();
    keys.push_back(*std::move(key));
  }
  if (keys.empty()) return Error(Errc::malformed, file.string() + ": holds no key");
  return keys;
}

}  // namespace rms::connector
