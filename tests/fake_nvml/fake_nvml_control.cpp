// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fake_nvml/fake_nvml_control.h"

#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>

namespace weightroom::fake_nvml {

const char* libraryPath() { return WEIGHTROOM_FAKE_NVML_LIBRARY; }

Control& fakeNvml()
{
    void* const library = ::dlopen(libraryPath(), RTLD_NOW | RTLD_LOCAL);
    void* const found = library ? ::dlsym(library, "weightroom_fake_nvml") : nullptr;
    if (!found) {
        std::fprintf(stderr, "the fake NVML cannot be opened: %s\n", ::dlerror()); // NOLINT(concurrency-mt-unsafe)
        std::abort();
    }
    return *reinterpret_cast<Control* (*)()>(found)();
}

} // namespace weightroom::fake_nvml
