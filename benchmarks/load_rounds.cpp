// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/load_rounds.h"

#include "benchmarks/page_cache.h"
#include "model_engine/benchmark/machine_limits.h"
#include "model_engine/device/device_set.h"
#include "model_engine/engine.h"

#include <algorithm>
#include <cstdio>
#include <memory>

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
    void openEngine();
    Result<Json> findModel();
    Result<Json> call(const char* operation, Json request);
    Result<> emptyAll();
    Result<> measureCaching(double diskLimit);
    Result<> measureCopying(double copyLimit);
    Result<> measureColdLoad(double diskSeconds, double copySeconds);

    const LoadBenchmarkRequest& m_request;
    const std::stop_token& m_stop;
    const engine::SystemClock m_clock;
    engine::NullLog m_log;
    std::unique_ptr<engine::Engine> m_engine;
    Json m_target;
    LoadBenchmarkResult m_result;
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
    m_result.diskLimit.add(*limits->diskRead);
    m_result.copyLimit.add(*limits->deviceUpload);
    if (auto done = measureCaching(*limits->diskRead); !done)
        return done;
    if (auto done = measureCopying(*limits->deviceUpload); !done)
        return done;
    auto done = measureColdLoad(m_readSeconds, m_copySeconds);
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

void LoadRounds::openEngine()
{
    engine::EngineOptions options{.settings = m_request.settings, .settingsFile = {}, .clock = nullptr, .log = nullptr};
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
    return makeCold(m_request.file);
}

Result<> LoadRounds::measureCaching(double diskLimit)
{
    if (auto empty = emptyAll(); !empty)
        return empty;
    auto cached = call("model.post_model_cache", {{"model_id", m_target.at("model_id")}});
    if (!cached)
        return fail(std::move(cached).error());
    m_readSeconds = seconds(*cached, "disk_seconds");
    const double rate = cached->at("bytes_read").get<double>() / m_readSeconds;
    m_result.diskToCache.add(rate);
    m_result.diskToCacheRatio.add(rate / diskLimit);
    return {};
}

Result<> LoadRounds::measureCopying(double copyLimit)
{
    auto loaded = call("model.post_model_load", m_target);
    if (!loaded)
        return fail(std::move(loaded).error());
    m_copySeconds = seconds(*loaded, "copy_seconds");
    const double rate = loaded->at("bytes_copied").get<double>() / m_copySeconds;
    m_result.cacheToDevice.add(rate);
    m_result.cacheToDeviceRatio.add(rate / copyLimit);
    auto unloaded = call("model.post_model_unload", m_target);
    return unloaded ? Result<>{} : Result<>(fail(std::move(unloaded).error()));
}

Result<> LoadRounds::measureColdLoad(double diskSeconds, double copySeconds)
{
    if (auto empty = emptyAll(); !empty)
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

} // namespace

Result<LoadBenchmarkResult> runLoadRounds(const LoadBenchmarkRequest& request, const std::stop_token& stop)
{
    return LoadRounds{request, stop}.run();
}

} // namespace weightroom::benchmarks
