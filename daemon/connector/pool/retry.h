// SPDX-License-Identifier: Apache-2.0
//
// Whether a question may be asked a second time. Pure.
#pragma once

#include "soap/operation.h"

namespace rms::connector {

// In all, the first included. Budgets over all calls belong here when a measurement asks for them.
inline constexpr unsigned kMostAttempts = 2;

// Whether asking twice harms no more than asking once. MS-RMPR is stateless and its methods can be called in any order.
// The service does not look for repetitions: an attempt whose answer was lost is done twice, and twice in the usage
// log. Both carry the same request_id, by which its logs and ours show them as one question.
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

// Whether an attempt that ended so may be followed by another. UNAVAILABLE alone: the connection or the server went
// away. A deadline that has passed, a cancelled call, an accident of the service or a refusal would only repeat itself.
constexpr bool may_repeat(bool idempotent, int grpc_code, unsigned attempts) {
  constexpr int kUnavailable = 14;
  return grpc_code == kUnavailable && attempts < kMostAttempts && idempotent;
}
constexpr bool may_repeat(soap::Operation operation, int grpc_code, unsigned attempts) {
  return may_repeat(is_idempotent(operation), grpc_code, attempts);
}

}  // namespace rms::connector
