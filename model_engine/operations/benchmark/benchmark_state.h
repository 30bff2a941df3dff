// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/benchmark/benchmark_settings.h"
#include "model_engine/operations/loading/model_loading.h"

#include <optional>
#include <set>
#include <stop_token>
#include <utility>
#include <vector>

namespace weightroom::engine {

/// What of a model lies on a device and in the RAM cache, as something to come back to: a benchmark takes it away.
struct PlaceInMemory {
    struct Loaded {
        PrecisionRequest precision = kAsStored;
        std::set<ComponentId> components;
    };
    std::vector<Loaded> loaded; ///< by precision
    std::optional<Clock::Steady> expiry; ///< when it goes from the device; absent: never
    std::set<ComponentId> cached;
};

/// `lane`: of the device; nullptr: the cache only. On a job's thread. Errors: LeaseHeld, while another program uses
/// any of it on the device.
[[nodiscard]] Result<PlaceInMemory> placeInMemory(EngineServices& services, const ModelId& model, TransferLane* lane);

/// Takes the model off the device and out of the cache. Does nothing where it is not there. For who has claimed it, on
/// a job's thread, which gives the memory back. Errors: LeaseHeld; those of unloadClaimed().
[[nodiscard]] Result<> takeOffDevice(EngineServices& services, const ModelId& model, TransferLane& lane);
void takeOutOfCache(EngineServices& services, const ModelId& model);

/// Each file of the model into the page cache, or out of it: to where a load of this temperature finds it. Errors:
/// Cancelled; those of makeCold() and makeWarm().
[[nodiscard]] Result<> bringFilesToTemperature(
    const ModelRecord& model, BenchmarkTemperature temperature, const std::stop_token& stop);

/// What of a model lies on a device, kept alive; empty: nothing does.
[[nodiscard]] std::vector<LoadedComponentPtr> loadedComponents(
    EngineServices& services, const DeviceId& device, const ModelId& model);

/// Brings all of it back, and nothing else of the model. Cannot be cancelled: it is a part of the rollback. Errors:
/// those of loadClaimed() and takeOffDevice().
[[nodiscard]] Result<> restorePlace(
    EngineServices& services, const PlaceInMemory& place, TransferLane* lane, const ModelId& model, ModelClaim& claim);

} // namespace weightroom::engine
