// SPDX-License-Identifier: Apache-2.0
// Private to service/.
#pragma once

#include "connector/service/service.h"

namespace rms::connector {

// For a process that nobody manages: started from a shell, by a test, in a container.
std::unique_ptr<ServiceManager> make_no_service_manager();

}  // namespace rms::connector
