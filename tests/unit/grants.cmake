# SPDX-License-Identifier: Apache-2.0
rms_test(grants_test LABELS unit
  SOURCES grants_scope_test.cpp
  LIBRARIES rms_grants)
