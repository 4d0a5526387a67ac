// SPDX-License-Identifier: Apache-2.0
#include "connector/authenticator/logon_info.h"

#include <array>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "base/sid.h"

namespace rms::connector {
namespace {

constexpr std::size_t kMostNameUnits = 32'768;

// NDR, little-endian. What is not there reads as 0, and good() says so in the end: every count is held against what is
// left before anything is done with it.
class NdrReader {
 public:
  explicit NdrReader(std::string_view bytes) : bytes_(bytes) {}

  bool good() const { return good_; }
  void spoil() { good_ = false; }
  std::size_t left() const { return bytes_.size() - at_; }

  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  void skip(std::size_t size) { take(size); }

 private:
  std::string_view take(std::size_t size) {
    if (!good_ || left() < size) {
      good_ = false;
      return {};
    }
    at_ += size;
    return bytes_.substr(at_ - size, size);
  }

  // Aligned to its own size, as all of NDR is. Counted from the end of the headers, whose 16 bytes change nothing.
  std::uint64_t number(std::size_t size) {
    skip((size - at_ % size) % size);
    std::uint64_t value = 0;
    const std::string_view bytes = take(size);
    for (std::size_t i = bytes.size(); i > 0; --i) value = value << 8 | static_cast<std::uint8_t>(bytes[i - 1]);
    return value;
  }

  const std::string_view bytes_;
  std::size_t at_ = 0;
  bool good_ = true;
};

// The fixed part of an RPC_UNICODE_STRING; its text comes later, if there is one.
struct PendingText {
  std::uint16_t bytes;
  std::uint32_t pointer;
};

PendingText pending_text(NdrReader& in) {
  const std::uint16_t bytes = in.u16();
  in.u16();  // room
  return {bytes, in.u32()};
}

void append_utf8(std::string& to, char32_t point) {
  if (point < 0x80) {
    to += static_cast<char>(point);
  } else if (point < 0x800) {
    to += static_cast<char>(0xc0 | point >> 6);
    to += static_cast<char>(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    to += static_cast<char>(0xe0 | point >> 12);
    to += static_cast<char>(0x80 | (point >> 6 & 0x3f));
    to += static_cast<char>(0x80 | (point & 0x3f));
  } else {
    to += static_cast<char>(0xf0 | point >> 18);
    to += static_cast<char>(0x80 | (point >> 12 & 0x3f));
    to += static_cast<char>(0x80 | (point >> 6 & 0x3f));
    to += static_cast<char>(0x80 | (point & 0x3f));
  }
}

// A conformant and varying array of UTF-16. A surrogate without its other half spoils: such a name has no UTF-8.
std::string text(NdrReader& in, const PendingText& pending) {
  std::string out;
  if (pending.pointer == 0) {
    if (pending.bytes != 0) in.spoil();
    return out;
  }
  const std::uint32_t room = in.u32(), offset = in.u32(), count = in.u32();
  if (offset != 0 || count > room || count > kMostNameUnits || count * 2 != pending.bytes || count * 2 > in.left())
    in.spoil();
  if (!in.good()) return out;
  for (std::uint32_t i = 0; i < count; ++i) {
    char32_t point = in.u16();
    if (point >= 0xd800 && point < 0xe000) {
      const char32_t low = ++i < count ? in.u16() : 0;
      if (point >= 0xdc00 || low < 0xdc00 || low >= 0xe000) {
        in.spoil();
        return out;
      }
      point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
    }
    append_utf8(out, point);
  }
  return out;
}

// RPC_SID, MS-DTYP 2.4.2.3.
std::string sid(NdrReader& in) {
  const std::uint32_t room = in.u32();
  const std::uint8_t revision = in.u8(), count = in.u8();
  std::uint64_t authority = 0;
  for (int i = 0; i < 6; ++i) authority = authority << 8 | in.u8();
  if (revision != 1 || count == 0 || count > kMaxSubAuthorities || room != count) in.spoil();
  std::array<std::uint32_t, kMaxSubAuthorities> parts{};
  std::size_t read = 0;
  while (in.good() && read < count) parts[read++] = in.u32();
  return sid_text(authority, std::span(parts).first(read));
}

// The length of an array of elements of `size` bytes, which the fixed part announced with `announced`.
std::uint32_t array_length(NdrReader& in, std::uint32_t announced, std::size_t size) {
  const std::uint32_t count = in.u32();
  if (count != announced || count > in.left() / size) in.spoil();
  return in.good() ? count : 0;
}

// GROUP_MEMBERSHIP, MS-PAC 2.2.2: RIDs within one domain.
std::vector<std::uint32_t> rids(NdrReader& in, std::uint32_t announced) {
  std::vector<std::uint32_t> found;
  const std::uint32_t count = array_length(in, announced, 8);
  found.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    found.push_back(in.u32());
    in.u32();  // attributes
  }
  return found;
}

// KERB_SID_AND_ATTRIBUTES, MS-PAC 2.2.1: all pointers first, then what they point to.
std::vector<std::string> sids(NdrReader& in, std::uint32_t announced) {
  const std::uint32_t count = array_length(in, announced, 8);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (in.u32() == 0) in.spoil();
    in.u32();  // attributes
  }
  std::vector<std::string> found;
  found.reserve(in.good() ? count : 0);
  for (std::uint32_t i = 0; in.good() && i < count; ++i) found.push_back(sid(in));
  return found;
}

std::vector<std::string> within(const std::string& domain, const std::vector<std::uint32_t>& rids) {
  std::vector<std::string> sids;
  sids.reserve(rids.size());
  for (const std::uint32_t rid : rids) sids.push_back(fmt::format("{}-{}", domain, rid));
  return sids;
}

}  // namespace

Result<LogonInfo> read_logon_info(std::string_view bytes) {
  NdrReader in(bytes);
  // Common and private header, MS-RPCE 2.2.6.1 and 2.2.6.2: version 1, little-endian.
  const std::uint8_t version = in.u8(), order = in.u8();
  const std::uint16_t header = in.u16();
  in.u32();
  const std::uint32_t size = in.u32();
  in.u32();
  if (version != 1 || order != 0x10 || header != 8 || size > in.left()) in.spoil();
  if (in.u32() == 0) in.spoil();  // the pointer to it all

  in.skip(6 * 8);  // times of logon, logoff, kick-off, password
  const PendingText account = pending_text(in);
  std::array<PendingText, 5> profile{};  // full name, script, profile, home directory and its drive
  for (PendingText& each : profile) each = pending_text(in);
  in.skip(2 * 2);  // counts of logons and bad passwords
  const std::uint32_t user = in.u32(), primary_group = in.u32(), group_count = in.u32(), group_pointer = in.u32();
  in.skip(4 + 16);  // flags, session key
  const PendingText server = pending_text(in), domain = pending_text(in);
  const std::uint32_t domain_sid_pointer = in.u32();
  in.skip(2 * 4 + 2 * 4 + 2 * 8 + 2 * 4);  // reserved, account control, status, logons by hand, reserved
  const std::uint32_t extra_count = in.u32(), extra_pointer = in.u32();
  const std::uint32_t resource_domain_pointer = in.u32(), resource_count = in.u32(), resource_pointer = in.u32();
  for (const std::uint32_t count : {group_count, extra_count, resource_count})
    if (in.good() && count > kMostGroups) return Error(Errc::too_large, "the PAC names more groups than there can be");
  if (domain_sid_pointer == 0) in.spoil();

  // What the pointers point to, in their order.
  LogonInfo info;
  info.account = text(in, account);
  for (const PendingText& each : profile) text(in, each);
  std::vector<std::uint32_t> groups, resources;
  if (group_pointer != 0) groups = rids(in, group_count);
  text(in, server);
  info.domain = text(in, domain);
  info.domain_sid = sid(in);
  if (extra_pointer != 0) info.extra = sids(in, extra_count);
  std::string resource_domain;
  if (resource_domain_pointer != 0) resource_domain = sid(in);
  if (resource_pointer != 0) resources = rids(in, resource_count);
  if (!resources.empty() && resource_domain.empty()) in.spoil();
  if (!in.good()) return Error(Errc::malformed, "the PAC's logon information cannot be read");

  info.sid = fmt::format("{}-{}", info.domain_sid, user);
  info.primary_group = fmt::format("{}-{}", info.domain_sid, primary_group);
  info.groups = within(info.domain_sid, groups);
  info.resource = within(resource_domain, resources);
  return info;
}

}  // namespace rms::connector
