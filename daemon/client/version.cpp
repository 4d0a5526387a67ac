// SPDX-License-Identifier: Apache-2.0
#include "client/version.h"

namespace rms::client {

std::string_view version() {
  return RMS_VERSION;
}
std::string_view system_name() {
  return RMS_SYSTEM_NAME;
}

}  // namespace rms::client
