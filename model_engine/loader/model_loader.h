// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/cache/cache_memory.h"
#include "model_engine/cache/ram_cache.h"
#include "model_engine/cache/reader_pool.h"
#include "model_engine/core/clock.h"
#include "model_engine/core/jobs/jobs.h"
#include "model_engine/loader/contents/known_contents.h"
#include "model_engine/loader/plan/load_plan.h"
#include "model_engine/loader/residency_table.h"
#include "model_engine/loader/staged_component.h"
#include "model_engine/loader/transfer_lane.h"

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <vector>

namespace weightroom::engine {

enum class Verification : std::uint8_t { None = 0, ReadBack };

/// What to load, and where to.
struct LoadRequest {
    ModelRecordPtr model;
    std::set<ComponentId> wanted{}; ///< empty: all components
    PresentComponents present{}; ///< loaded on the device already
    PrecisionRequest precision = kAsStored; ///< on the device; the cache has everything as it is stored
    TransferLane* lane = nullptr; ///< of the device; nullptr: into the cache only
    Verification verification = Verification::None;
    ContentSharing sharing = ContentSharing::EqualContents;
};

/// What a load has taken for its tensors, alignment and what was there already aside.
struct TakenMemory {
    Bytes onDevice;
    Bytes inCache;
};

/// What a load works with. The functions reach tables, which live on the engine thread.
struct LoadEnvironment {
    ReaderPool& readers;
    CacheMemory& cacheMemory;
    const Clock& clock;
    std::function<CachedComponentPtr(const ComponentKey&, const ContentIdentity&)> findCached;
    /// What is known of the contents of a file in this state.
    std::function<KnownContents::OfFile(const InputFile&)> knownContents;
    /// Takes least recently used components out of the cache and says how many bytes that gave back; 0 when nothing
    /// more can be given back.
    std::function<Bytes(Bytes wanted)> makeRoomInCache;
    /// Called once, when the plan is made and nothing is taken yet.
    std::function<void(const LoadPlan&, std::span<const InputFile>)> planned{};
    /// Called once, when all memory is taken and before the first byte moves.
    std::function<void(const TakenMemory&)> memoryTaken;
    HashFold fold = keptHash;
};

/// Where the time of a load went (C2). Reading and copying overlap, so they may add up to more than the total.
struct LoadTimes {
    using Seconds = std::chrono::duration<double>;
    Seconds planning{}; ///< header, plan
    Seconds allocating{}; ///< memory on the device and in the cache
    Seconds reading{}; ///< disk to cache
    Seconds copying{}; ///< in which the device's transfer thread was busy, conversions included
    Seconds converting{}; ///< in which elements were brought to another type, beside the copies
    Seconds verifying{};
    Seconds sharing{}; ///< looking for equal contents and giving places back, beside the reading and copying
    Seconds total{};
};

/// What the tensors of a file turned out to have.
struct LearnedContents {
    std::filesystem::path path;
    KnownContents::OfFile contents;
};

/// What a load has staged. It owns all of it: until the caller enters it into the tables nothing of it is visible, and
/// dropping it is the rollback (C1).
struct LoadOutcome {
    std::vector<LoadedComponentPtr> loaded;
    std::vector<CachedComponentPtr> cached; ///< in the order of `loaded`; those that were cached before included
    std::set<ComponentId> fromCache; ///< those that were cached before
    std::set<ComponentId> present; ///< that were wanted and on the device already
    std::vector<ComponentConversion> conversions; ///< in the order of `loaded`; of those in which any tensor was
    LoadTimes times;
    ReadStatistics readStatistics;
    std::map<FileIdentity, LearnedContents> learned; ///< about the contents of the model's files
    Bytes bytesRead;
    Bytes bytesCopied; ///< as they arrived on the device
    Bytes savedInCache; ///< of tensors that needed no place of their own, because an equal one was there
    Bytes savedOnDevice;
    Bytes evicted; ///< taken out of the cache to make room (E3)
};

/// The cache-to-device workflow (C1): plan, reserve everything, read what is not cached, copy and convert while the
/// disk reads on, verify on request. Tensors whose bytes are in the cache or on the device already, of whatever model,
/// take no second place: those that are known before are neither read nor copied, those that are found equal when they
/// have been read give their place back (M1). Blocks its caller, a job's thread. Progress in bytes: those to read and
/// those to copy; who calls says how many these are when memoryTaken() is called. Errors: those of opening and reading
/// the file, of the plan, of both memories (with required and available bytes) and of the device; Cancelled. After any
/// of them nothing is left: no byte on the device or in the cache, no descriptor.
[[nodiscard]] Result<LoadOutcome> loadModel(
    const LoadRequest& request, const LoadEnvironment& environment, JobContext& job);

} // namespace weightroom::engine
