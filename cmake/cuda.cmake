# SPDX-License-Identifier: GPL-3.0-or-later
#
# weightroom::cuda_headers: cuda.h and nvml.h. The libraries behind them are opened at run time, never linked.
include_guard(GLOBAL)
include(python_environment)

# Look again when the environment that the cached folders were in has been replaced.
foreach(header IN ITEMS CUDA NVML)
    string(TOLOWER "${header}.h" file)
    if(WEIGHTROOM_${header}_INCLUDE_DIR AND NOT EXISTS "${WEIGHTROOM_${header}_INCLUDE_DIR}/${file}")
        unset(WEIGHTROOM_${header}_INCLUDE_DIR CACHE)
    endif()
endforeach()
find_path(WEIGHTROOM_CUDA_INCLUDE_DIR NAMES cuda.h
    HINTS "${WEIGHTROOM_SITE_PACKAGES}/nvidia/cu13/include"
    PATHS "$ENV{CUDA_HOME}/include" /usr/local/cuda/include
    DOC "Folder of cuda.h" NO_DEFAULT_PATH)
find_path(WEIGHTROOM_NVML_INCLUDE_DIR NAMES nvml.h
    HINTS "${WEIGHTROOM_SITE_PACKAGES}/nvidia/cu13/include" "${WEIGHTROOM_CUDA_INCLUDE_DIR}"
    PATHS "$ENV{CUDA_HOME}/include" /usr/local/cuda/include
    DOC "Folder of nvml.h" NO_DEFAULT_PATH)
if(NOT WEIGHTROOM_CUDA_INCLUDE_DIR OR NOT WEIGHTROOM_NVML_INCLUDE_DIR)
    message(FATAL_ERROR "cuda.h and nvml.h were not found. Run installer/setup.sh, which installs them, "
        "or name the folders: -DWEIGHTROOM_CUDA_INCLUDE_DIR=... -DWEIGHTROOM_NVML_INCLUDE_DIR=...")
endif()

add_library(weightroom_cuda_headers INTERFACE)
target_include_directories(weightroom_cuda_headers SYSTEM INTERFACE
    "${WEIGHTROOM_CUDA_INCLUDE_DIR}" "${WEIGHTROOM_NVML_INCLUDE_DIR}")
target_link_libraries(weightroom_cuda_headers INTERFACE ${CMAKE_DL_LIBS})
add_library(weightroom::cuda_headers ALIAS weightroom_cuda_headers)
