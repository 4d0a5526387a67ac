// SPDX-License-Identifier: Apache-2.0
#include "connector/authenticator/kerberos.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <profile.h>

#include "base/file_stamp.h"
#include "connector/authenticator/krb5_types.h"
#include "connector/authenticator/logon_info.h"
#include "connector/authenticator/negotiate_token.h"
#include "connector/authenticator/replay_memory.h"
#include "connector/authenticator/service_keys.h"

namespace rms::connector {
namespace {

using namespace std::chrono_literals;

constexpr auto kLeastClockSkew = 300s;  // MIT's default
// At about 50 bytes each. In twice the window: 800 requests a second.
constexpr std::size_t kMostRemembered = 1'000'000;

// Strict: no blanks, the padding where it belongs. Empty if it is no base64.
std::string from_base64(std::string_view text) {
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  const bool right = !text.empty() && text.size() % 4 == 0 && text.size() <= kMostTokenBytes * 4 / 3 + 4 &&
                     text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") >=
                         text.size() - padding;
  if (!right) return {};
  std::string out(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return {};
  out.resize(static_cast<std::size_t>(size) - padding);
  return out;
}

std::string to_base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // and a NUL
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  out.pop_back();
  return out;
}

// What the library's configuration allows clocks to differ: for twice as long an authenticator can be shown again.
std::chrono::seconds allowed_skew() {
  krb5_context context = nullptr;
  if (krb5_init_context(&context) != 0) return kLeastClockSkew;
  const Krb5Context owner(context);
  profile_t profile = nullptr;
  if (krb5_get_profile(context, &profile) != 0) return kLeastClockSkew;
  int seconds = 0;
  profile_get_integer(profile, "libdefaults", "clockskew", nullptr, 300, &seconds);
  profile_release(profile);
  return std::max(kLeastClockSkew, std::chrono::seconds(seconds));
}

std::string text_of_failure(OM_uint32 major, OM_uint32 minor) {
  std::string text;
  const auto add = [&](OM_uint32 code, int kind) {
    OM_uint32 ignored = 0, more = 0;
    GssBuffer line;
    if (gss_display_status(&ignored, code, kind, const_cast<gss_OID>(gss_mech_krb5), &more, line.out()) !=
        GSS_S_COMPLETE)
      return;
    if (!text.empty()) text += "; ";
    text += text_of(line);
  };
  add(major, GSS_C_GSS_CODE);
  if (minor != 0) add(minor, GSS_C_MECH_CODE);
  return text;
}

std::string domain_of(const std::string& sid) {
  return sid.substr(0, sid.rfind('-'));
}

// The account, and the groups of domains that the settings trust. Whoever runs a domain can write any SID into its
// tickets; so what a foreign domain says counts only as far as it is listed.
std::variant<WindowsIdentity, Refusal> identity(const LogonInfo& info, const std::vector<std::string>& trusted) {
  const auto is_trusted = [&](const std::string& domain) {
    return std::ranges::find(trusted, domain) != trusted.end();
  };
  if (!is_trusted(info.domain_sid))
    return Refusal{
        refusals::kUntrustedDomain,
        fmt::format("{}\\{} is of the domain {}, which authentication.kerberos.trusted_domains does not list",
                    info.domain, info.account, info.domain_sid)};
  WindowsIdentity who{fmt::format("{}\\{}", info.domain, info.account), info.sid, {info.primary_group}};
  for (const auto* groups : {&info.groups, &info.extra, &info.resource})
    for (const std::string& group : *groups)
      if (is_trusted(domain_of(group))) who.groups.push_back(group);
  std::ranges::sort(who.groups);
  const auto twice = std::ranges::unique(who.groups);
  who.groups.erase(twice.begin(), twice.end());
  return who;
}

}  // namespace

class KerberosAcceptor::Impl {
 public:
  Impl(KerberosSettings settings, std::unique_ptr<const ServiceKeys> keys, std::optional<FileStamp> stamp,
       const Clock& clock, Log* log, const Impl* before)
      : settings_(std::move(settings)),
        keys_(std::move(keys)),
        stamp_(stamp),
        clock_(clock),
        log_(log),
        seen_(before != nullptr ? before->seen_ : std::make_shared<ReplayMemory>(2 * allowed_skew(), kMostRemembered)) {
  }

  std::variant<Authenticated, Refusal> accept(std::string_view base64, const TokenContext& context) {
    read_keys_again();
    const std::string bytes = from_base64(base64);
    auto read = read_negotiate_token(bytes);
    if (auto* refusal = std::get_if<Refusal>(&read)) {
      if (refusal->reason == refusals::kNtlmOffered) refusal->detail = how_to_set_the_spn(context.host);
      return std::move(*refusal);
    }
    const auto& token = std::get<NegotiateToken>(read);

    gss_channel_bindings_struct binding{};
    // Of plain HTTP it is empty: whatever a ticket is bound to is something else then.
    binding.application_data = buffer_of(context.channel_binding);
    const bool bindable = !context.channel_binding.empty() || !context.tls;
    gss_buffer_desc input = buffer_of(token.kerberos);
    GssContext established;
    GssName name;
    GssBuffer answer;
    OM_uint32 minor = 0, flags = 0;
    const OM_uint32 major = gss_accept_sec_context(&minor, established.out(), keys_->credential(), &input,
                                                   bindable ? &binding : GSS_C_NO_CHANNEL_BINDINGS, name.out(), nullptr,
                                                   answer.out(), &flags, nullptr, nullptr);
    if (GSS_ERROR(major)) return failure(token, major, minor);
    if (major != GSS_S_COMPLETE) return Refusal{refusals::kMalformedToken, "it wants a second leg"};
    if (settings_.channel_binding == ChannelBinding::required && (flags & GSS_C_CHANNEL_BOUND_FLAG) == 0)
      return Refusal{
          refusals::kBadChannelBinding,
          "the ticket is bound to no TLS connection, and authentication.kerberos.channel_binding is required"};
    switch (seen_->remember(token.authenticator, clock_.steady())) {
      case ReplayMemory::Seen::never:
        break;
      case ReplayMemory::Seen::before:
        return Refusal{refusals::kReplayed, fmt::format("the same token for {} was shown before", token.service)};
      case ReplayMemory::Seen::no_room:
        return Refusal{refusals::kOverloaded, "more tokens came than can be remembered"};
    }
    auto principal = principal_of(name);
    if (auto* refusal = std::get_if<Refusal>(&principal)) return std::move(*refusal);
    return Authenticated{std::get<Principal>(std::move(principal)),
                         to_base64(write_negotiate_answer(token, text_of(answer)))};
  }

 private:
  void read_keys_again() {
    const auto now = stamp_of(settings_.keytab);
    if (now == stamp_) return;
    stamp_ = now;
    auto keys = ServiceKeys::load(settings_.keytab, settings_.service);
    if (keys) {
      keys_ = *std::move(keys);
      if (log_)
        log_->info("the keytab was read again", {{"file", settings_.keytab.string()}, {"keys", keys_->facts().size()}});
    } else if (log_) {
      log_->event(Level::error, Event::list_failed,
                  "the keytab has changed and cannot be used; its last state stays in use",
                  {{"file", settings_.keytab.string()}, {"error", keys.error().context}});
    }
  }

  Refusal failure(const NegotiateToken& token, OM_uint32 major, OM_uint32 minor) const {
    if (GSS_ROUTINE_ERROR(major) == GSS_S_BAD_BINDINGS)
      return {
          refusals::kBadChannelBinding,
          "the ticket is bound to another TLS connection: something between the caller and us ends TLS, or somebody "
          "passes on what was meant for another server"};
    switch (static_cast<krb5_error_code>(minor)) {
      case KRB5KRB_AP_ERR_SKEW:
      case KRB5KRB_AP_ERR_TKT_NYV:
        return skewed(token);
      case KRB5KRB_AP_ERR_TKT_EXPIRED:
        return {refusals::kExpired, fmt::format("the ticket for {} has expired", token.service)};
      case KRB5_NOPERM_ETYPE:
      case KRB5_BAD_ENCTYPE:
      case KRB5_PROG_ETYPE_NOSUPP:
        return {refusals::kUnsupportedEnctype,
                fmt::format("the ticket for {} is encrypted with {}, which the Kerberos library here does not take",
                            token.service, enctype_name(token.enctype))};
      case KRB5KRB_AP_WRONG_PRINC:
      case KRB5KRB_AP_ERR_NOT_US:
      case KRB5KRB_AP_ERR_NOKEY:
      case KRB5KRB_AP_ERR_BADKEYVER:
      case KRB5KRB_AP_ERR_BAD_INTEGRITY:
      case KRB5KRB_AP_ERR_MODIFIED:
      case KRB5_KT_NOTFOUND:
      case KRB5_KT_KVNONOTFOUND:
        return keys_->no_key_fits(token);
      default:
        return {refusals::kOther, text_of_failure(major, minor)};
    }
  }

  Refusal skewed(const NegotiateToken& token) const {
    const auto ahead = keys_->skew(token, clock_.wall());
    if (!ahead) return {refusals::kClockSkew, "the clocks are too far apart"};
    return {refusals::kClockSkew, fmt::format("the caller's clock is {} s {} ours", std::abs(ahead->count()),
                                              ahead->count() < 0 ? "behind" : "ahead of")};
  }

  std::string how_to_set_the_spn(std::string_view host) const {
    const std::string_view name = host.substr(0, host.rfind(':'));
    const std::string spn = fmt::format("HTTP/{}", name.empty() ? "NAME" : name);
    return fmt::format(
        "the caller offered NTLM, as Windows does when it gets no ticket: most often no account has the SPN {0}. On a "
        "domain member: `setspn -Q {0}` shows who has it, `setspn -S {0} ACCOUNT` sets it, where ACCOUNT is the one "
        "whose keys are in {1}",
        spn, settings_.keytab.string());
  }

  std::variant<Principal, Refusal> principal_of(const GssName& name) const {
    OM_uint32 minor = 0;
    GssBuffer shown;
    if (gss_display_name(&minor, name.get(), shown.out(), nullptr) != GSS_S_COMPLETE)
      return Refusal{refusals::kOther, "the caller has no name"};
    Principal principal{std::string(kKerberos), std::string(text_of(shown)), std::nullopt, std::nullopt};

    gss_buffer_desc attribute = buffer_of("urn:mspac:logon-info");
    GssBuffer value, display;
    int verified = 0, complete = 0, more = -1;
    const OM_uint32 major =
        gss_get_name_attribute(&minor, name.get(), &attribute, &verified, &complete, value.out(), display.out(), &more);
    // No PAC (a KDC other than Windows'), or one whose signature is not that of our key: the library shows neither. The
    // name is proven by the ticket itself.
    if (major == GSS_S_UNAVAILABLE) return principal;
    if (GSS_ERROR(major)) return Refusal{refusals::kMalformedPac, text_of_failure(major, minor)};
    if (verified == 0) return principal;
    const auto info = read_logon_info(text_of(value));
    if (!info) return Refusal{refusals::kMalformedPac, info.error().context};
    auto who = identity(*info, settings_.trusted_domains);
    if (auto* refusal = std::get_if<Refusal>(&who)) return std::move(*refusal);
    principal.windows = std::get<WindowsIdentity>(std::move(who));
    return principal;
  }

  const KerberosSettings settings_;
  std::unique_ptr<const ServiceKeys> keys_;
  std::optional<FileStamp> stamp_;
  const Clock& clock_;
  Log* const log_;
  const std::shared_ptr<ReplayMemory> seen_;  // shared with who comes after us, or came before
};

Result<std::unique_ptr<KerberosAcceptor>> KerberosAcceptor::open(const KerberosSettings& settings, const Clock& clock,
                                                                 Log* log, const KerberosAcceptor* before) {
  const auto stamp = stamp_of(settings.keytab);  // before it is read: a change in between shows
  RMS_TRY(auto keys, ServiceKeys::load(settings.keytab, settings.service));
  return std::unique_ptr<KerberosAcceptor>(new KerberosAcceptor(std::make_unique<Impl>(
      settings, std::move(keys), stamp, clock, log, before != nullptr ? before->impl_.get() : nullptr)));
}

KerberosAcceptor::KerberosAcceptor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KerberosAcceptor::~KerberosAcceptor() = default;

std::variant<Authenticated, Refusal> KerberosAcceptor::accept(std::string_view token, const TokenContext& context) {
  return impl_->accept(token, context);
}

void forget_kerberos_environment() {
  for (const char* name : {"KRB5_CONFIG", "KRB5_KTNAME", "KRB5_CLIENT_KTNAME", "KRB5CCNAME", "KRB5RCACHENAME",
                           "KRB5RCACHETYPE", "KRB5RCACHEDIR", "KRB5_KDC_PROFILE", "KRB5_TRACE", "GSS_MECH_CONFIG"})
    unsetenv(name);
}

}  // namespace rms::connector
