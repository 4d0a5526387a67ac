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
  # GCC 12 reports these inside the standard library and Asio at -O2 (GCC bugs 105651, 105562).
  target_compile_options(rms_build INTERFACE -Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overread)
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

# rms_room(NAME [SOURCES ...] [PUBLIC ...] [PRIVATE ...])
# PUBLIC: what the room's headers need. PRIVATE: what only its sources need.
function(rms_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${ROOM_SOURCES})
  target_link_libraries(${name} PUBLIC rms_build ${ROOM_PUBLIC} PRIVATE ${ROOM_PRIVATE})
endfunction()

# rms_program(NAME SOURCES ... LIBRARIES ...)
function(rms_program name)
  cmake_parse_arguments(PROGRAM "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${PROGRAM_SOURCES})
  target_link_libraries(${name} PRIVATE rms_build ${PROGRAM_LIBRARIES})
  install(TARGETS ${name} RUNTIME)
endfunction()
