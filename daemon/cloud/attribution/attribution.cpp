// SPDX-License-Identifier: Apache-2.0
#include "cloud/attribution/attribution.h"

#include <algorithm>

#include <fmt/format.h>

#include "net/signing.h"
#include "net/tls.h"
#include "rms/v1/common.pb.h"

namespace rms::cloud {
namespace {

// Part of what is signed: docs/wire.md.
constexpr std::string_view kPurpose = "rms.v1.Attribution";

constexpr std::size_t kMaxOperationBytes = 64;

// A row is written when the work is done; the words were good when it began.
constexpr std::chrono::minutes kLongestWork{10};

std::string_view role_name(v1::Role role) {
  switch (role) {
    case v1::ROLE_EXCHANGE:
      return "exchange";
    case v1::ROLE_SHAREPOINT:
      return "sharepoint";
    case v1::ROLE_FILE_CLASSIFICATION:
      return "file-classification";
    default:
      return {};
  }
}

// A time that a WallTime can hold: until the year 2262. "For ever" is its end.
WallTime to_time(std::int64_t milliseconds) {
  constexpr auto kLast = std::chrono::floor<std::chrono::milliseconds>(WallTime::max()).time_since_epoch().count();
  return WallTime(std::chrono::milliseconds(std::clamp<std::int64_t>(milliseconds, 0, kLast)));
}

std::optional<std::vector<std::string>> to_list(bool given, const v1::NameList& list) {
  if (!given) return std::nullopt;
  return std::vector<std::string>(list.names().begin(), list.names().end());
}

Result<Scope> to_scope(const v1::Grants& grants) {
  for (const auto* list : {&grants.templates(), &grants.recipients(), &grants.owners()})
    if (static_cast<std::size_t>(list->names_size()) > kMaxScopeNames)
      return Error(Errc::too_large, fmt::format("a list of grants has more than {} names", kMaxScopeNames));
  Scope scope;
  scope.templates = to_list(grants.has_templates(), grants.templates());
  scope.recipients = to_list(grants.has_recipients(), grants.recipients());
  scope.owners = to_list(grants.has_owners(), grants.owners());
  if (grants.has_until_ms()) scope.until = to_time(grants.until_ms());
  if (!grants.has_open_any()) return scope;
  const auto& reason = grants.open_any().reason();
  if (reason.empty() || reason.size() > kMaxReasonBytes)
    return Error(Errc::malformed, fmt::format("open_any must have a reason of at most {} bytes", kMaxReasonBytes));
  scope.open_any = OpenAny{reason, to_time(grants.open_any().until_ms())};
  return scope;
}

Error differs(std::string_view what) {
  return Error(Errc::signature_invalid, fmt::format("the {} is not what the connector signed", what));
}

}  // namespace

AttributionRecord attribution_record(std::string_view attribution, std::string_view signature,
                                     std::string_view fingerprint, std::string_view certificate) {
  return {net::sha256_hex(std::string(attribution).append(signature)), std::string(attribution), std::string(signature),
          std::string(fingerprint), std::string(certificate)};
}

Result<Attributed> read_attribution(const AttributionRecord& record) {
  if (record.attribution.empty()) return Error(Errc::malformed, "context.attribution must say who asks");
  if (record.attribution.size() > kMaxAttributionBytes)
    return Error(Errc::too_large, fmt::format("context.attribution must have at most {} bytes", kMaxAttributionBytes));
  RMS_CHECK(net::verify_signature(record.certificate, kPurpose, record.attribution, record.signature));

  v1::Attribution message;
  if (!message.ParseFromString(record.attribution))
    return Error(Errc::malformed, "context.attribution is no rms.v1.Attribution");
  const auto& caller = message.caller();
  const auto role = role_name(caller.role());
  if (role.empty()) return Error(Errc::malformed, "attribution.caller.role must be one of Role's");
  if (caller.entry().empty()) return Error(Errc::malformed, "attribution.caller.entry must name an entry");
  if (message.operation().size() > kMaxOperationBytes)
    return Error(Errc::malformed, fmt::format("attribution.operation must have at most {} bytes", kMaxOperationBytes));
  RMS_TRY(auto scope, to_scope(message.grants()));
  return Attributed{{caller.entry(), std::string(role), caller.mail(), caller.sid(), caller.principal(),
                     caller.mechanism(), std::move(scope), caller.own_identity()},
                    message.operation(),
                    to_time(message.not_before_ms()),
                    to_time(message.not_after_ms())};
}

Result<void> check_use(const Attributed& said, std::string_view operation, WallTime now) {
  if (said.not_after - said.not_before > kLongestAttribution)
    return Error(Errc::untrusted, fmt::format("the attribution is good for longer than {} hours",
                                              std::chrono::hours(kLongestAttribution).count()));
  if (said.operation != operation)
    return Error(Errc::untrusted,
                 fmt::format("the attribution was signed for {}, not for {}", said.operation, operation));
  const auto seconds = [](auto time) { return std::chrono::duration_cast<std::chrono::seconds>(time).count(); };
  if (now < said.not_before)
    return Error(Errc::not_valid_now, fmt::format("the attribution begins in {} s: the clocks of connector and service "
                                                  "differ",
                                                  seconds(said.not_before - now)));
  if (now >= said.not_after)
    return Error(Errc::not_valid_now, fmt::format("the attribution ended {} s ago: the clocks of connector and service "
                                                  "differ",
                                                  seconds(now - said.not_after)));
  return {};
}

Result<void> check_row(const UsageRow& row, const AttributionRecord& record) {
  const auto again = attribution_record(record.attribution, record.signature, record.fingerprint, record.certificate);
  if (again.id != row.attribution) return differs("attribution");
  RMS_TRY(const auto certificate, net::read_certificate_pem(record.certificate));
  if (certificate.fingerprint != record.fingerprint)
    return Error(Errc::signature_invalid, "the connector's certificate that was kept is another one");
  RMS_TRY(const auto said, read_attribution(record));
  const Caller& caller = said.caller;
  // Asked on the page of server certification, Certify has a name of its own in the log.
  const std::string_view operation =
      row.request_type == "ServerCertify" ? "Certify" : std::string_view(row.request_type);
  if (operation != said.operation) return differs("request type");
  // The log cuts what is very long.
  const auto same = [](std::string_view logged, std::string_view said_so) {
    return logged == said_so.substr(0, logged.size()) &&
           (logged.size() == said_so.size() || logged.size() == kMaxUsageFieldBytes);
  };
  if (!same(row.user_id, caller.mail)) return differs("user");
  if (!same(row.entry, caller.entry)) return differs("entry");
  if (!same(row.role, caller.role)) return differs("role");
  if (!same(row.principal, caller.principal)) return differs("principal");
  if (!same(row.mechanism, caller.mechanism)) return differs("mechanism");
  if (row.time < said.not_before || row.time - kLongestWork >= said.not_after) return differs("time");
  // What was opened as a super user was granted so, and says so; nothing else does.
  const auto& open_any = caller.scope.open_any;
  const bool used = !row.used_grant.empty();
  if (used != row.admin_action) return differs("admin-action");
  if (used && (!open_any || open_any->until <= row.time - kLongestWork ||
               row.used_grant != std::string(grant::kOpenAny) + ": " + open_any->reason))
    return differs("grant that was used");
  return {};
}

}  // namespace rms::cloud
