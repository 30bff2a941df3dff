// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/dtype.h"
#include "model_engine/core/result.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

namespace weightroom::engine {

/// Memory that LibTorch is to look at, as it lies there; nothing is copied.
struct TorchTensorView {
    std::uint64_t address = 0;
    std::uint64_t elements = 0;
    Dtype dtype = Dtype::Unknown; ///< a plain type that LibTorch has; not the packed ones
    std::int32_t cudaDevice = -1; ///< ordinal of the GPU; -1: memory of the host
};

/// What LibTorch found in a tensor.
struct TorchStatistics {
    std::uint64_t nanCount = 0;
    std::uint64_t infCount = 0;
    double sum = 0; ///< of the finite elements, in double precision
};

/// The C interface of the module: the only symbol that is looked up in it. 0 is success; else `message` holds a text
/// that ends with a NUL.
extern "C" {
using TorchStatisticsFunction = int (*)(
    const TorchTensorView* view, TorchStatistics* statistics, char* message, std::size_t messageSize);
}
inline constexpr const char* kTorchStatisticsSymbol = "weightroom_torch_statistics";

/// LibTorch, opened at run time and only when it is needed: it takes 0.3 s to start, 0.55 s with CUDA, and the engine
/// works without it. Never closed: LibTorch's threads do not survive that. Any thread.
class TorchModule {
public:
    /// Looks beside the program (../lib, ../lib/weightroom) and in $WEIGHTROOM_LIBRARY_DIR. Errors: Unsupported, when
    /// the module is not there or LibTorch cannot be opened, with the reason.
    [[nodiscard]] static Result<TorchModule> open();

    /// Errors: DeviceError, for a type that LibTorch has not, for a GPU that it cannot use, and with its own words.
    [[nodiscard]] Result<TorchStatistics> statistics(const TorchTensorView& view) const;

private:
    explicit TorchModule(TorchStatisticsFunction function)
        : m_statistics(function)
    {
    }
    TorchStatisticsFunction m_statistics;
};

} // namespace weightroom::engine
