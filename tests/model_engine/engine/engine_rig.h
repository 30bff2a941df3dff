// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/engine.h"
#include "tests/support/gate.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/temporary_folder.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>

namespace weightroom::test {

/// An engine with a folder of models and host devices, which looks at every snapshot that it publishes.
class EngineRig {
public:
    explicit EngineRig(std::vector<engine::Bytes> hostDevices = {engine::kMiB * 32})
    {
        settings.modelFolders = {folder / "models"};
        settings.cacheBudget = engine::kMiB * 64;
        settings.hostDevices = std::move(hostDevices);
        settings.useCuda = false;
        std::filesystem::create_directories(folder / "models");
    }
    ~EngineRig() { close(); }
    EngineRig(const EngineRig&) = delete;
    EngineRig& operator=(const EngineRig&) = delete;

    /// Writes a model of one component, "other_tensors", with about so many bytes.
    std::filesystem::path write(const std::string& name, engine::Bytes size)
    {
        const std::string file = SafetensorsBuilder()
                                     .tensor(name + ".weight", "U8", {size.value})
                                     .tensor(name + ".bias", "F16", {3})
                                     .build();
        return folder.write("models/" + name + ".safetensors", file);
    }

    /// The engine; made when it is first asked for.
    engine::Engine& engine()
    {
        if (!m_engine) {
            weightroom::engine::EngineObserver observer;
            observer.snapshotChanged = [this](const auto& snapshot) {
                look(*snapshot);
                if (onSnapshot)
                    onSnapshot(*snapshot);
                const std::lock_guard lock{m_mutex};
                m_last = snapshot;
                m_published.notify_all();
            };
            observer.monitored = [this](const auto& seen) {
                if (onMonitored)
                    onMonitored(*seen);
            };
            observer.jobChanged = [this](const auto& job) {
                if (onJob)
                    onJob(*job);
            };
            m_engine =
                std::make_unique<weightroom::engine::Engine>(weightroom::engine::EngineOptions{.settings = settings,
                                                                 .settingsFile = folder / "settings.json",
                                                                 .dataFolder = dataFolder,
                                                                 .watching = watching,
                                                                 .watchTiming = watchTiming,
                                                                 .idleWork = idleWork,
                                                                 .idleTiming = idleTiming,
                                                                 .preloadAtStart = preloadAtStart,
                                                                 .memoryWatching = memoryWatching,
                                                                 .monitoring = monitoring,
                                                                 .monitorOptions = monitorOptions,
                                                                 .watchProbe = watchProbe,
                                                                 .clock = clock,
                                                                 .log = nullptr},
                    std::move(observer));
        }
        return *m_engine;
    }
    void close()
    {
        m_engine.reset();
        const std::lock_guard lock{m_mutex};
        m_last.reset();
        m_revision = 0; // of the next engine
    }

    [[nodiscard]] weightroom::engine::Result<weightroom::engine::Json> call(
        std::string_view operation, const weightroom::engine::Json& request = weightroom::engine::Json::object())
    {
        return engine().call(operation, request);
    }
    /// Scans the folder of models.
    [[nodiscard]] weightroom::engine::Result<weightroom::engine::Json> scan()
    {
        return call("model.get_available_models");
    }
    /// The id of a model that a scan has found; empty when there is none of this name.
    [[nodiscard]] std::string idOf(const std::string& name)
    {
        for (const auto& model : engine().snapshot()->models) {
            if (model.record->name == name)
                return model.record->id.text;
        }
        return {};
    }
    [[nodiscard]] weightroom::engine::Result<weightroom::engine::Json> load(
        const std::string& id, weightroom::engine::Json fields = weightroom::engine::Json::object())
    {
        fields["model_id"] = id;
        return call("model.post_model_load", fields);
    }
    [[nodiscard]] weightroom::engine::Result<weightroom::engine::Json> unload(const std::string& id)
    {
        return call("model.post_model_unload", {{"model_id", id}});
    }
    [[nodiscard]] weightroom::engine::Bytes heldOn(std::size_t device)
    {
        return engine().snapshot()->devices.at(device).memory.ours.held;
    }
    [[nodiscard]] weightroom::engine::Bytes heldInCache() { return engine().snapshot()->cache.memory.held; }

    /// What was wrong with a snapshot, in words; empty when nothing was.
    [[nodiscard]] std::string wrongSnapshot() const
    {
        const std::lock_guard lock{m_mutex};
        return m_wrong;
    }
    /// Waits until a snapshot has what is asked for; false when none does in time.
    [[nodiscard]] bool waitFor(const std::function<bool(const weightroom::engine::EngineSnapshot&)>& holds)
    {
        constexpr std::chrono::seconds kLong{30};
        std::unique_lock lock{m_mutex};
        return m_published.wait_for(lock, kLong, [&] { return m_last && holds(*m_last); });
    }
    [[nodiscard]] std::uint64_t snapshots() const { return m_snapshots; }

    TemporaryFolder folder;
    weightroom::engine::Settings settings; ///< to change before the engine is made
    weightroom::engine::FolderWatching watching = weightroom::engine::FolderWatching::Off; ///< likewise
    weightroom::engine::WatchTiming watchTiming{
        .quiet = std::chrono::milliseconds{20}, .longest = std::chrono::milliseconds{200}}; ///< likewise
    weightroom::engine::IdleWork idleWork = weightroom::engine::IdleWork::Off; ///< likewise
    weightroom::engine::IdleTiming idleTiming{.look = std::chrono::milliseconds{1}}; ///< likewise
    weightroom::engine::PreloadAtStart preloadAtStart = weightroom::engine::PreloadAtStart::Off; ///< likewise
    std::optional<weightroom::engine::MemoryWatching> memoryWatching; ///< likewise
    weightroom::engine::Monitoring monitoring = weightroom::engine::Monitoring::Off; ///< likewise
    weightroom::engine::MonitorOptions monitorOptions; ///< likewise
    weightroom::engine::WatchProbe watchProbe; ///< likewise
    std::shared_ptr<const weightroom::engine::Clock> clock; ///< likewise; nullptr: the machine's
    std::filesystem::path dataFolder; ///< likewise; empty: nothing is kept
    std::function<void(const weightroom::engine::JobSnapshot&)> onJob; ///< on threads of the engine
    std::function<void(const weightroom::engine::MonitorSnapshot&)> onMonitored; ///< likewise; set before it is made
    std::function<void(const weightroom::engine::EngineSnapshot&)> onSnapshot; ///< likewise; set before it is made

private:
    void look(const weightroom::engine::EngineSnapshot& snapshot)
    {
        ++m_snapshots;
        const std::lock_guard lock{m_mutex};
        if (snapshot.revision <= m_revision)
            m_wrong += "the revision did not grow; ";
        m_revision = snapshot.revision;
        for (const auto& device : snapshot.devices) {
            if (device.lost)
                continue; // its memory is not known any more
            const auto& memory = device.memory.ours;
            if (device.ownedBytes() + device.loadingBytes() + device.overhead != memory.held)
                m_wrong += device.description.id.text + " does not add up to what is held; ";
            if (memory.held + device.freeBytes() != memory.capacity)
                m_wrong += device.description.id.text + " does not add up to its capacity; ";
        }
        const auto& cache = snapshot.cache;
        if (cache.ownedBytes() + cache.loadingBytes() + cache.overhead != cache.memory.held)
            m_wrong += "the cache does not add up; ";
    }

    mutable std::mutex m_mutex; ///< guards what follows
    std::condition_variable m_published;
    weightroom::engine::EngineSnapshotPtr m_last; ///< nullptr before the first
    std::string m_wrong;
    std::uint64_t m_revision = 0;
    std::atomic<std::uint64_t> m_snapshots = 0;
    std::unique_ptr<weightroom::engine::Engine> m_engine; ///< last: its threads use the rest
};

} // namespace weightroom::test
