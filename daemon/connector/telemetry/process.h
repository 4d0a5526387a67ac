// SPDX-License-Identifier: Apache-2.0
// Private to telemetry/. One source file per system, chosen by CMake.
#pragma once

#include <vector>

#include <prometheus/metric_family.h>

namespace rms::connector {

// The process_* numbers that every Prometheus client library has, as the system tells them now. What it does not tell
// is left out. Any thread.
std::vector<prometheus::MetricFamily> process_families();

}  // namespace rms::connector
