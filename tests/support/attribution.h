// SPDX-License-Identifier: Apache-2.0
//
// What a connector signs of its callers, as connectors do; each part may be broken before it is signed.
#pragma once

#include <chrono>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "net/signing.h"
#include "rms/v1/common.pb.h"
#include "support/test_ca.h"

namespace rms::test {

inline Secret secret(std::string_view text) {
  return Secret(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

inline std::int64_t to_ms(WallTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

// The Exchange server of `mail`, for `operation`, good from five minutes before `now` for an hour.
inline v1::Attribution attribution(std::string_view entry, std::string_view mail, std::string_view operation,
                                   WallTime now) {
  v1::Attribution said;
  said.mutable_caller()->set_entry(std::string(entry));
  said.mutable_caller()->set_role(v1::ROLE_EXCHANGE);
  said.mutable_caller()->set_mail(std::string(mail));
  said.set_operation(std::string(operation));
  said.set_not_before_ms(to_ms(now - std::chrono::minutes(5)));
  said.set_not_after_ms(to_ms(now + std::chrono::minutes(55)));
  return said;
}

inline v1::SignedAttribution signed_by(const Credentials& connector, const v1::Attribution& said) {
  v1::SignedAttribution words;
  words.set_attribution(said.SerializeAsString());
  words.set_signature(
      net::Signer::from_pem(secret(connector.key_pem)).value().sign("rms.v1.Attribution", words.attribution()));
  return words;
}

}  // namespace rms::test
