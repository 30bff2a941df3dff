// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/cache/cache_memory.h"
#include "model_engine/cache/reader_pool.h"
#include "model_engine/catalog/store/catalog_store.h"
#include "model_engine/catalog/watcher/folder_watcher.h"
#include "model_engine/core/clock.h"
#include "model_engine/core/jobs/jobs.h"
#include "model_engine/core/jobs/serial_executor.h"
#include "model_engine/core/settings/feature_flags.h"
#include "model_engine/core/system/log.h"
#include "model_engine/device/device_set.h"
#include "model_engine/loader/transfer_lane.h"
#include "model_engine/operations/engine_tables.h"
#include "model_engine/operations/library/catalog_keeping.h"
#include "model_engine/operations/preload/preload_plans.h"
#include "model_engine/operations/snapshot.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

namespace weightroom::engine {

struct AlertChange;
struct TakenMemory;
class EngineMonitor;
class KnownContentStore;
class ReportStore;
class UsageStore;

/// What operations work with: one object per engine, handed to every handler. Everything but `tables` may be used on
/// any thread; `tables` only inside `executor`.
struct EngineServices {
    const Clock& clock;
    LogSink& log;
    const std::filesystem::path settingsFile; ///< empty: settings are not written
    CatalogStore& store; ///< what is kept between runs; only for the threads of jobs
    DeviceSet& devices;
    std::vector<std::unique_ptr<TransferLane>>& lanes; ///< in the order of the devices
    CacheMemory& cacheMemory;
    ReaderPool& readers;
    FeatureFlags& flags;
    EngineTables& tables;
    SerialExecutor& executor;
    /// Makes a new snapshot from the tables and tells the observer. On the engine thread.
    std::function<void()> publish;
    /// The newest snapshot; never null. On any thread.
    std::function<EngineSnapshotPtr()> snapshot;
    FolderWatcher* watcher = nullptr; ///< nullptr: nobody watches the folders
    UsageStore* usageStore = nullptr; ///< nullptr: uses of components are not kept between runs
    KnownContentStore* contentStore = nullptr; ///< nullptr: which tensors are equal is not kept between runs
    EngineMonitor* monitor = nullptr; ///< nullptr: nobody watches, which is so for parts of an engine only
    std::function<std::vector<JobSnapshotPtr>()> jobs{}; ///< as JobQueue::jobs()
    std::function<Result<>(JobId)> cancelJob{}; ///< as JobQueue::cancel()
    /// Sends a notification to a client of the local socket, if it is still there. Any thread.
    std::function<void(ClientId, std::string_view method, const Json& params)> tellClient =
        [](ClientId, std::string_view, const Json&) {};
    /// An alert was raised, has recovered or was acknowledged. Any thread, one call after another, in this order.
    std::function<void(const AlertChange&)> alertChanged = [](const AlertChange&) {};
    std::shared_ptr<CatalogKeeping> keeping = std::make_shared<CatalogKeeping>();
    std::shared_ptr<const ReportStore> reports{}; ///< of benchmarks; never null in an engine
    std::shared_ptr<PreloadPlans> preloadPlans = std::make_shared<PreloadPlans>(std::filesystem::path{});

    /// Errors: DeviceNotFound. An empty id: the first device that is not lost.
    [[nodiscard]] Result<TransferLane*> laneOf(const DeviceId& id) const;
};

/// Keeps a model to one job: while it lives, another one gets Busy. Made and ended from a job's thread.
class ModelClaim {
public:
    /// Errors: Busy. `device`: where the model is shown as loading; empty: nowhere. A model that is no longer in the
    /// catalogue can be claimed too: what is left of it in memory must be given back all the same.
    [[nodiscard]] static Result<ModelClaim> make(
        EngineServices& services, const ModelId& model, const DeviceId& device);
    ModelClaim(ModelClaim&& other) noexcept;
    ModelClaim& operator=(ModelClaim&&) = delete;
    ModelClaim(const ModelClaim&) = delete;
    ModelClaim& operator=(const ModelClaim&) = delete;
    ~ModelClaim();

    /// Errors: ModelNotFound, when the catalogue does not know the model.
    [[nodiscard]] Result<ModelRecordPtr> record() const;
    /// The bytes that the load has taken, for the gauges.
    void setBytesTaken(const TakenMemory& taken);
    /// What the load has taken belongs to the tables from here on. On the engine thread.
    void forgetBytesTaken() noexcept;

private:
    ModelClaim(EngineServices& services, ModelId model, ModelRecordPtr record, DeviceId device);

    EngineServices* m_services;
    ModelId m_model;
    ModelRecordPtr m_record; ///< nullptr when it is not in the catalogue
    DeviceId m_device;
};

/// What the driver of a device says; may block. Not on the engine thread.
[[nodiscard]] DriverMemory driverMemoryOf(const Device& device);
/// Asks the driver and enters the answer into the tables, for the next snapshot. On a job's thread.
void noteDriverMemory(EngineServices& services, const Device& device);

/// The state of all models, devices and the cache, read from the tables. On the engine thread.
[[nodiscard]] EngineSnapshotPtr makeSnapshot(const EngineServices& services);

} // namespace weightroom::engine
