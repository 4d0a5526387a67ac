// SPDX-License-Identifier: Apache-2.0
#include "connector/upstream/status.h"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace rms::connector {
namespace {

Errc errc_of(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return Errc::deadline_exceeded;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return Errc::overloaded;
    case grpc::StatusCode::CANCELLED:
      return Errc::cancelled;
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNAUTHENTICATED:
      return Errc::denied;
    default:
      return Errc::unavailable;
  }
}

bool contains_any(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words)
    if (text.find(word) != std::string_view::npos) return true;
  return false;
}

}  // namespace

std::string_view status_name(grpc::StatusCode code) {
  static constexpr std::array<std::string_view, 17> kNames = {
      "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
      "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
      "DATA_LOSS", "UNAUTHENTICATED"};
  const auto index = static_cast<std::size_t>(code);
  return index < kNames.size() ? kNames[index] : "UNKNOWN";
}

Error to_error(const grpc::Status& status, std::string_view method) {
  return Error(errc_of(status.error_code()),
               fmt::format("{}: {}: {}", method, status_name(status.error_code()), status.error_message()));
}

ConnectFailure classify_connect_failure(std::string_view text) {
  if (contains_any(text, {"Connection refused"})) return ConnectFailure::refused;
  if (contains_any(text, {"andshake", "SSL", "certificate", "Peer name", "erification"})) return ConnectFailure::tls;
  if (contains_any(text, {"imed out", "imeout"})) return ConnectFailure::timeout;
  if (contains_any(text, {"reset by peer", "Socket closed", "Broken pipe", "GOAWAY"})) return ConnectFailure::lost;
  return ConnectFailure::other;
}

}  // namespace rms::connector
