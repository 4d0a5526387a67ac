// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace rms::connector {

// Why a token authenticated nobody. Codes are stable; docs/authentication.md has a cure for each.
namespace refusals {
inline constexpr std::string_view kMalformedToken = "malformed_token";
inline constexpr std::string_view kNtlmOffered = "ntlm_offered";
inline constexpr std::string_view kClockSkew = "clock_skew";
inline constexpr std::string_view kExpired = "expired";
inline constexpr std::string_view kNoKeyForKvno = "no_key_for_kvno";
inline constexpr std::string_view kUnsupportedEnctype = "unsupported_enctype";
inline constexpr std::string_view kWrongSpn = "wrong_spn";
inline constexpr std::string_view kNotForUs = "not_for_us";
inline constexpr std::string_view kReplayed = "replayed";
inline constexpr std::string_view kBadChannelBinding = "bad_channel_binding";
inline constexpr std::string_view kMalformedPac = "malformed_pac";
inline constexpr std::string_view kUntrustedDomain = "untrusted_domain";
inline constexpr std::string_view kOther = "kerberos_failure";
inline constexpr std::string_view kOverloaded = "overloaded";  // could not tell: no denial
inline constexpr std::string_view kAll[] = {kMalformedToken, kNtlmOffered,        kClockSkew,    kExpired,
                                            kNoKeyForKvno,   kUnsupportedEnctype, kWrongSpn,     kNotForUs,
                                            kReplayed,       kBadChannelBinding,  kMalformedPac, kUntrustedDomain,
                                            kOther,          kOverloaded};
}  // namespace refusals

struct Refusal {
  std::string_view reason;  // one of refusals::
  std::string detail;       // for the administrator: what was found, and what would be right; never for the caller
};

}  // namespace rms::connector
