// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/cache/ram_cache.h"
#include "model_engine/cache/usage/usage_log.h"
#include "model_engine/cache/usage/use_predictor.h"
#include "model_engine/catalog/catalog.h"
#include "model_engine/catalog/metadata/known_hashes.h"
#include "model_engine/catalog/model_settings.h"
#include "model_engine/catalog/scan/scanner.h"
#include "model_engine/catalog/trash/trash.h"
#include "model_engine/core/settings/settings.h"
#include "model_engine/loader/contents/known_content_store.h"
#include "model_engine/loader/load_records.h"
#include "model_engine/loader/plan/load_forecast.h"
#include "model_engine/loader/residency_table.h"
#include "model_engine/operations/memory/memory_watch.h"
#include "model_engine/sharing/lease_table.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace weightroom::engine {

/// A device's memory as its driver reports it, other processes included; what is not known is absent.
struct DriverMemory {
    std::optional<Bytes> total;
    std::optional<Bytes> free;
};

/// A model whose files lie in the trash, and what brings it back.
struct Deletion {
    std::uint64_t number = 0; ///< from 1
    ModelRecordPtr record;
    std::vector<TrashedFile> files;
};

/// When a directory was scanned, and with which options: the same question again may need no scan (D6).
struct FreshScan {
    Clock::Steady scannedAt{};
    std::uint64_t changes = 0; ///< WatchState::changes before the scan
    std::vector<std::string> extensions;
    bool includeSubdirectories = true;
    std::uint32_t maximumDepth = 0;
};

/// The tables of the engine. They live on the engine thread, which alone reads and writes them: no locks.
struct EngineTables {
    EngineTables(Settings chosen, const Clock& clock)
        : settings(std::move(chosen))
        , cache(clock)
        , startedAt(clock.wallTime())
    {
    }

    Settings settings;
    Catalog catalog;
    RamCache cache;
    UsageLog usage;
    UsePredictor predictor; ///< has learned from all that stands in `usage`
    Clock::Wall startedAt{}; ///< the run's mark in `usage`
    bool isKeepingUsage = false; ///< a job's thread writes uses into their file
    ResidencyTable residency;
    LeaseTable leases; ///< what other programs have of that, or have had loaded before it was unloaded
    KnownContents knownContents; ///< of files that this run has read; those of earlier runs: see contentsOf()
    std::map<std::filesystem::path, KnownFile> unkeptContents; ///< what of that is to be kept; see keepContents()
    LoadRates loadRates; ///< of this run
    LoadRecords loadRecords; ///< likewise
    std::set<ModelId> busy; ///< models that a job is at work on
    std::set<std::pair<DeviceId, ModelId>>
        expiring; ///< a job is on its way to unload what nobody has used for too long
    std::map<std::pair<DeviceId, ModelId>, Bytes> loading; ///< with the bytes taken on the device so far
    std::map<ModelId, Bytes> caching; ///< the bytes that running loads have taken in the cache
    /// What the drivers said last; asked on the threads of jobs, because a driver may hang.
    std::map<DeviceId, DriverMemory> driverMemory;
    std::vector<FolderProblem> folderProblems; ///< of the last scan
    std::optional<ScanStatistics> lastScan;
    std::optional<SystemMemoryState> systemMemory; ///< absent: nobody watches it, or has not looked yet
    /// The configured folders that are watched, as normalFolder() spells them.
    std::map<std::filesystem::path, std::filesystem::path> spelledFolders;
    /// Of the last scan of each directory, in this run or before; spelled as normalFolder() does.
    std::map<std::filesystem::path, DirectoryScan> scans;
    std::map<std::filesystem::path, FreshScan> freshScans; ///< of this run, of whole directories
    std::optional<Error> catalogProblem; ///< why the catalogue is not kept, or what of it was lost
    std::map<ModelId, ModelSettingsPtr> modelSettings; ///< of models for which the user has said anything
    std::map<ModelId, ModelHashesPtr> hashes; ///< perhaps of an earlier state of the files: see hashesNow()
    std::optional<HashingProgress> hashing; ///< absent: nobody takes hashes in idle time, or has not looked yet
    std::set<ModelId> settingsOfLaterVersion; ///< models whose settings this version cannot read, and leaves alone
    bool areModelSettingsLoaded = false; ///< false: what was kept is not known yet, or could not be read
    std::deque<Deletion> deletions; ///< that can be undone; the newest is last
    std::uint64_t lastDeletion = 0;
    std::uint64_t revision = 0;

    /// Whether anything of the model is cached, loaded or leased.
    [[nodiscard]] bool isInMemory(const ModelId& model) const
    {
        return cache.containsModel(model) || !residency.devicesOf(model).empty() || leases.isLeased(model);
    }
};

} // namespace weightroom::engine
