#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An hour at half of capacity, with faults that come at random. Not for CI.
set -euo pipefail

usage() {
  cat <<'EOT'
usage: tests/soak.sh [--minutes N] [--seed N] [--json FILE] [--folder DIR]

Measures how many requests a second two services and a connector manage here, then asks for half of that while faults of
the table (tests/faults/) come and go in an order that the seed decides. Prints what failed beyond what was promised,
latencies, and whether memory, descriptors and threads stayed flat. Ends by itself; exit status 1 if anything was not as
promised.

  --minutes N   how long (default: 60)
  --seed N      the same faults in the same order again; it is printed
  --json FILE   the figures as JSON, too
  --folder DIR  keep the logs there

Environment:
  RMS_PROGRAMS  a folder with the programs, already built, rms-load and rms-faulty-proxy among them: nothing is installed or
                built. By default they are built as they are shipped (-O2).
EOT
}
for argument in "$@"; do
  case $argument in -h|--help) usage; exit 0 ;; esac
done

here=$PWD
cd "$(dirname "$0")/.."
if [ -z "${RMS_PROGRAMS:-}" ]; then
  . deploy/lib/packages.sh
  . deploy/lib/build.sh
  ensure_packages "${build_packages[@]}" "${test_packages[@]}"
  configure release -B build/soak -DRMS_TESTS=ON
  cmake --build build/soak --target rms rms-cloudctl rms-cloudd rms-connectorctl rms-connectord rms-faulty-proxy rms-load
  export RMS_PROGRAMS=$PWD/build/soak/bin
fi
export RMS_SOURCE_DIR=$PWD
soak=$PWD/tests/faults/soak.py
cd "$here"
exec python3 -B "$soak" "$@"
