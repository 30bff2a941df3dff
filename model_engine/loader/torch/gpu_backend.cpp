// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/torch/gpu_backend.h"

#include <dlfcn.h>

namespace weightroom::engine {

const std::string& openGpuBackend()
{
    static const std::string problem = []() -> std::string {
        if (::dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE) != nullptr)
            return {};
        const char* reason = ::dlerror();
        return reason != nullptr ? reason : "libtorch_cuda.so cannot be opened";
    }();
    return problem;
}

} // namespace weightroom::engine
