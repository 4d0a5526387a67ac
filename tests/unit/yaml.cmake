# SPDX-License-Identifier: Apache-2.0
rms_test(yaml_test LABELS unit
  SOURCES yaml_file_test.cpp yaml_traps_test.cpp yaml_values_test.cpp
  LIBRARIES rms_yaml rms_test_ca)
