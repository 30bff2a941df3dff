// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/metadata/known_hashes.h"
#include "model_engine/catalog/model_record.h"
#include "model_engine/catalog/model_settings.h"
#include "model_engine/catalog/scan/scanner.h"
#include "model_engine/core/jobs/jobs.h"
#include "model_engine/core/settings/feature_flags.h"
#include "model_engine/device/device.h"
#include "model_engine/device/device_set.h"
#include "model_engine/loader/plan/component_conversion.h"
#include "model_engine/operations/library/folder_watch.h"
#include "model_engine/operations/memory/memory_watch.h"
#include "model_engine/sharing/lease_table.h"

#include <memory>
#include <vector>

namespace weightroom::engine {

enum class Residency : std::uint8_t { None = 0, Loading, Loaded };

/// Where one component is: in the cache, on devices.
struct ComponentPlacement {
    ComponentKey key;
    Bytes size; ///< without alignment: the bytes of the file
    Bytes exclusive{}; ///< of these, those that no other component has
    bool isOnlyLeased = false; ///< it was unloaded; leases of other programs hold it
};

/// A lease as it is at one moment.
struct LeaseState {
    LeaseGrant grant;
    std::string consumer; ///< "ComfyUI (process 4711)"
    std::vector<ComponentId> components;
    Bytes size;
    LeaseStage stage = LeaseStage::None;
    bool isConverted = false; ///< any of it is in another type than its file has
};

/// The state of one model (D5, O8).
struct ModelState {
    ModelRecordPtr record;
    std::vector<ComponentId> cached; ///< components in the RAM cache
    struct OnDevice {
        DeviceId device;
        Residency residency = Residency::None;
        std::vector<ComponentId> components; ///< loaded there
        Bytes size; ///< bytes of these
        std::optional<Clock::Wall> expiresAt{}; ///< when it goes, if nobody uses it before; absent: never
        std::vector<ComponentConversion> conversions{}; ///< of those components of which anything was converted
    };
    std::vector<OnDevice> devices; ///< only those where it is loading or loaded
    ModelSettingsPtr settings{}; ///< what the user says about it; nullptr: nothing
    ModelHashesPtr hashes{}; ///< that are known, perhaps of an earlier state: see hashesNow(); nullptr: none
    std::vector<ModelId> lookAlikes{}; ///< other models that may be the same: Catalog::lookAlikes()

    /// What it is taken for: what the user says where they say it, else what was detected.
    [[nodiscard]] EffectiveIdentity identity() const { return effectiveIdentity(record->identified, settings.get()); }
    [[nodiscard]] bool isCached() const
    {
        return record && !cached.empty() && cached.size() == record->identified.components.size();
    }
    [[nodiscard]] bool isLoaded() const;
    [[nodiscard]] bool isLoading() const;
};

/// What a load that has not ended yet has taken in one memory.
struct LoadingShare {
    ModelId model;
    Bytes size;
};

/// A device and who holds its bytes. The owners' exclusive bytes + shared + loading + overhead = held; held + free =
/// capacity.
struct DeviceState {
    DeviceDescription description;
    DeviceMemory memory;
    std::vector<ComponentPlacement> owners;
    std::vector<LoadingShare> loading; ///< of loads that have not ended yet
    Bytes overhead; ///< alignment, and slab space that no tensor uses
    Bytes ready; ///< beyond what is held: slabs that the next load finds made; part of what is free
    std::optional<Error> lost;
    Bytes sharedBytes{}; ///< of more than one owner, counted once
    Bytes savedBytes{}; ///< what more would be held if each tensor had a place of its own

    [[nodiscard]] Bytes ownedBytes() const; ///< what the owners hold together: their exclusive bytes and the shared
    [[nodiscard]] Bytes loadingBytes() const;
    [[nodiscard]] Bytes freeBytes() const
    {
        return memory.ours.capacity - std::min(memory.ours.capacity, memory.ours.held);
    }
};

/// The RAM cache and who holds its bytes; capacity is the budget. The owners' exclusive bytes + shared + loading +
/// overhead = held.
struct CacheState {
    ArenaStatistics memory;
    std::vector<ComponentPlacement> owners;
    std::vector<LoadingShare> loading; ///< of loads that have not ended yet
    Bytes overhead;
    Bytes ready; ///< as in DeviceState
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t evictions = 0;
    Bytes sharedBytes{}; ///< of more than one owner, counted once
    Bytes savedBytes{}; ///< what more would be held if each tensor had a place of its own

    [[nodiscard]] Bytes ownedBytes() const; ///< what the owners hold together: their exclusive bytes and the shared
    [[nodiscard]] Bytes loadingBytes() const;
};

/// A model in the trash that this engine can bring back.
struct DeletionState {
    std::uint64_t number = 0; ///< what model.post_model_restore wants
    ModelId model;
    std::string name; ///< bytes, perhaps not UTF-8
};

/// Everything that the window or a status command shows, at one moment. Immutable; a new one replaces it when something
/// changed (the revision grows).
struct EngineSnapshot {
    std::uint64_t revision = 0;
    std::vector<std::filesystem::path> folders; ///< the configured model folders
    std::vector<FolderWatch> folderWatches; ///< how these are watched; in the same order
    std::vector<ModelState> models; ///< sorted by path; unusable ones included
    std::vector<FolderProblem> folderProblems; ///< of the last scan
    std::optional<ScanStatistics> lastScan; ///< absent before the first
    std::optional<Error> catalogProblem; ///< why the catalogue is not kept between runs, or what of it was lost
    std::optional<HashingProgress> hashing; ///< in idle time; absent: nobody does that, or has not looked yet
    std::vector<DeviceState> devices;
    std::vector<UnusableDevice> unusableDevices;
    CacheState cache;
    std::optional<SystemMemoryState> systemMemory; ///< absent: nobody watches it, or has not looked yet
    std::vector<Consumer> consumers; ///< programs that use, or want to use, what is loaded
    std::vector<LeaseState> leases; ///< what they have of it
    std::vector<DeletionState> deletions; ///< the newest is last
    std::vector<FeatureStatus> fallenBack; ///< features that have failed and are not as the user has chosen
};

using EngineSnapshotPtr = std::shared_ptr<const EngineSnapshot>;

/// A lease with the name of its consumer. On the engine thread.
[[nodiscard]] LeaseState stateOf(const Lease& lease, const LeaseTable& table);

/// The state of a model; lives as long as the snapshot. Errors: ModelNotFound.
[[nodiscard]] Result<const ModelState*> findModel(const EngineSnapshot& snapshot, const ModelId& id);

} // namespace weightroom::engine
