# SPDX-License-Identifier: Apache-2.0
rms_test(cloud_rights_test LABELS unit
  SOURCES cloud/certification_test.cpp cloud/directory_test.cpp cloud/licensing_test.cpp cloud/rights_test.cpp
  LIBRARIES rms_cloud_service rms_cloud_licensing rms_test_ca)
rms_test(cloud_service_test LABELS unit
  SOURCES cloud/exception_names_test.cpp cloud/outcome_test.cpp cloud/pre_license_test.cpp cloud/precertify_test.cpp
          cloud/service_test.cpp
  LIBRARIES rms_cloud_service rms_cloud_templates rms_test_ca)
rms_test(cloud_publishing_test LABELS unit
  SOURCES cloud/granted_test.cpp cloud/issuance_test.cpp cloud/template_definition_test.cpp cloud/template_licensing_test.cpp
          cloud/templates_test.cpp
  LIBRARIES rms_cloud_service rms_cloud_publishing rms_cloud_templates rms_test_ca)
rms_test(cloud_store_test LABELS unit
  SOURCES cloud/heads_test.cpp cloud/keys_test.cpp cloud/store_answers_test.cpp cloud/store_directory_test.cpp cloud/store_test.cpp cloud/usage_log_test.cpp
  LIBRARIES rms_cloud_heads rms_cloud_keys rms_cloud_store rms_cloud_usage_log rms_test_ca nlohmann_json::nlohmann_json)
rms_test(cloud_spare_keys_test LABELS unit threads
  SOURCES cloud/spare_keys_test.cpp
  LIBRARIES rms_cloud_keys)
rms_test(cloud_server_test LABELS unit
  SOURCES cloud/server_test.cpp
  LIBRARIES rms_cloud_server rms_xml)
rms_test(cloud_settings_test LABELS unit
  SOURCES cloud/settings_test.cpp
  LIBRARIES rms_cloud_settings rms_cloud_keys rms_test_ca nlohmann_json::nlohmann_json)
rms_test(cloud_front_test LABELS integration
  SOURCES cloud/answers_test.cpp cloud/front_attempts_test.cpp cloud/front_heads_test.cpp cloud/front_operations_test.cpp
          cloud/front_state_test.cpp cloud/front_test.cpp
  LIBRARIES rms_cloud_attribution rms_cloud_front rms_cloud_service rms_cloud_templates rms_test_ca)
rms_test(cloud_programs_test LABELS system
  SOURCES cloud/outage_test.cpp cloud/programs_test.cpp cloud/replicas_test.cpp
  LIBRARIES rms_cloud_store rms_net rms_proto rms_test_ca rms_xrml)
target_compile_definitions(cloud_programs_test PRIVATE RMS_CLOUDD="$<TARGET_FILE:rms-cloudd>"
                                                       RMS_CLOUDCTL="$<TARGET_FILE:rms-cloudctl>")
add_dependencies(cloud_programs_test rms-cloudd rms-cloudctl)
