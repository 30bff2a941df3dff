// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace weightroom::engine {

class GpuReader;

/// How much memory of one GPU is free, as NVML says it: CUDA says it only who has a context there, which takes some of
/// it. Thread-safe.
class FreeGpuMemory {
public:
    /// `library` is NVML's, `uuid` the GPU's ("GPU-…", "MIG-…"). Opens nothing yet.
    FreeGpuMemory(std::string library, std::string uuid);
    ~FreeGpuMemory();
    FreeGpuMemory(const FreeGpuMemory&) = delete;
    FreeGpuMemory& operator=(const FreeGpuMemory&) = delete;

    /// Opens NVML with its first call. Absent: there is no NVML, or it does not know the GPU, or says nothing of its
    /// memory (because it has none of its own, or is lost).
    [[nodiscard]] std::optional<Bytes> read();

private:
    void open();

    const std::string m_library;
    const std::string m_uuid;
    std::once_flag m_opening;
    std::unique_ptr<const GpuReader> m_reader; ///< nullptr: NVML cannot say it
};

} // namespace weightroom::engine
