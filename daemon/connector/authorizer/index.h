// SPDX-License-Identifier: Apache-2.0
//
// Entries by the names of their matches. For sources of this room only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "connector/authorizer/authorizer.h"

namespace rms::connector {

// Hashes what differs most, the ends: the names of one list are alike in their domains. Who fills a list with names
// that collide is its administrator; who asks can do no more than miss.
struct NameHash {
  using is_avalanching = void;
  std::size_t operator()(std::string_view name) const noexcept;
};

// What a certificate says, its names in the form in which entries have theirs.
struct CertificateNames {
  explicit CertificateNames(const net::PeerCertificate& certificate);
  std::string_view fingerprint, issuer;
  std::vector<std::string> dns;  // lower case
  const std::vector<std::string>& uris;
};

class ServerList::Index {
 public:
  // Keeps views into `servers`.
  explicit Index(const std::vector<ServerEntry>& servers);

  struct Best {
    const ServerEntry* entry = nullptr;  // null: none matches
    bool ambiguous = false;              // another one matches as well
  };
  Best most_specific(const Principal& principal) const;
  std::vector<const ServerEntry*> all_most_specific(const Principal& principal) const;

 private:
  // Each entry is under one name, the most telling of its match; those under one name follow each other in next_.
  using Names = boost::unordered_flat_map<std::string_view, std::uint32_t, NameHash>;
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  void add(Names& names, std::string_view name, std::uint32_t entry);
  template <class Consider>
  void each_under(const Names& names, std::string_view name, Consider consider) const;
  template <class Consider>
  void each_candidate(const CertificateNames& certificate, Consider consider) const;
  template <class Consider>
  void each_candidate(const Principal& principal, Consider consider) const;
  // consider(entry, how specific it is; 0: it does not hold)
  template <class Consider>
  void each_with_specificity(const Principal& principal, Consider consider) const;

  const std::vector<ServerEntry>& servers_;
  Names by_fingerprint_, by_uri_, by_dns_, by_place_, by_sid_, by_account_, by_group_;
  std::vector<std::uint32_t> next_;
};

}  // namespace rms::connector
