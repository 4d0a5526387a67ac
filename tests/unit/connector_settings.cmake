# SPDX-License-Identifier: Apache-2.0
rms_test(connector_settings_test LABELS unit
  SOURCES connector_difference_test.cpp connector_settings_test.cpp connector_settings_proxy_test.cpp
          connector_reference_test.cpp
  LIBRARIES rms_connector_settings rms_test_ca nlohmann_json::nlohmann_json)
rms_test(connector_authorizer_test LABELS unit
  SOURCES connector_authorizer_test.cpp connector_authenticator_test.cpp connector_access_log_test.cpp
  LIBRARIES rms_connector_authenticator rms_connector_authorizer rms_connector_audit rms_test_ca OpenSSL::SSL)
rms_test(connector_telemetry_test LABELS unit
  SOURCES connector_metrics_test.cpp
  LIBRARIES rms_connector_telemetry)
rms_test(connector_service_test LABELS unit
  SOURCES connector_service_test.cpp
  LIBRARIES rms_connector_service)
