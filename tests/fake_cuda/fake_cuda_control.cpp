// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fake_cuda/fake_cuda_control.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>

namespace weightroom::fake_cuda {

const char* libraryPath() { return WEIGHTROOM_FAKE_CUDA_LIBRARY; }

Control& fakeCuda()
{
    static Control* const control = [] {
        void* library = ::dlopen(libraryPath(), RTLD_NOW | RTLD_LOCAL);
        void* function = library ? ::dlsym(library, "fake_cuda_control") : nullptr;
        if (!function) {
            std::fprintf(stderr, "the fake CUDA driver cannot be used: %s\n", ::dlerror());
            std::abort();
        }
        return reinterpret_cast<Control* (*)()>(function)();
    }();
    return *control;
}

} // namespace weightroom::fake_cuda
