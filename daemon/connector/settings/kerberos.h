// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace rms::connector {

// Whether a ticket must be bound to the TLS connection that it comes by.
enum class ChannelBinding { when_sent, required };

struct KerberosSettings {                                      // authentication.kerberos:
  std::filesystem::path keytab;                                // keytab: a secret file; read again when it changes
  std::string service;                                         // service: the principal whose keys are used; empty: all
  ChannelBinding channel_binding = ChannelBinding::when_sent;  // channel_binding: when_sent or required
  std::vector<std::string> trusted_domains;                    // trusted_domains: SIDs; at least one
};

}  // namespace rms::connector
