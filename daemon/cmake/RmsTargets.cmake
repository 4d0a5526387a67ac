# SPDX-License-Identifier: Apache-2.0
# The three kinds of target this tree has: a room (library), a program, and a test.
# Nothing global: warnings and sanitizers travel by the interface target rms_build.

add_library(rms_build INTERFACE)
target_compile_features(rms_build INTERFACE cxx_std_20)
target_include_directories(rms_build INTERFACE ${CMAKE_SOURCE_DIR}/daemon)
target_compile_options(rms_build INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
                                           -Wunused -Wformat=2)
if(RMS_WERROR)
  target_compile_options(rms_build INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports these inside the standard library and Asio (GCC bugs 105651, 105562).
  target_compile_options(rms_build INTERFACE -Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overread -Wno-array-bounds)
endif()
if(RMS_SANITIZE)
  target_compile_options(rms_build INTERFACE -fsanitize=${RMS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(rms_build INTERFACE -fsanitize=${RMS_SANITIZE})
  if(RMS_SANITIZE MATCHES undefined)
    # This check opens a pipe to look whether memory can be read, and reports a bad object where no descriptor is left:
    # in the tests of that very case.
    target_compile_options(rms_build INTERFACE -fno-sanitize=vptr)
  endif()
endif()

# Asio is compiled once, in net/asio_impl.cpp, instead of in every file that includes it.
target_compile_definitions(rms_build INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
# GCC 12 takes the class-specific operator delete of Asio's coroutine frames for the global one (GCC bug 109224).
target_compile_options(rms_build INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>)
# ThreadSanitizer does not know the fences that Asio puts around handlers; the loop's own lock orders them already.
if(RMS_SANITIZE MATCHES thread)
  target_compile_definitions(rms_build INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()

# Precompiled headers (precompiled/*.h): each made once, by a library of nothing else, for all that see as much.
if(RMS_PRECOMPILED)
  # Whoever uses one must be compiled with the macros that it was made with: fmt's are in all of them.
  target_link_libraries(rms_build INTERFACE fmt::fmt)
  # So that ccache can tell one from another.
  target_compile_options(rms_build INTERFACE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>
                                             "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")
endif()

# Whether the headers of `wanted` are seen by what links `libraries`.
function(rms_sees out wanted libraries)
  set(${out} FALSE PARENT_SCOPE)
  set(open ${libraries})
  set(seen)
  while(open)
    list(POP_FRONT open library)
    if(library STREQUAL wanted)
      set(${out} TRUE PARENT_SCOPE)
      return()
    endif()
    if(library IN_LIST seen OR NOT TARGET ${library})
      continue()
    endif()
    list(APPEND seen ${library})
    get_target_property(more ${library} INTERFACE_LINK_LIBRARIES)
    if(more)
      list(APPEND open ${more})
    endif()
  endwhile()
endfunction()

# Called when all targets are known.
function(rms_precompile)
  get_property(targets GLOBAL PROPERTY RMS_TARGETS)
  foreach(target ${targets})
    get_target_property(libraries ${target} LINK_LIBRARIES)
    set(kind standard)
    rms_sees(loops rms_net "${target};${libraries}")
    if(loops)
      set(kind loops)
    endif()
    rms_sees(wires rms_proto "${target};${libraries}")
    if(wires)
      set(kind wires)
    endif()
    rms_sees(tests GTest::gtest "${libraries}")
    rms_sees(test_main GTest::gtest_main "${libraries}")
    if(tests OR test_main)
      string(APPEND kind _tests)
    endif()
    set(maker precompiled_${kind})
    if(NOT TARGET ${maker})
      set(nothing ${CMAKE_BINARY_DIR}/${maker}.cpp)
      file(CONFIGURE OUTPUT ${nothing} CONTENT "// Makes a precompiled header.\n")
      add_library(${maker} OBJECT ${nothing})
      target_link_libraries(${maker} PRIVATE rms_build Boost::headers OpenSSL::SSL)
      if(kind MATCHES wires)
        target_link_libraries(${maker} PRIVATE gRPC::grpc++)
      endif()
      if(kind MATCHES tests)
        target_link_libraries(${maker} PRIVATE GTest::gmock GTest::gtest)
      endif()
      target_precompile_headers(${maker} PRIVATE ${CMAKE_SOURCE_DIR}/daemon/cmake/precompiled/${kind}.h)
    endif()
    target_precompile_headers(${target} REUSE_FROM ${maker})
  endforeach()
endfunction()
if(RMS_PRECOMPILED)
  cmake_language(DEFER DIRECTORY ${CMAKE_SOURCE_DIR} CALL rms_precompile)
endif()

# rms_room(NAME [SOURCES ...] [PUBLIC ...] [PRIVATE ...])
# PUBLIC: what the room's headers need. PRIVATE: what only its sources need.
function(rms_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${ROOM_SOURCES})
  target_link_libraries(${name} PUBLIC rms_build ${ROOM_PUBLIC} PRIVATE ${ROOM_PRIVATE})
  set_property(GLOBAL APPEND PROPERTY RMS_TARGETS ${name})
endfunction()

# rms_program(NAME SOURCES ... LIBRARIES ...)
function(rms_program name)
  cmake_parse_arguments(PROGRAM "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${PROGRAM_SOURCES})
  target_link_libraries(${name} PRIVATE rms_build ${PROGRAM_LIBRARIES})
  set_property(GLOBAL APPEND PROPERTY RMS_TARGETS ${name})
  install(TARGETS ${name} RUNTIME)
endfunction()
