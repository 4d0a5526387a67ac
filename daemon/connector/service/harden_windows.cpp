// SPDX-License-Identifier: Apache-2.0
#include <windows.h>

#include "connector/service/service.h"

namespace rms::connector {

// Windows Error Reporting writes its dumps from outside; without the fault box it is not asked to. Who may debug the
// process is for its account's rights to say.
Result<void> harden_process() {
  ::SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
  return {};
}

}  // namespace rms::connector
