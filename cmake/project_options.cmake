# SPDX-License-Identifier: GPL-3.0-or-later
#
# weightroom_options     language level, warnings and definitions of every target
# weightroom_qt_options  the definitions of the targets that use Qt
include_guard(GLOBAL)
include(GNUInstallDirs)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Debug CACHE STRING "Build type" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# Programs look for modules in ../lib, in the build folder as when installed.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")

# The base folder makes clones in different folders share what ccache holds.
find_program(WEIGHTROOM_CCACHE ccache)
if(WEIGHTROOM_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER
        "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1 "${WEIGHTROOM_CCACHE}")
endif()

add_library(weightroom_options INTERFACE)
target_include_directories(weightroom_options INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_features(weightroom_options INTERFACE cxx_std_20)
target_compile_options(weightroom_options INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wold-style-cast -Wnon-virtual-dtor
    $<$<BOOL:${WEIGHTROOM_WARNINGS_AS_ERRORS}>:-Werror>
    # Paths in messages and debug information start at the project's folder.
    "-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=")
target_compile_definitions(weightroom_options INTERFACE
    _FILE_OFFSET_BITS=64
    $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
target_link_options(weightroom_options INTERFACE -Wl,--as-needed)

if(WEIGHTROOM_COVERAGE)
    target_compile_options(weightroom_options INTERFACE --coverage -fprofile-update=atomic)
    target_link_options(weightroom_options INTERFACE --coverage)
endif()

if(WEIGHTROOM_CLANG_TIDY)
    find_program(WEIGHTROOM_CLANG_TIDY_PROGRAM NAMES clang-tidy-14 clang-tidy REQUIRED)
    set(CMAKE_CXX_CLANG_TIDY "${WEIGHTROOM_CLANG_TIDY_PROGRAM};--quiet"
        "$<$<BOOL:${WEIGHTROOM_WARNINGS_AS_ERRORS}>:--warnings-as-errors=*>")
endif()

add_library(weightroom_qt_options INTERFACE)
target_compile_definitions(weightroom_qt_options INTERFACE
    QT_NO_KEYWORDS
    QT_NO_CAST_FROM_ASCII
    QT_NO_CAST_TO_ASCII
    QT_NO_FOREACH
    QT_NO_NARROWING_CONVERSIONS_IN_CONNECT
    QT_NO_URL_CAST_FROM_STRING
    QT_USE_QSTRINGBUILDER
    QT_DISABLE_DEPRECATED_BEFORE=0x060400)
