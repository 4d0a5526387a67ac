# SPDX-License-Identifier: Apache-2.0
rms_test(client_pfile_test LABELS unit
  SOURCES client/content_cipher_test.cpp client/files_test.cpp client/pfile_content_test.cpp client/pfile_header_test.cpp
  LIBRARIES rms_client rms_test_ca OpenSSL::Crypto)
rms_test(client_flow_test LABELS unit
  SOURCES client/bootstrap_test.cpp client/commands_test.cpp client/open_test.cpp client/program_test.cpp
  LIBRARIES rms_client_program rms_test_ca)
rms_test(client_publish_test LABELS unit
  SOURCES client/pre_license_test.cpp client/publish_test.cpp client/templates_test.cpp
  LIBRARIES rms_client rms_test_ca)
rms_test(client_transport_test LABELS unit
  SOURCES client/https_transport_test.cpp client/rights_service_test.cpp client/rights_test.cpp
  LIBRARIES rms_client rms_grants rms_net rms_test_ca OpenSSL::SSL)
