// SPDX-License-Identifier: Apache-2.0
#include "connector/telemetry/process.h"

namespace rms::connector {

std::vector<prometheus::MetricFamily> process_families() {
  return {};
}

}  // namespace rms::connector
