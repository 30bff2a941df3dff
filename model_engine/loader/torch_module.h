// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/dtype.h"
#include "model_engine/core/result.h"

#include <array>
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

/// A calculation with weights, in their own shape: x·Wᵀ with a matrix [out, in], a convolution without padding with
/// [out, in, height, width].
struct TorchComputation {
    TorchTensorView weights; ///< where they lie; elements in the order of the shape
    TorchTensorView stored; ///< the same weights as their file has them, in memory of the host; perhaps of another type
    std::array<std::uint64_t, 4> shape{}; ///< `rank` dimensions, none of them 0
    std::uint32_t rank = 0; ///< 2 or 4
};

/// What came of it.
struct TorchComputed {
    double seconds = 0; ///< that one calculation took: the best of several, once all is warm
    double operations = 0; ///< floating-point operations of one
    /// The largest difference from the same calculation on the host in double precision, with what is stored, over what
    /// rounding explains: at most 1 where all is well. Finite also where the result is not.
    double deviation = 0;
};

/// The C interface of the module: the only symbols that are looked up in it. 0 is success, kTorchOutOfMemory that the
/// GPU has no memory left for a calculation; else, and then, `message` holds a text that ends with a NUL.
extern "C" {
using TorchStatisticsFunction = int (*)(
    const TorchTensorView* view, TorchStatistics* statistics, char* message, std::size_t messageSize);
using TorchComputeCheckFunction = int (*)(
    const TorchComputation* computation, TorchComputed* computed, char* message, std::size_t messageSize);
}
inline constexpr int kTorchOutOfMemory = 2;
inline constexpr const char* kTorchStatisticsSymbol = "weightroom_torch_statistics";
inline constexpr const char* kTorchComputeCheckSymbol = "weightroom_torch_compute_check";

/// LibTorch, opened at run time and only when it is needed: it takes 0.3 s to start, 0.55 s with CUDA, and the engine
/// works without it. Never closed: LibTorch's threads do not survive that. Any thread.
class TorchModule {
public:
    /// Looks beside the program (../lib, ../lib/weightroom) and in $WEIGHTROOM_LIBRARY_DIR. Errors: Unsupported, when
    /// the module is not there or LibTorch cannot be opened, with the reason.
    [[nodiscard]] static Result<TorchModule> open();

    /// Errors: DeviceError, for a type that LibTorch has not, for a GPU that it cannot use, and with its own words.
    [[nodiscard]] Result<TorchStatistics> statistics(const TorchTensorView& view) const;
    /// Calculates where the weights lie, for about 0.1 s after a first time, and checks a part of the result. In fp16,
    /// bf16, fp32 and fp64 as they are; fp8, which LibTorch multiplies nothing in, is brought to bf16 first, beside the
    /// time that is measured. A GPU takes as much as models do: 1024 rows, a picture of 64 × 64; the host less of it.
    /// Takes memory of its own where the weights lie, and gives it back but for what LibTorch's libraries work in (some
    /// 32 MiB of a GPU). Errors: as statistics(); OutOfDeviceMemory; DeviceError also for a shape that nothing is
    /// calculated with.
    [[nodiscard]] Result<TorchComputed> computeCheck(const TorchComputation& computation) const;

private:
    TorchModule(TorchStatisticsFunction ofStatistics, TorchComputeCheckFunction ofComputeCheck)
        : m_statistics(ofStatistics)
        , m_computeCheck(ofComputeCheck)
    {
    }
    TorchStatisticsFunction m_statistics;
    TorchComputeCheckFunction m_computeCheck;
};

} // namespace weightroom::engine
