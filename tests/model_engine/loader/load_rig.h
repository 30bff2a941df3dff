// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/loader/model_loader.h"
#include "model_engine/memory/contents/weights_sharing.h"
#include "tests/support/model_file.h"
#include "tests/support/recording_log.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/scripted_device.h"
#include "tests/support/temporary_folder.h"

#include <atomic>
#include <future>
#include <map>
#include <mutex>

namespace weightroom::test {

/// A clock that runs 50 ms whenever it is looked at: every progress of a job is reported.
class RushingClock final : public engine::Clock {
public:
    [[nodiscard]] Steady now() const override { return Steady{std::chrono::milliseconds{50} * ++m_looks}; }
    [[nodiscard]] Wall wallTime() const override { return Wall{}; }

private:
    mutable std::atomic<int> m_looks = 0;
};

/// The tensors of a test's model. One is larger than a chunk of the readers, one has an odd size, one is empty.
inline const std::map<std::string, std::vector<std::uint64_t>> kLoadedTensors{
    {"encoder.embedding", {1024, 1025}},
    {"encoder.scale", {}},
    {"lora.up", {333, 7}},
    {"unet.conv", {5, 1024, 1023}},
    {"unet.empty", {0, 7}},
    {"unet.norm", {1001}},
    {"vae.decoder", {700, 1500}},
};

/// All that a load works with, and a model to load. One job runs at a time.
class LoadRig {
public:
    struct Run {
        engine::Result<engine::LoadOutcome> outcome = engine::fail(engine::ErrorCode::Unknown, "not run");
        std::vector<engine::JobSnapshotPtr> reports;
    };

    explicit LoadRig(engine::Bytes deviceCapacity = engine::kMiB * 32, engine::Bytes cacheCapacity = engine::kMiB * 32)
        : device(deviceCapacity)
        , cacheMemory(cacheCapacity, noGpus, log)
        , cache(clock)
    {
        model = writeModel("model");
    }

    /// Writes a model with the tensors of kLoadedTensors. Its bytes depend on the tensors' names only.
    engine::ModelRecordPtr writeModel(const std::string& name)
    {
        static const std::string bytes = [] {
            SafetensorsBuilder builder;
            for (const auto& [tensor, shape] : kLoadedTensors)
                builder.tensor(tensor, "U8", shape);
            return builder.build();
        }();
        using Kind = engine::ComponentKind;
        return recordOf(folder.write(name + ".safetensors", bytes),
            {{"unet", Kind::Unet}, {"vae", Kind::Vae}, {"encoder", Kind::Encoder}, {"lora", Kind::Lora}});
    }

    [[nodiscard]] engine::LoadRequest request()
    {
        engine::LoadRequest wanted{.model = model};
        wanted.lane = &lane;
        return wanted;
    }
    [[nodiscard]] engine::LoadRequest verified()
    {
        engine::LoadRequest wanted = request();
        wanted.verification = engine::Verification::ReadBack;
        return wanted;
    }

    /// Loads, as a job. `onReport` hears of every report, with its number from 1 on.
    Run load(
        const engine::LoadRequest& wanted, std::function<void(engine::JobQueue&, engine::JobId, int)> onReport = {})
    {
        Run run;
        engine::JobQueue* queue = nullptr;
        engine::JobQueue jobs{1, clock, log, [&](const engine::JobSnapshotPtr& job) {
                                  run.reports.push_back(job);
                                  if (onReport)
                                      onReport(*queue, job->id, static_cast<int>(run.reports.size()));
                              }};
        queue = &jobs;
        std::promise<void> ended;
        jobs.submit(
            {},
            [&](engine::JobContext& job) -> engine::Result<engine::Json> {
                run.outcome = engine::loadModel(wanted, environment(job), job);
                if (!run.outcome)
                    return engine::fail(run.outcome.error());
                return engine::Json{};
            },
            [&](const engine::JobSnapshotPtr&) { ended.set_value(); });
        ended.get_future().wait();
        return run;
    }

    /// Enters what was read into the cache, and what was learned, as the engine does.
    void keepCached(engine::LoadOutcome& outcome)
    {
        for (const auto& [file, learned] : outcome.learned)
            (void)known.learn(file, learned.contents);
        for (engine::CachedComponentPtr& component : outcome.cached) {
            if (!outcome.fromCache.contains(component->key.component))
                cache.insert(std::move(component)).reset();
        }
        outcome.cached.clear();
    }

    /// What is wrong with the bytes on the device; empty when each tensor equals the file's.
    [[nodiscard]] std::string wrongOnDevice(const engine::LoadOutcome& outcome)
    {
        for (const engine::LoadedComponentPtr& component : outcome.loaded) {
            for (const engine::StoredTensor& tensor : component->weights.tensors) {
                std::string bytes(tensor.size().value, '\0');
                if (!device.download(tensor.address(), std::as_writable_bytes(std::span{bytes})))
                    return "could not read " + tensor.name;
                if (bytes != tensorPattern(tensor.name, bytes.size()))
                    return tensor.name + " differs";
            }
        }
        return {};
    }
    [[nodiscard]] engine::Bytes heldOnDevice() { return device.arena().statistics().held; }
    [[nodiscard]] engine::Bytes heldInCache() { return cacheMemory.arena().statistics().held; }

    TemporaryFolder folder;
    RecordingLog log;
    RushingClock clock;
    engine::DeviceSet noGpus;
    ScriptedDevice device;
    engine::CacheMemory cacheMemory;
    engine::RamCache cache;
    engine::KnownContents known;
    std::mutex cacheMutex; ///< guards cache and known: the engine has a thread for them
    engine::ReaderPool readers{3};
    engine::TransferLane lane{device, log};
    engine::ModelRecordPtr model;
    std::function<void()> onMemoryTaken; ///< before the first byte moves
    engine::HashFold fold = engine::keptHash;

private:
    engine::LoadEnvironment environment(engine::JobContext& job)
    {
        return {
            .readers = readers,
            .cacheMemory = cacheMemory,
            .clock = clock,
            .findCached =
                [this](const engine::ComponentKey& key, const engine::ContentIdentity& identity) {
                    const std::lock_guard lock{cacheMutex};
                    return cache.use(key, identity);
                },
            .knownContents =
                [this](const engine::InputFile& file) {
                    const std::lock_guard lock{cacheMutex};
                    return known.find(file.identity());
                },
            .makeRoomInCache =
                [this](engine::Bytes wanted) {
                    const std::lock_guard lock{cacheMutex};
                    engine::FreedBytes freed;
                    const auto evicted = cache.evict(wanted);
                    for (const engine::CachedComponentPtr& component : evicted)
                        freed.add(component->weights);
                    return freed.bytes();
                },
            .memoryTaken =
                [this, &job](const engine::TakenMemory& taken) {
                    job.setTotal((taken.onDevice + taken.inCache).value);
                    if (onMemoryTaken)
                        onMemoryTaken();
                },
            .fold = fold,
        };
    }
};

/// Bytes of all tensors of a model.
[[nodiscard]] inline engine::Bytes sizeOfModel(const engine::ModelRecord& model)
{
    engine::Bytes sum;
    for (const engine::ComponentRecord& component : model.identified.components)
        sum += component.size;
    return sum;
}

} // namespace weightroom::test

/// Fails the test unless nothing of a load is left in `rig`. Needs verify_result.h.
#define VERIFY_NOTHING_HELD(rig)                                                                                       \
    do {                                                                                                               \
        QCOMPARE((rig).heldOnDevice(), ::weightroom::engine::Bytes{});                                                 \
        QCOMPARE((rig).heldInCache(), ::weightroom::engine::Bytes{});                                                  \
        QCOMPARE((rig).device.arena().statistics().allocations, 0U);                                                   \
        QCOMPARE((rig).cacheMemory.arena().statistics().allocations, 0U);                                              \
    } while (false)
