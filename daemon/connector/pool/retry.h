// SPDX-License-Identifier: Apache-2.0
//
// Whether a question may be asked again. Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>

#include "connector/telemetry/metrics.h"
#include "soap/operation.h"

namespace rms::connector {

// In all, the first included, and those that hedge.
inline constexpr unsigned kMostAttempts = 3;

// Whether asking twice harms no more than asking once. MS-RMPR is stateless and its methods can be called in any order.
// All attempts carry the same request_id, by which the service knows a repetition and gives the answer that it gave
// before; one that does not, or no longer does, does it again, which costs a row of its usage log.
constexpr bool is_idempotent(soap::Operation operation) {
  switch (operation) {
    case soap::Operation::certify:
    case soap::Operation::precertify:
      // The account's key is made once and kept, whoever asks first; another certificate for it is as good.
    case soap::Operation::get_client_licensor_cert:
      // Each makes a certificate with a key of its own, which the service does not keep: whoever did not get one cannot
      // use it, and the one that arrived is good by itself.
    case soap::Operation::acquire_license:
    case soap::Operation::acquire_pre_license:
    case soap::Operation::acquire_issuance_license:
      // A function of what is asked, who asks and when; nothing is counted or used up.
    case soap::Operation::acquire_template_information:
    case soap::Operation::acquire_templates:
    case soap::Operation::get_licensor_certificate:
    case soap::Operation::find_service_locations_for_user:
    case soap::Operation::get_server_info:
      // Nothing but reading.
      return true;
  }
  return false;  // Until somebody has thought about it and written the reason above.
}

// Why an attempt that ended so should be followed by another, or nullopt. UNAVAILABLE: the connection or the server
// went away, or could not. RESOURCE_EXHAUSTED only if the service says when to come back. A deadline that has passed, a
// cancelled call, an accident of the service or a refusal would only repeat itself. `pushback`: as Attempt has it.
constexpr std::optional<Retry> reason_to_repeat(bool idempotent, int grpc_code,
                                                std::optional<std::chrono::milliseconds> pushback) {
  constexpr int kResourceExhausted = 8, kUnavailable = 14;
  if (!idempotent || (pushback && pushback->count() < 0)) return std::nullopt;
  if (grpc_code == kUnavailable) return Retry::unavailable;
  if (grpc_code == kResourceExhausted && pushback) return Retry::overloaded;
  return std::nullopt;
}

// How many may ask again at the same time: a fifth of those under way, three at least. When a service falls over, the
// load on what is left of it grows by that much and no more; whoever finds no place waits its turn.
class RetryBudget {
 public:
  static constexpr std::size_t kLeast = 3;

  // One place, given back when it goes. Moves.
  class Ticket {
   public:
    explicit Ticket(RetryBudget& budget) : budget_(&budget) { ++budget_->taken_; }
    Ticket(Ticket&& other) noexcept : budget_(std::exchange(other.budget_, nullptr)) {}
    Ticket& operator=(Ticket&&) = delete;
    ~Ticket() {
      if (budget_ != nullptr) --budget_->taken_;
    }

   private:
    RetryBudget* budget_;
  };

  // `under_way`: calls in hand, whether or not they ask again.
  std::optional<Ticket> take(std::size_t under_way) {
    if (taken_ >= std::max(kLeast, under_way / 5)) return std::nullopt;
    return Ticket(*this);
  }
  std::size_t taken() const { return taken_; }

 private:
  std::size_t taken_ = 0;
};

}  // namespace rms::connector
