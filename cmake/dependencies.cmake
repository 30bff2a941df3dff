# SPDX-License-Identifier: GPL-3.0-or-later
#
# Everything from the distribution: installer/dependencies/debian.txt names the packages.
include_guard(GLOBAL)

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(tl-expected CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(simdjson CONFIG REQUIRED)
pkg_check_modules(yaml_cpp REQUIRED IMPORTED_TARGET yaml-cpp)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(sqlite3 REQUIRED IMPORTED_TARGET sqlite3>=3.37)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)
find_package(ZLIB REQUIRED)
find_package(Boost 1.74 REQUIRED) # Asio and Beast, which are headers

if(WEIGHTROOM_WITH_GUI)
    set(components Core DBus Gui Widgets Charts Network Svg LinguistTools)
    if(WEIGHTROOM_BUILD_TESTS)
        list(APPEND components Test)
    endif()
    find_package(Qt6 6.4 REQUIRED COMPONENTS ${components})
    set(CMAKE_AUTOMOC ON)
    set(CMAKE_AUTOMOC_MOC_OPTIONS --include "${CMAKE_SOURCE_DIR}/cmake/moc_prelude.h")
    set(CMAKE_AUTORCC ON)
endif()
