#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds and runs the benchmarks and prints one table: ours beside the peer that ran in the same minute.
set -euo pipefail

usage() {
  cat <<'EOT'
usage: tests/bench/run.sh [--json FILE]

Builds the benchmarks as they are shipped (preset "bench": -O2) and runs each beside its peer, five times in turn; the
table shows medians. Exit status 1 if a target was not met.

  --json FILE   also write {"machine": ..., "rows": [{"name", "unit", "ours", "<peer>", "target", "met"}]}

authorizing: which entry of servers: a caller belongs to, and whether it may. Peer: one entry after the other.
EOT
}

json=
while [ $# -gt 0 ]; do
  case $1 in
    --json) json=$(realpath -m "${2:?--json wants a file}"); shift 2 ;;
    -h|--help) usage; exit 0 ;;
    *) echo "tests/bench/run.sh: unknown argument '$1'" >&2; usage >&2; exit 2 ;;
  esac
done

cd "$(dirname "$0")/../.."
. deploy/lib/packages.sh
. deploy/lib/build.sh
ensure_packages "${build_packages[@]}" "${bench_packages[@]}"
configure bench
cmake --build --preset bench >&2

raw=$(mktemp)
trap 'rm -f "$raw"' EXIT
build/bench/bin/authorizer_bench --benchmark_format=json --benchmark_repetitions=5 \
  --benchmark_enable_random_interleaving=true --benchmark_min_time=0.05 >"$raw"
exec python3 tests/bench/table.py "$raw" ${json:+--json "$json"}
