# SPDX-License-Identifier: Apache-2.0
rms_test(ctl_directory_test LABELS unit
  SOURCES ctl/directory_commands_test.cpp ctl/directory_sources_test.cpp
  LIBRARIES rms_ctl_directory rms_test_ca rms_xrml)
rms_test(ctl_audit_test LABELS unit
  SOURCES ctl/audit_commands_test.cpp
  LIBRARIES rms_ctl_audit rms_test_ca)
rms_test(ctl_reload_test LABELS unit
  SOURCES ctl/reload_test.cpp
  LIBRARIES rms_ctl_reload rms_test_ca nlohmann_json::nlohmann_json)
rms_test(ctl_lookup_test LABELS unit
  SOURCES ctl/lookup_name_test.cpp ctl/lookup_test.cpp
  LIBRARIES rms_ctl_lookup nlohmann_json::nlohmann_json)
