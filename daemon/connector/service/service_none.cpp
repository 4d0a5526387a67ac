// SPDX-License-Identifier: Apache-2.0
//
// Systems whose service manager we do not talk to.
#include "connector/service/none.h"

namespace rms::connector {

std::unique_ptr<ServiceManager> make_service_manager(Log&) {
  return make_no_service_manager();
}

}  // namespace rms::connector
