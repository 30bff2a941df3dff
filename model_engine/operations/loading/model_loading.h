// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/loader/model_loader.h"
#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/loading/precision_wish.h"

#include <functional>
#include <set>
#include <vector>

namespace weightroom::engine {

/// What a load is for. ReadAhead: nobody waits for it; it pushes nothing out of the cache, counts as no use, and
/// teaches the prediction nothing. Conversion: what is loaded is brought to another precision; it counts as no use
/// either, and the model stays as long as it was to. Benchmark: it is only timed; it counts as no use, changes no time
/// to stay, and neither predictions nor the monitor learn from it.
enum class LoadPurpose : std::uint8_t { Use, ReadAhead, Conversion, Benchmark };

/// A load as somebody wishes it.
struct LoadWish {
    ModelId model;
    TransferLane* lane = nullptr; ///< of the device; nullptr: into the cache only
    std::set<ComponentId> components{}; ///< empty: all of the model
    Verification verification = Verification::None;
    PrecisionWish precision{}; ///< on the device
    LoadPurpose purpose = LoadPurpose::Use;
    std::optional<KeepAlive> keepAlive{}; ///< on the device; absent: as the model's settings say
};

/// How a load has succeeded after all.
struct LoadRecoveryReport {
    Error failure; ///< of the first attempt
    std::vector<RecoveryStep> steps; ///< what was done then; see operations/loading/load_recovery.h
};

/// A load that was carried out.
struct ModelLoad {
    LoadRequest request;
    LoadOutcome outcome;
    LoadRecord record; ///< what it was predicted to take, and what it took
    std::optional<Clock::Wall> expiresAt{}; ///< when it goes from the device, if nobody uses it before; absent: never
    std::optional<LoadRecoveryReport> recovery{}; ///< absent: the first attempt has succeeded
};

/// Called when all memory is taken and before the first byte moves, with the bytes that will move: read and copied.
/// Once more where a second attempt moves more than the first, with what more it moves.
using OnLoadBegun = std::function<void(Bytes toMove)>;

/// What a load into the cache may end with, for the declarations of operations; and one to a device.
[[nodiscard]] std::vector<ErrorCode> cacheLoadErrors();
[[nodiscard]] std::vector<ErrorCode> deviceLoadErrors();

/// Loads a model and enters it into the tables, or leaves everything as it was. Where something can help after a
/// failure (LoadRecovery) that is done, and the load is tried once more; reading ahead is not. On a job's thread.
/// Errors: Busy, ModelNotFound and those of loadModel(), with model and device, and with what was tried.
[[nodiscard]] Result<ModelLoad> carryOutLoad(
    EngineServices& services, const LoadWish& wish, JobContext& job, const OnLoadBegun& begun);

/// The same for who has claimed the model.
[[nodiscard]] Result<ModelLoad> loadClaimed(
    EngineServices& services, const LoadWish& wish, ModelClaim& claim, JobContext& job, const OnLoadBegun& begun);

} // namespace weightroom::engine
