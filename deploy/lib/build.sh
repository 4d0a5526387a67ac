# SPDX-License-Identifier: Apache-2.0
# For scripts that build: configure PRESET [CMAKE-ARGUMENT...], in the source tree; then cmake --build.

# ccache must not ask what precompiled headers cannot answer, and need not preprocess what the compiler lists.
export CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_DEPEND=1

configure() {
  cmake --preset "$@" -DCMAKE_CXX_COMPILER_LAUNCHER=ccache >/dev/null
}
