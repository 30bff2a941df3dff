# SPDX-License-Identifier: GPL-3.0-or-later
#
# The ctest "layering": includes may only point to the left in the order of the data's way.
include_guard(GLOBAL)

find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME layering
    COMMAND "${Python3_EXECUTABLE}" "${CMAKE_SOURCE_DIR}/tests/layering/check_layering.py" "${CMAKE_SOURCE_DIR}")
add_test(NAME layering_checker
    COMMAND "${Python3_EXECUTABLE}" -B "${CMAKE_SOURCE_DIR}/tests/layering/test_check_layering.py")
set_tests_properties(layering layering_checker PROPERTIES LABELS unit TIMEOUT 60)
