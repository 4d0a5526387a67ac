# SPDX-License-Identifier: Apache-2.0
rms_test(connector_listener_test LABELS unit threads
  SOURCES connector_admission_test.cpp connector_listener_test.cpp connector_listener_life_test.cpp
          connector_revocation_test.cpp ../support/https_client.cpp
  LIBRARIES rms_connector_listener rms_connector_telemetry rms_test_ca)

rms_test(connector_replace_test LABELS unit threads
  SOURCES connector_listener_replace_test.cpp ../support/https_client.cpp
  LIBRARIES rms_connector_admin rms_connector_listener rms_connector_telemetry rms_test_ca)

rms_test(connector_reload_test LABELS unit threads
  SOURCES connector_reloader_test.cpp connector_rollback_test.cpp
  LIBRARIES rms_connector_reload rms_test_ca)

rms_test(connector_front_test LABELS unit threads
  SOURCES connector_admin_test.cpp connector_pipeline_test.cpp connector_relay_test.cpp
  LIBRARIES rms_connector_admin rms_connector_pipeline nlohmann_json::nlohmann_json)

rms_test(connector_corridor_test LABELS unit threads
  SOURCES connector_spoofing_test.cpp connector_tolerance_test.cpp ../support/https_client.cpp
  LIBRARIES rms_connector_pipeline rms_test_ca)

rms_test(connector_daemon_test LABELS unit threads
  SOURCES connector_daemon_test.cpp
  LIBRARIES rms_connector_daemon rms_test_ca)

rms_test(connector_journal_test LABELS unit threads
  SOURCES connector_audit_chain_test.cpp connector_audit_heads_test.cpp connector_audit_outcome_test.cpp
          connector_head_keeper_test.cpp connector_journal_test.cpp
  LIBRARIES rms_connector_audit rms_connector_authenticator rms_test_ca)
