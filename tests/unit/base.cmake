# SPDX-License-Identifier: Apache-2.0
rms_test(base_test LABELS unit
  SOURCES base_address_test.cpp base_error_test.cpp base_guid_test.cpp base_log_test.cpp base_process_test.cpp
          base_ready_file_test.cpp base_secret_test.cpp base_sid_test.cpp base_text_test.cpp
          base_utf8_test.cpp base_what_test.cpp
  LIBRARIES rms_base rms_test_ca nlohmann_json::nlohmann_json)
