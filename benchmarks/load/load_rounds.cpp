// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/load/load_rounds.h"

#include "model_engine/benchmark/limits/disk_limit.h"
#include "model_engine/benchmark/limits/machine_limits.h"
#include "model_engine/benchmark/limits/page_cache.h"
#include "model_engine/cache/cache_memory.h"
#include "model_engine/device/device_set.h"
#include "model_engine/engine.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

namespace weightroom::benchmarks {
namespace {

using engine::ErrorCode;
using engine::fail;
using engine::Json;
using engine::Result;

double seconds(const Json& answer, const char* phase) { return answer.at("loading_time").at(phase).get<double>(); }

class LoadRounds {
public:
    LoadRounds(const LoadBenchmarkRequest& request, const std::stop_token& stop)
        : m_request(request)
        , m_stop(stop)
    {
    }

    Result<LoadBenchmarkResult> run();

private:
    Result<> round();
    Result<engine::MachineLimits> measureLimits();
    void openEngine(engine::IdleWork idleWork = engine::IdleWork::Off);
    Result<Json> findModel();
    Result<Json> call(const char* operation, Json request);
    Result<> emptyAll();
    Result<> emptyAndMakeReady();
    Result<> measureCaching();
    Result<Json> loadAndUnload();
    Result<> measureCopying(double copyLimit);
    Result<> measureColdLoad(double diskSeconds, double copySeconds);
    Result<> measureFirstLoad(double diskLimit);
    Result<> measureReadyLoads(double diskLimit);
    Result<> measureReadyLoad(double diskLimit, Spread& times, Spread& ratios);
    Result<> waitUntilReady();

    const LoadBenchmarkRequest& m_request;
    const std::stop_token& m_stop;
    const engine::SystemClock m_clock;
    engine::NullLog m_log;
    std::unique_ptr<engine::Engine> m_engine;
    Json m_target;
    LoadBenchmarkResult m_result;
    double m_diskLimit = 0; ///< of this round, while the file was read alone
    double m_readSeconds = 0; ///< of this round, the file alone
    double m_copySeconds = 0; ///< of this round, the copies alone
};

Result<LoadBenchmarkResult> LoadRounds::run()
{
    for (unsigned number = 0; number < m_request.rounds; ++number) {
        if (m_stop.stop_requested())
            return fail(ErrorCode::Cancelled, "interrupted");
        std::fprintf(stderr, "round %u of %u\n", number + 1, m_request.rounds);
        if (auto done = round(); !done)
            return fail(std::move(done).error());
    }
    return m_result;
}

Result<> LoadRounds::round()
{
    auto limits = measureLimits();
    if (!limits)
        return fail(std::move(limits).error());
    openEngine();
    auto model = findModel();
    if (!model)
        return fail(std::move(model).error());
    m_target = {{"model_id", model->at("model_id")}, {"device_id", m_result.device}};
    m_result.size = engine::Bytes{model->at("size_bytes").get<std::uint64_t>()};
    m_result.copyLimit.add(*limits->deviceUpload);
    if (auto done = measureFirstLoad(*limits->diskRead); !done)
        return done;
    openEngine(engine::IdleWork::On);
    if (auto scanned = findModel(); !scanned)
        return fail(std::move(scanned).error());
    if (auto done = measureCaching(); !done)
        return done;
    if (auto done = measureCopying(*limits->deviceUpload); !done)
        return done;
    if (auto done = measureColdLoad(m_readSeconds, m_copySeconds); !done)
        return done;
    auto done = measureReadyLoads(m_diskLimit);
    m_engine.reset();
    return done;
}

/// On a device that nothing else uses: the engine is opened after it.
Result<engine::MachineLimits> LoadRounds::measureLimits()
{
    const engine::DeviceSet devices = openDevices(deviceSettingsOf(m_request.settings), m_log);
    const auto chosen = std::ranges::find_if(devices.devices, [this](const auto& device) {
        return m_request.device.empty() || device->description().id == m_request.device;
    });
    if (chosen == devices.devices.end())
        return fail(ErrorCode::DeviceNotFound, "there is no device '" + m_request.device.text + "'");
    m_result.device = (*chosen)->description().id.text;
    auto limits = measureMachineLimits({.file = m_request.file, .device = chosen->get()}, m_clock, m_stop);
    if (!limits.diskRead || !limits.deviceUpload)
        return fail(limits.missing.empty() ? engine::Error{ErrorCode::Unsupported, "a limit could not be measured"}
                                           : limits.missing.front());
    return limits;
}

/// Idle time begins at once, so that nobody waits for it.
void LoadRounds::openEngine(engine::IdleWork idleWork)
{
    m_engine.reset(); // its memory first
    engine::EngineOptions options{.settings = m_request.settings,
        .settingsFile = {},
        .idleWork = idleWork,
        .idleTiming = {.quiet = {}, .look = std::chrono::milliseconds{10}},
        .clock = nullptr,
        .log = nullptr};
    options.settings.hashWhenIdle = false; // these would read the disk
    options.settings.predictiveCaching = false;
    options.settings.poolReady = m_result.size;
    options.settings.optimizationLevel = engine::OptimizationLevel::None; // as the peers load it
    m_engine = std::make_unique<engine::Engine>(std::move(options));
}

Result<Json> LoadRounds::findModel()
{
    auto scanned = m_engine->call("model.get_available_models",
        {{"scan_directories", {m_request.file.parent_path().string()}}, {"include_subdirectories", false}}, m_stop);
    if (!scanned)
        return scanned;
    for (const Json& model : scanned->at("models")) {
        if (model.at("path") == m_request.file.string())
            return model;
    }
    return fail(ErrorCode::ModelNotFound, "'" + m_request.file.string() + "' is not a model that can be loaded");
}

Result<Json> LoadRounds::call(const char* operation, Json request)
{
    return m_engine->call(operation, request, m_stop);
}

/// An empty cache and a cold file.
Result<> LoadRounds::emptyAll()
{
    if (auto dropped = call("model.delete_model_cache", Json::object()); !dropped)
        return fail(std::move(dropped).error());
    return engine::makeCold(m_request.file);
}

/// Then the memory is there that idle time would have made, as it is between two loads of people.
Result<> LoadRounds::emptyAndMakeReady()
{
    if (auto empty = emptyAll(); !empty)
        return empty;
    return waitUntilReady();
}

/// Between two measurements of the limit: a rented disk is slower after it was used much.
Result<> LoadRounds::measureCaching()
{
    if (auto empty = emptyAndMakeReady(); !empty)
        return empty;
    const auto before = engine::measureDiskRead(m_request.file, m_clock, m_stop);
    if (!before)
        return fail(before.error());
    auto cached = call("model.post_model_cache", {{"model_id", m_target.at("model_id")}});
    if (!cached)
        return fail(std::move(cached).error());
    const auto after = engine::measureDiskRead(m_request.file, m_clock, m_stop);
    if (!after)
        return fail(after.error());
    m_diskLimit = (*before + *after) / 2;
    m_result.diskLimit.add(m_diskLimit);
    m_readSeconds = seconds(*cached, "disk_seconds");
    const double rate = cached->at("bytes_read").get<double>() / m_readSeconds;
    m_result.diskToCache.add(rate);
    m_result.diskToCacheRatio.add(rate / m_diskLimit);
    return {};
}

/// What loading answered; the model is not loaded any more.
Result<Json> LoadRounds::loadAndUnload()
{
    auto loaded = call("model.post_model_load", m_target);
    if (!loaded)
        return loaded;
    if (auto unloaded = call("model.post_model_unload", m_target); !unloaded)
        return unloaded;
    return loaded;
}

Result<> LoadRounds::measureCopying(double copyLimit)
{
    // The limit is that of touched memory, which the device has from its first load on; what that one costs is measured
    // by itself.
    if (auto touched = loadAndUnload(); !touched)
        return fail(std::move(touched).error());
    const auto loaded = loadAndUnload();
    if (!loaded)
        return fail(loaded.error());
    m_copySeconds = seconds(*loaded, "copy_seconds");
    const double rate = loaded->at("bytes_copied").get<double>() / m_copySeconds;
    m_result.cacheToDevice.add(rate);
    m_result.cacheToDeviceRatio.add(rate / copyLimit);
    return {};
}

Result<> LoadRounds::measureColdLoad(double diskSeconds, double copySeconds)
{
    if (auto empty = emptyAndMakeReady(); !empty)
        return empty;
    auto loaded = call("model.post_model_load", m_target);
    if (!loaded)
        return fail(std::move(loaded).error());
    const double total = seconds(*loaded, "total_seconds");
    const double taking = seconds(*loaded, "allocating_seconds");
    const double moving = total - taking - seconds(*loaded, "planning_seconds");
    m_result.coldLoad.add(moving);
    m_result.coldLoadToSlowestStage.add(moving / std::max(diskSeconds, copySeconds));
    m_result.takingMemory.add(taking);
    m_result.wholeColdLoad.add(total);
    return {};
}

Result<> LoadRounds::measureFirstLoad(double diskLimit)
{
    if (auto cold = engine::makeCold(m_request.file); !cold)
        return cold;
    auto loaded = call("model.post_model_load", m_target);
    if (!loaded)
        return fail(std::move(loaded).error());
    const double total = seconds(*loaded, "total_seconds");
    m_result.firstLoad.add(total);
    m_result.firstLoadToDisk.add(total * diskLimit / static_cast<double>(m_result.size.value));
    return {};
}

/// One load into memory that was made ready ahead, and one into what that left.
Result<> LoadRounds::measureReadyLoads(double diskLimit)
{
    openEngine(engine::IdleWork::On);
    if (auto scanned = findModel(); !scanned)
        return fail(std::move(scanned).error());
    if (auto done = measureReadyLoad(diskLimit, m_result.readyLoad, m_result.readyLoadToDisk); !done)
        return done;
    if (auto unloaded = call("model.post_model_unload", m_target); !unloaded)
        return fail(std::move(unloaded).error());
    return measureReadyLoad(diskLimit, m_result.secondLoad, m_result.secondLoadToDisk);
}

Result<> LoadRounds::measureReadyLoad(double diskLimit, Spread& times, Spread& ratios)
{
    if (auto empty = emptyAll(); !empty)
        return empty;
    const auto begin = m_clock.now();
    if (auto ready = waitUntilReady(); !ready)
        return ready;
    m_result.makingReady.add(std::chrono::duration<double>(m_clock.now() - begin).count());
    auto loaded = call("model.post_model_load", m_target);
    if (!loaded)
        return fail(std::move(loaded).error());
    const double total = seconds(*loaded, "total_seconds");
    times.add(total);
    ratios.add(total * diskLimit / static_cast<double>(m_result.size.value));
    return {};
}

/// Until as much is ready in the cache, and on a device that keeps memory, as whole slabs of the file take.
Result<> LoadRounds::waitUntilReady()
{
    constexpr std::chrono::milliseconds kLook{10};
    constexpr int kLooks = 6000; // a minute
    const engine::Bytes slab = engine::CacheMemory::kSlabSize;
    const engine::Bytes wanted{engine::alignDown(m_result.size.value, slab.value)};
    for (int look = 0; look < kLooks && !m_stop.stop_requested(); ++look) {
        const engine::EngineSnapshotPtr now = m_engine->snapshot();
        const bool isOnDevice = std::ranges::all_of(now->devices, [&](const engine::DeviceState& device) {
            return device.description.id.text != m_result.device || device.description.kind != engine::DeviceKind::Host
                || device.ready >= wanted;
        });
        if (now->cache.ready >= wanted && isOnDevice)
            return {};
        std::this_thread::sleep_for(kLook);
    }
    return fail(ErrorCode::OutOfHostMemory,
        "the memory for '" + m_request.file.string()
            + "' was not made ready: a quarter of what is available, and a "
              "fifth of all that stays free, must allow it");
}

} // namespace

Result<LoadBenchmarkResult> runLoadRounds(const LoadBenchmarkRequest& request, const std::stop_token& stop)
{
    return LoadRounds{request, stop}.run();
}

} // namespace weightroom::benchmarks
