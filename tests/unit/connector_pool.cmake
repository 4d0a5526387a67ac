# SPDX-License-Identifier: Apache-2.0
# The rights service's front in the test's own process, and a wire to it that can be cut.
add_library(rms_test_cloud STATIC ${PROJECT_SOURCE_DIR}/tests/support/test_cloud.cpp
                                  ${PROJECT_SOURCE_DIR}/tests/support/connect_proxy.cpp
                                  ${PROJECT_SOURCE_DIR}/tests/support/tcp_proxy.cpp)
target_include_directories(rms_test_cloud PUBLIC ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(rms_test_cloud PUBLIC rms_build rms_net rms_proto rms_test_ca)

rms_test(connector_pool_test LABELS unit threads
  SOURCES ${PROJECT_SOURCE_DIR}/tests/support/leaks_of_cares.cpp connector_attributor_test.cpp connector_fair_queue_test.cpp connector_pool_call_test.cpp
          connector_pool_fairness_test.cpp connector_pool_health_test.cpp connector_pool_heads_test.cpp
          connector_pool_machine_test.cpp connector_pool_renewal_test.cpp connector_pool_retry_test.cpp
          connector_pool_rules_test.cpp connector_pool_test.cpp connector_pool_tls_test.cpp connector_upstream_wire_test.cpp
  LIBRARIES rms_connector_pool rms_connector_telemetry rms_test_cloud fmt::fmt)

# GCC 12 takes what co_spawn makes of an accident, an empty optional of a variant, for a variant.
set_source_files_properties(connector_tunnel_test.cpp PROPERTIES
  COMPILE_OPTIONS $<$<CXX_COMPILER_ID:GNU>:-Wno-uninitialized>)
rms_test(connector_proxy_test LABELS unit threads
  SOURCES ${PROJECT_SOURCE_DIR}/tests/support/leaks_of_cares.cpp connector_connect_answer_test.cpp connector_pool_proxy_test.cpp connector_tunnel_test.cpp
  LIBRARIES rms_connector_pool rms_connector_telemetry rms_test_cloud fmt::fmt)
