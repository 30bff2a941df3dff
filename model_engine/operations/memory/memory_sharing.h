// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/memory/contents/weights_sharing.h"
#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

#include <vector>

namespace weightroom::engine {

/// The memories that an operation works on.
struct MemoryChoice {
    bool isWithCache = false;
    std::vector<TransferLane*> lanes; ///< of the devices
};

/// The device that the field "device_id" names; without it the cache and all devices, but for lost ones, which hold
/// nothing that could be read. Errors: DeviceNotFound.
[[nodiscard]] Result<MemoryChoice> chosenMemories(const EngineServices& services, const Arguments& arguments);

/// What merging the equal contents of one memory gave.
struct MergedMemory {
    std::uint64_t tensors = 0; ///< that share their bytes now
    Bytes freed; ///< of contents
    SharingSum before;
    SharingSum after;
};

/// What merging has to hash. On a job's thread.
[[nodiscard]] Bytes bytesToCompare(EngineServices& services, const MemoryChoice& memories);
/// Merges what was loaded without sharing; progress in bytes that were hashed. Errors: Cancelled, and the device's.
[[nodiscard]] Result<MergedMemory> mergeInCache(EngineServices& services, JobContext& job);
[[nodiscard]] Result<MergedMemory> mergeOnDevice(EngineServices& services, TransferLane& lane, JobContext& job);

} // namespace weightroom::engine
