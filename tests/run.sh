#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds, runs every test and ends with the runner's summary.
set -euo pipefail

usage() {
  cat <<'EOF'
usage: tests/run.sh [--preset NAME] [--label LABEL]... [-- CTEST-ARGUMENT...]

Builds the tests and runs them. Without options: all of them, in the preset "dev".

  --preset NAME   dev (default), asan, tsan or clang (all but dev are by Clang)
  --label LABEL   build and run only these: unit, integration, system, faults (the fault table), or
                  threads (those for ThreadSanitizer); may be given more than once
  --              the rest goes to ctest: tests/run.sh -- -R cloud_
EOF
}

preset=dev
targets=()
labels=
while [ $# -gt 0 ]; do
  case $1 in
    --preset) preset=${2:?--preset wants a name}; shift 2 ;;
    --label) targets+=("tests_${2:?--label wants a name}") labels+=${labels:+|}$2; shift 2 ;;
    --) shift; break ;;
    -h|--help) usage; exit 0 ;;
    *) echo "tests/run.sh: unknown argument '$1'" >&2; usage >&2; exit 2 ;;
  esac
done

cd "$(dirname "$0")/.."
. deploy/lib/packages.sh
. deploy/lib/build.sh
packages=("${build_packages[@]}" "${test_packages[@]}")
case $preset in
  asan|tsan|clang) packages+=("${clang_packages[@]}") ;;
esac
ensure_packages "${packages[@]}"

configure "$preset" -DRMS_WERROR="${RMS_WERROR:-OFF}"
cmake --build --preset "$preset" --target "${targets[@]:-all}"
case $preset in
  tsan) export TSAN_OPTIONS="suppressions=$PWD/tests/tsan.supp halt_on_error=1 second_deadlock_stack=1" ;;
esac
cd "build/$preset"
exec ctest --no-tests=error --output-on-failure --timeout 600 -j "$(nproc)" ${labels:+-L "$labels"} "$@"
