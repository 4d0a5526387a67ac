# SPDX-License-Identifier: Apache-2.0
# A certificate authority for every test that speaks TLS.
add_library(rms_test_ca STATIC ${PROJECT_SOURCE_DIR}/tests/support/test_ca.cpp)
target_include_directories(rms_test_ca PUBLIC ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(rms_test_ca PRIVATE rms_build OpenSSL::Crypto)

rms_test(net_test LABELS unit threads
  SOURCES net_accept_test.cpp net_key_pin_test.cpp net_revocation_test.cpp net_shedding_test.cpp net_signing_test.cpp
          net_task_group_test.cpp net_tls_test.cpp
  LIBRARIES rms_net rms_test_ca)

# The wire that other tests break.
rms_test(tcp_proxy_test LABELS unit threads
  SOURCES tcp_proxy_test.cpp ${PROJECT_SOURCE_DIR}/tests/support/tcp_proxy.cpp
  LIBRARIES rms_net)
