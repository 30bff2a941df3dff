// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/torch_module.h"

#include <array>
#include <cstdlib>
#include <dlfcn.h>
#include <string>
#include <vector>

namespace weightroom::engine {
namespace {

constexpr const char* kFileName = "libweightroom_torch.so";

std::vector<std::filesystem::path> candidates()
{
    std::vector<std::filesystem::path> paths;
    if (const char* folder = std::getenv("WEIGHTROOM_LIBRARY_DIR")) // NOLINT(concurrency-mt-unsafe): nobody writes it
        paths.push_back(std::filesystem::path{folder} / kFileName);
    std::error_code unknown;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", unknown);
    if (!unknown) {
        const auto prefix = program.parent_path().parent_path();
        paths.push_back(prefix / "lib" / kFileName);
        paths.push_back(prefix / "lib" / "weightroom" / kFileName);
    }
    return paths;
}

template <class Answer, class Function, class Request>
Result<Answer> answerOf(Function function, const Request& request)
{
    Answer answer;
    std::array<char, 512> message{};
    const int result = function(&request, &answer, message.data(), message.size());
    if (result == 0)
        return answer;
    const ErrorCode code = result == kTorchOutOfMemory ? ErrorCode::OutOfDeviceMemory : ErrorCode::DeviceError;
    return fail(code, std::string{"LibTorch: "} + message.data());
}

} // namespace

Result<TorchModule> TorchModule::open()
{
    std::string reasons;
    for (const auto& path : candidates()) {
        void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
        if (library) {
            // POSIX promises that a function's address survives the way through void*.
            void* statistics = ::dlsym(library, kTorchStatisticsSymbol);
            void* computeCheck = statistics ? ::dlsym(library, kTorchComputeCheckSymbol) : nullptr;
            if (computeCheck)
                return TorchModule{reinterpret_cast<TorchStatisticsFunction>(statistics),
                    reinterpret_cast<TorchComputeCheckFunction>(computeCheck)};
        }
        const char* reason = ::dlerror();
        reasons.append(reasons.empty() ? "" : "; ").append(reason ? reason : "unknown reason");
    }
    return fail(ErrorCode::Unsupported, "LibTorch could not be opened: " + reasons);
}

Result<TorchStatistics> TorchModule::statistics(const TorchTensorView& view) const
{
    return answerOf<TorchStatistics>(m_statistics, view);
}

Result<TorchComputed> TorchModule::computeCheck(const TorchComputation& computation) const
{
    return answerOf<TorchComputed>(m_computeCheck, computation);
}

} // namespace weightroom::engine
