// SPDX-License-Identifier: Apache-2.0
#include "soap/messages.h"

namespace rms::soap {

Operation operation_of(const Request& request) {
  return static_cast<Operation>(request.index());
}

}  // namespace rms::soap
