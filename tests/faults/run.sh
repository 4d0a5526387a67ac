#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Breaks everything on the way from a caller to the rights service, one thing after the other, under load, and holds what
# callers saw against what was promised.
set -euo pipefail

usage() {
  cat <<'EOT'
usage: tests/faults/run.sh [--json FILE] [--markdown FILE] [--row PATTERN]... [--list] [--keep-logs DIR]

Prints a table: fault, promise, what was measured. Exit status 1 if a promise was broken. Takes five minutes.

  --json FILE      also write {"rows": [{"fault", "promise", "measured", "kept"}]}; kept is null for what could not be
                   tried here (most rows run as anybody; some want root, for mounts of their own)
  --markdown FILE  also put the table into this page, between its marks (docs/reliability.md)
  --row PATTERN    only these rows, as "endpoint*"
  --list           the names of the rows
  --keep-logs DIR  keep the logs of rows that were broken

Environment:
  RMS_PROGRAMS     a folder with the programs, already built: nothing is installed or built
EOT
}
for argument in "$@"; do
  case $argument in -h|--help) usage; exit 0 ;; esac
done

here=$PWD
cd "$(dirname "$0")/../.."
if [ -z "${RMS_PROGRAMS:-}" ]; then
  . deploy/lib/packages.sh
  . deploy/lib/build.sh
  ensure_packages "${build_packages[@]}" "${test_packages[@]}"
  configure dev
  cmake --build --preset dev --target rms rms-cloudctl rms-cloudd rms-connectorctl rms-connectord rms-faulty-proxy rms-load
  export RMS_PROGRAMS=$PWD/build/dev/bin
fi
export RMS_SOURCE_DIR=$PWD
table=$PWD/tests/faults/table.py
cd "$here"
exec python3 -B "$table" "$@"
