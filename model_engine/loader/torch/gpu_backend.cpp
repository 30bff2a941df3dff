// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/torch/gpu_backend.h"

#include <ATen/Context.h>

#include <dlfcn.h>
#include <filesystem>

namespace weightroom::engine {
namespace {

/// It lies beside the library that is open already. The name alone would be looked up in the run path of whoever calls
/// dlopen(), which is a sanitizer where one stands in between.
std::filesystem::path libraryBesideLibTorch()
{
    const std::filesystem::path name = "libtorch_cuda.so";
    Dl_info torch{};
    const bool isKnown = ::dladdr(reinterpret_cast<const void*>(&at::globalContext), &torch) != 0;
    return isKnown && torch.dli_fname != nullptr ? std::filesystem::path{torch.dli_fname}.parent_path() / name : name;
}

} // namespace

const std::string& openGpuBackend()
{
    static const std::string problem = []() -> std::string {
        if (::dlopen(libraryBesideLibTorch().c_str(), RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE) != nullptr)
            return {};
        const char* reason = ::dlerror();
        return reason != nullptr ? reason : "libtorch_cuda.so cannot be opened";
    }();
    return problem;
}

} // namespace weightroom::engine
