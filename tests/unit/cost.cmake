# SPDX-License-Identifier: Apache-2.0
# What hostile input costs. The readers are compiled once more here, with a call at the start of each basic block: so
# work can be counted instead of timed.
function(rms_count_work target)
  foreach(room ${ARGN})
    get_target_property(folder ${room} SOURCE_DIR)
    get_target_property(sources ${room} SOURCES)
    list(TRANSFORM sources PREPEND ${folder}/)
    list(APPEND all ${sources})
  endforeach()
  add_library(${target} STATIC EXCLUDE_FROM_ALL ${all})
  target_compile_options(${target} PRIVATE -fsanitize-coverage=trace-pc)
endfunction()

rms_count_work(rms_counted rms_xml rms_xrml rms_soap)
target_link_libraries(rms_counted PUBLIC rms_base PRIVATE EXPAT::EXPAT OpenSSL::Crypto fmt::fmt)

rms_count_work(rms_counted_listener rms_connector_listener)
target_compile_definitions(rms_counted_listener PRIVATE BOOST_BEAST_SEPARATE_COMPILATION)
target_link_libraries(rms_counted_listener
  PUBLIC rms_base rms_net rms_connector_authenticator PRIVATE rms_connector_telemetry fmt::fmt)

add_library(rms_cost OBJECT ${CMAKE_SOURCE_DIR}/tests/support/cost.cpp)
target_include_directories(rms_cost PRIVATE ${CMAKE_SOURCE_DIR}/tests)
target_compile_options(rms_cost PRIVATE
  -O2 -fno-builtin $<$<CXX_COMPILER_ID:GNU>:-fno-tree-loop-distribute-patterns>)
target_link_libraries(rms_cost PUBLIC rms_build)

rms_test(cost_test LABELS unit
  SOURCES cost_soap_test.cpp cost_xml_test.cpp cost_xrml_test.cpp
  LIBRARIES rms_counted rms_cost)
rms_test(cost_http_test LABELS unit
  SOURCES cost_http_test.cpp
  LIBRARIES rms_counted_listener rms_cost)
rms_test(cost_pfile_test LABELS unit
  SOURCES cost_pfile_test.cpp
  LIBRARIES rms_client rms_xrml rms_cost)
