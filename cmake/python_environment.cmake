# SPDX-License-Identifier: GPL-3.0-or-later
#
# WEIGHTROOM_SITE_PACKAGES: the folder that holds torch/ and nvidia/, or empty.
include_guard(GLOBAL)

set(WEIGHTROOM_SITE_PACKAGES "")
set(root "${WEIGHTROOM_TORCH_ROOT}")
if(NOT root)
    # installer/setup.sh alone knows where it puts the environment.
    execute_process(COMMAND bash "${CMAKE_SOURCE_DIR}/installer/setup.sh" --print-torch-root
        OUTPUT_VARIABLE root OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
# A virtual environment, a folder of packages, or the torch package itself
file(GLOB candidates LIST_DIRECTORIES true
    "${root}" "${root}/lib/python3*/site-packages" "${root}/lib/python3*/dist-packages" "${root}/..")
foreach(candidate IN LISTS candidates)
    if(EXISTS "${candidate}/torch/include" OR EXISTS "${candidate}/nvidia/cu13/include")
        cmake_path(NORMAL_PATH candidate)
        set(WEIGHTROOM_SITE_PACKAGES "${candidate}")
        break()
    endif()
endforeach()
