# SPDX-License-Identifier: GPL-3.0-or-later
#
# weightroom::torch: LibTorch as a Python package brings it. Its own find_package(Torch) is not used: it looks for
# a complete CUDA installation and mixes that one's libraries with the package's.
include_guard(GLOBAL)
include(python_environment)

set(torch "${WEIGHTROOM_SITE_PACKAGES}/torch")
if(NOT WEIGHTROOM_SITE_PACKAGES OR NOT EXISTS "${torch}/lib/libtorch_cpu.so")
    message(FATAL_ERROR "LibTorch was not found. Run installer/setup.sh, which installs it, name a Python environment "
        "that has torch 2.11 with -DWEIGHTROOM_TORCH_ROOT=..., or do without: -DWEIGHTROOM_WITH_TORCH=OFF")
endif()
if(WEIGHTROOM_CUDART AND NOT EXISTS "${WEIGHTROOM_CUDART}")
    unset(WEIGHTROOM_CUDART CACHE)
endif()
find_file(WEIGHTROOM_CUDART NAMES libcudart.so.13
    HINTS "${WEIGHTROOM_SITE_PACKAGES}/nvidia/cu13/lib"
    PATHS "$ENV{CUDA_HOME}/lib64" /usr/local/cuda/lib64
    DOC "CUDA runtime library that LibTorch was built with" NO_DEFAULT_PATH REQUIRED)

add_library(weightroom_torch_libraries INTERFACE)
target_include_directories(weightroom_torch_libraries SYSTEM INTERFACE
    "${torch}/include" "${torch}/include/torch/csrc/api/include")
foreach(library IN ITEMS torch_cuda c10_cuda torch_cpu c10)
    if(NOT EXISTS "${torch}/lib/lib${library}.so")
        continue() # a CPU-only torch
    endif()
    add_library(weightroom_torch_${library} SHARED IMPORTED)
    set_target_properties(weightroom_torch_${library} PROPERTIES
        IMPORTED_LOCATION "${torch}/lib/lib${library}.so")
    target_link_libraries(weightroom_torch_libraries INTERFACE weightroom_torch_${library})
endforeach()
add_library(weightroom_cudart SHARED IMPORTED)
set_target_properties(weightroom_cudart PROPERTIES IMPORTED_LOCATION "${WEIGHTROOM_CUDART}")
target_link_libraries(weightroom_torch_libraries INTERFACE weightroom_cudart weightroom::cuda_headers)
# The CUDA libraries behind LibTorch are found through its own run path when the module is opened.
target_link_options(weightroom_torch_libraries INTERFACE -Wl,--allow-shlib-undefined)
add_library(weightroom::torch ALIAS weightroom_torch_libraries)
