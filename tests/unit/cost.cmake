# SPDX-License-Identifier: Apache-2.0
# What hostile input costs. The readers are compiled once more here, with a call at the start of each basic block: so
# work can be counted instead of timed.
set(counted_sources)
foreach(room rms_xml rms_xrml rms_soap)
  get_target_property(folder ${room} SOURCE_DIR)
  get_target_property(sources ${room} SOURCES)
  list(TRANSFORM sources PREPEND ${folder}/)
  list(APPEND counted_sources ${sources})
endforeach()
add_library(rms_counted STATIC EXCLUDE_FROM_ALL ${counted_sources})
target_compile_options(rms_counted PRIVATE -fsanitize-coverage=trace-pc)
target_link_libraries(rms_counted
  PUBLIC rms_base PRIVATE EXPAT::EXPAT OpenSSL::Crypto fmt::fmt)

add_library(rms_cost OBJECT ${CMAKE_SOURCE_DIR}/tests/support/cost.cpp)
target_include_directories(rms_cost PRIVATE ${CMAKE_SOURCE_DIR}/tests)
target_compile_options(rms_cost PRIVATE
  -O2 -fno-builtin $<$<CXX_COMPILER_ID:GNU>:-fno-tree-loop-distribute-patterns>)
target_link_libraries(rms_cost PUBLIC rms_build)

rms_test(cost_test LABELS unit
  SOURCES cost_soap_test.cpp cost_xml_test.cpp cost_xrml_test.cpp
  LIBRARIES rms_counted rms_cost)
