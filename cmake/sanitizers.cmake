# SPDX-License-Identifier: GPL-3.0-or-later
#
# WEIGHTROOM_SANITIZERS adds the named sanitizers to every target. WEIGHTROOM_TEST_SANITIZER_ENVIRONMENT holds
# what the tests' environment needs for them.
include_guard(GLOBAL)

set(WEIGHTROOM_TEST_SANITIZER_ENVIRONMENT "")
set(WEIGHTROOM_TEST_TIMEOUT_FACTOR 1)

if(WEIGHTROOM_BUILD_FUZZERS)
    if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
        message(FATAL_ERROR "The fuzzers need Clang: configure with -DCMAKE_CXX_COMPILER=clang++, or use the preset fuzz.")
    endif()
    target_compile_options(weightroom_options INTERFACE -fsanitize=fuzzer-no-link)
    target_link_options(weightroom_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(WEIGHTROOM_SANITIZERS)
    string(REPLACE ";" "," sanitizers "${WEIGHTROOM_SANITIZERS}")
    set(suppressions "${CMAKE_SOURCE_DIR}/tests/sanitizers")
    target_compile_options(weightroom_options INTERFACE
        -fsanitize=${sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(weightroom_options INTERFACE -fsanitize=${sanitizers})

    # protect_shadow_gap=0: the CUDA driver maps memory where AddressSanitizer has its gap.
    set(WEIGHTROOM_TEST_SANITIZER_ENVIRONMENT
        "ASAN_OPTIONS=protect_shadow_gap=0:detect_stack_use_after_return=1:strict_string_checks=1"
        "LSAN_OPTIONS=suppressions=${suppressions}/lsan.supp:print_suppressions=0"
        "UBSAN_OPTIONS=print_stacktrace=1"
        "TSAN_OPTIONS=suppressions=${suppressions}/tsan.supp:second_deadlock_stack=1")
    set(WEIGHTROOM_TEST_TIMEOUT_FACTOR 4)
endif()
