# SPDX-License-Identifier: Apache-2.0
# Tickets of a realm that has no controller; callers that are the real library.
add_library(rms_test_realm STATIC ${PROJECT_SOURCE_DIR}/tests/support/test_realm.cpp)
target_include_directories(rms_test_realm PUBLIC ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(rms_test_realm PRIVATE rms_build fmt::fmt OpenSSL::Crypto PkgConfig::KRB5)

rms_test(connector_kerberos_test LABELS unit
  SOURCES connector_kerberos_test.cpp connector_logon_info_test.cpp connector_replay_memory_test.cpp
  LIBRARIES rms_connector_authenticator rms_test_realm rms_test_ca)

rms_test(connector_negotiate_test LABELS unit threads
  SOURCES connector_negotiate_test.cpp ../support/https_client.cpp
  LIBRARIES rms_connector_pipeline rms_test_realm rms_test_ca)

rms_test(kerberos_initiator_test LABELS unit
  SOURCES kerberos_initiator_test.cpp
  LIBRARIES rms_kerberos rms_connector_authenticator rms_test_realm rms_test_ca)
