#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the fuzz targets and lets each search for a while, one after the other.
set -euo pipefail

usage() {
  cat <<'EOT'
usage: tests/fuzz/run.sh [--seconds N] [--target NAME]... [--jobs J] [--state DIR]

Installs what is missing, builds the fuzz targets (libFuzzer with AddressSanitizer and UndefinedBehaviorSanitizer, preset
"fuzz"), and runs each in turn from its seeds. Ends with a table and exit code 0 if nothing was found, 1 if something
was, 2 if it was called wrongly.

  --seconds N     how long each target searches (default 600)
  --target NAME   only this one; may be given more than once. Names: tests/fuzz/*.cpp
  --jobs J        how many processes search at once for a target, sharing what they learn (default 1)
  --state DIR     where the learned inputs are kept for the next run, and what was found (default build/fuzz/state)

What is found is one file: DIR/found/TARGET/crash-*, timeout-*, oom-* or leak-*. To see it again:

  build/fuzz/bin/fuzz_TARGET DIR/found/TARGET/crash-...
  build/fuzz/bin/fuzz_TARGET -minimize_crash=1 -max_total_time=60 DIR/found/TARGET/crash-...

When it is mended, the (minimized) file goes to tests/fuzz/seeds/TARGET/ under a name that says what it was.
EOT
}

wrong() {
  echo "tests/fuzz/run.sh: $1" >&2
  usage >&2
  exit 2
}

cd "$(dirname "$0")/../.."
seconds=600
jobs=1
state=$PWD/build/fuzz/state
targets=()
while [ $# -gt 0 ]; do
  case $1 in
    --seconds|--target|--jobs|--state) [ $# -ge 2 ] || wrong "$1 wants a value" ;;
  esac
  case $1 in
    --seconds) seconds=$2; shift 2 ;;
    --target) targets+=("$2"); shift 2 ;;
    --jobs) jobs=$2; shift 2 ;;
    --state) state=$2; shift 2 ;;
    -h|--help) usage; exit 0 ;;
    *) wrong "unknown argument '$1'" ;;
  esac
done
[[ $seconds =~ ^[1-9][0-9]*$ ]] || wrong "--seconds wants a number"
[[ $jobs =~ ^[1-9][0-9]*$ ]] || wrong "--jobs wants a number"
all=()
for seeds in tests/fuzz/seeds/*/; do all+=("$(basename "$seeds")"); done
[ ${#targets[@]} -gt 0 ] || targets=("${all[@]}")
for target in "${targets[@]}"; do
  [ -d "tests/fuzz/seeds/$target" ] || wrong "there is no target '$target'; there are: ${all[*]}"
done

. deploy/lib/packages.sh
. deploy/lib/build.sh
ensure_packages "${build_packages[@]}" "${test_packages[@]}" "${clang_packages[@]}"
configure fuzz
cmake --build --preset fuzz --target "${targets[@]/#/fuzz_}"

# Longest input, in bytes: enough for every structure that a target reads, so that time goes into variety, not length.
longest() {
  case $1 in
    xrml|rights_data) echo 24576 ;;
    soap_request|soap_response) echo 16384 ;;
    pfile) echo 8192 ;;
    http_request) echo 4096 ;;
    *) echo 2048 ;;
  esac
}

failed=0
table=$(printf '%-16s %10s %8s %8s  %s' target inputs features learned result)
for target in "${targets[@]}"; do
  learned=$state/learned/$target found=$state/found/$target log=$state/$target.log
  mkdir -p "$learned" "$found"
  echo "$target: searching for $seconds s; log in $log"
  result=nothing
  # -fork keeps the count of inputs and the learned ones over all processes, and -ignore_crashes=0 ends at the first.
  build/fuzz/bin/fuzz_"$target" -max_total_time="$seconds" -fork="$jobs" -max_len="$(longest "$target")" \
    -rss_limit_mb=2048 -malloc_limit_mb=1024 -timeout=10 -dict=tests/fuzz/dictionaries/"$target".dict \
    -artifact_prefix="$found/" "$learned" tests/fuzz/seeds/"$target" >"$log" 2>&1 || { result="FOUND: see $log"; failed=1; }
  last=$(grep -E '^#[0-9]+:' "$log" | tail -n 1 || true)
  table+=$'\n'$(printf '%-16s %10s %8s %8s  %s' "$target" "$(sed -E 's/^#([0-9]+):.*/\1/' <<<"$last")" \
    "$(sed -nE 's/.* ft: ([0-9]+).*/\1/p' <<<"$last")" "$(find "$learned" -type f | wc -l)" "$result")
done

echo
echo "$table"
if [ "$failed" -ne 0 ]; then
  echo "Found inputs are in $state/found/; tests/fuzz/run.sh --help says how to see them again."
fi
exit "$failed"
