// SPDX-License-Identifier: Apache-2.0
//
// Writes KERB_VALIDATION_INFO (MS-PAC 2.5) as a domain controller does, so that a test can say who somebody is.
#pragma once

#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace rms::test {

struct LogonInfoSpec {
  std::string account = "EXCH01$", domain = "CONTOSO", domain_sid = "S-1-5-21-1-2-3";
  std::uint32_t user = 1105, primary_group = 515;
  std::vector<std::uint32_t> groups{515, 1109};
  std::vector<std::string> extra{};
  std::string resource_domain_sid{};
  std::vector<std::uint32_t> resources{};
};

class NdrWriter {
 public:
  void number(std::uint64_t value, std::size_t size) {
    while (bytes_.size() % size != 0) bytes_ += '\0';
    for (std::size_t i = 0; i < size; ++i) bytes_ += static_cast<char>(value >> (8 * i));
  }
  void u32(std::uint64_t value) { number(value, 4); }
  void zeros(std::size_t count) { bytes_.append(count, '\0'); }
  // A pointer to what is written later.
  void pointer(bool there) { u32(there ? referent_ += 4 : 0); }
  void text_head(std::string_view ascii) {
    number(2 * ascii.size(), 2);
    number(2 * ascii.size(), 2);
    pointer(!ascii.empty());
  }
  void text(std::string_view ascii) {
    if (ascii.empty()) return;
    u32(ascii.size());
    u32(0);
    u32(ascii.size());
    for (const char c : ascii) number(static_cast<unsigned char>(c), 2);
  }
  void sid(const std::string& sid) {
    std::istringstream in(sid.substr(4));
    std::vector<std::uint64_t> numbers;
    for (std::string part; std::getline(in, part, '-');) numbers.push_back(std::stoull(part));
    u32(numbers.size() - 1);
    number(1, 1);
    number(numbers.size() - 1, 1);
    for (int shift = 40; shift >= 0; shift -= 8) number(numbers[0] >> shift & 0xff, 1);
    for (std::size_t i = 1; i < numbers.size(); ++i) u32(numbers[i]);
  }
  void rids(const std::vector<std::uint32_t>& rids) {
    u32(rids.size());
    for (const std::uint32_t rid : rids) {
      u32(rid);
      u32(7);
    }
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
  std::uint32_t referent_ = 0x20000;
};

inline std::string logon_info(const LogonInfoSpec& spec) {
  NdrWriter out;
  out.pointer(true);
  out.zeros(6 * 8);
  out.text_head(spec.account);
  for (int i = 0; i < 5; ++i) out.text_head("");
  out.zeros(4);
  out.u32(spec.user);
  out.u32(spec.primary_group);
  out.u32(spec.groups.size());
  out.pointer(!spec.groups.empty());
  out.u32(0x20);
  out.zeros(16);
  out.text_head("DC1");
  out.text_head(spec.domain);
  out.pointer(true);
  out.zeros(2 * 4 + 2 * 4 + 2 * 8 + 2 * 4);
  out.u32(spec.extra.size());
  out.pointer(!spec.extra.empty());
  out.pointer(!spec.resource_domain_sid.empty());
  out.u32(spec.resources.size());
  out.pointer(!spec.resources.empty());

  out.text(spec.account);
  if (!spec.groups.empty()) out.rids(spec.groups);
  out.text("DC1");
  out.text(spec.domain);
  out.sid(spec.domain_sid);
  if (!spec.extra.empty()) {
    out.u32(spec.extra.size());
    for (std::size_t i = 0; i < spec.extra.size(); ++i) {
      out.pointer(true);
      out.u32(7);
    }
    for (const std::string& sid : spec.extra) out.sid(sid);
  }
  if (!spec.resource_domain_sid.empty()) out.sid(spec.resource_domain_sid);
  if (!spec.resources.empty()) out.rids(spec.resources);
  const std::string body = out.take();

  NdrWriter head;
  head.number(1, 1);
  head.number(0x10, 1);
  head.number(8, 2);
  head.u32(0xcccccccc);
  head.u32(body.size());
  head.u32(0);
  return head.take() + body;
}

}  // namespace rms::test
