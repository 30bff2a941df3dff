// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/sharing/sharing_benchmark.h"

#include "benchmarks/sharing/sharing_set.h"
#include "model_engine/engine.h"

#include <array>
#include <cstdio>
#include <ostream>

namespace weightroom::benchmarks {
namespace {

using engine::Bytes;
using engine::fail;
using engine::Json;
using engine::Result;

Bytes bytesAt(const Json& object, const char* field) { return {object.at(field).get<std::uint64_t>()}; }

enum class Sharing : std::uint8_t { Off = 0, On };

/// What the set takes in both memories.
struct MemoryUse {
    Bytes cache;
    Bytes device;
};

/// An engine with all of the set's models, which it loads one after the other.
class LoadedSet {
public:
    LoadedSet(const SharingBenchmarkRequest& request, Sharing sharing, const std::stop_token& stop)
        : m_folder(request.folder)
        , m_stop(stop)
        , m_engine(optionsFor(sharing))
    {
    }

    Result<> makeDiffusersCopy()
    {
        const std::filesystem::path copy = m_folder / "diffusers/sdxl-base";
        std::error_code failed;
        if (std::filesystem::exists(copy, failed))
            return {};
        std::filesystem::create_directories(copy.parent_path(), failed);
        auto converted = call("model.post_model_convert",
            {{"path", (m_folder / "base-models/sdxl-base.safetensors").string()}, {"output_path", copy.string()},
                {"target_format", "diffusers"}});
        return converted ? Result<>{} : Result<>(fail(std::move(converted).error()));
    }

    Result<std::vector<SharingModel>> loadAll()
    {
        auto scanned = call("model.get_available_models", {{"scan_directories", {m_folder.string()}}});
        if (!scanned)
            return fail(std::move(scanned).error());
        std::vector<SharingModel> models;
        for (const Json& model : scanned->at("models")) {
            auto loaded = call("model.post_model_load", {{"model_id", model.at("model_id")}});
            if (!loaded)
                return fail(std::move(loaded).error());
            models.push_back({model.at("name").get<std::string>(), bytesAt(*loaded, "total_vram_bytes"),
                bytesAt(*loaded, "saved_bytes")});
        }
        return models;
    }

    Result<> merge()
    {
        auto merged = call("worker.optimize_component_sharing", Json::object());
        return merged ? Result<>{} : Result<>(fail(std::move(merged).error()));
    }

    Result<MemoryUse> use()
    {
        auto status = call("model.get_model_status", Json::object());
        if (!status)
            return fail(std::move(status).error());
        return MemoryUse{
            bytesAt(status->at("cache"), "cached_bytes"), bytesAt(status->at("devices").at(0), "loaded_bytes")};
    }

private:
    static engine::EngineOptions optionsFor(Sharing sharing)
    {
        constexpr Bytes kPlenty = engine::kGiB * 1024; // reserved is only what is used
        engine::EngineOptions options{.settings = {}, .settingsFile = {}, .clock = nullptr, .log = nullptr};
        options.settings.cacheBudget = kPlenty;
        options.settings.hostDevices = {kPlenty};
        options.settings.useCuda = false;
        options.settings.optimizationLevel = engine::OptimizationLevel::None; // sharing alone
        options.settings.shareContents = sharing == Sharing::On;
        return options;
    }

    Result<Json> call(const char* operation, const Json& request) { return m_engine.call(operation, request, m_stop); }

    const std::filesystem::path& m_folder;
    const std::stop_token& m_stop;
    engine::Engine m_engine;
};

Result<> measureWithout(
    const SharingBenchmarkRequest& request, const std::stop_token& stop, SharingBenchmarkResult& result)
{
    LoadedSet set{request, Sharing::Off, stop};
    if (auto made = set.makeDiffusersCopy(); !made)
        return made;
    if (auto loaded = set.loadAll(); !loaded)
        return fail(std::move(loaded).error());
    const auto apart = set.use();
    if (!apart)
        return fail(apart.error());
    if (auto merged = set.merge(); !merged)
        return merged;
    const auto merged = set.use();
    if (!merged)
        return fail(merged.error());
    result.cache.without = apart->cache;
    result.device.without = apart->device;
    result.cacheMerged = merged->cache;
    result.deviceMerged = merged->device;
    return {};
}

Result<> measureWith(
    const SharingBenchmarkRequest& request, const std::stop_token& stop, SharingBenchmarkResult& result)
{
    LoadedSet set{request, Sharing::On, stop};
    auto loaded = set.loadAll();
    if (!loaded)
        return fail(std::move(loaded).error());
    const auto shared = set.use();
    if (!shared)
        return fail(shared.error());
    result.models = std::move(*loaded);
    result.cache.with = shared->cache;
    result.device.with = shared->device;
    return {};
}

std::string line(const char* label, Bytes first, Bytes second, double share)
{
    std::array<char, 200> text{};
    std::snprintf(text.data(), text.size(), "%-34s %12s %12s %8.1f %%", label, engine::toText(first).c_str(),
        engine::toText(second).c_str(), share * 100);
    return text.data();
}

} // namespace

Result<SharingBenchmarkResult> runSharingBenchmark(const SharingBenchmarkRequest& request, const std::stop_token& stop)
{
    if (auto written = writeSharingSet(request.folder, request.divisor, stop); !written)
        return fail(std::move(written).error());
    SharingBenchmarkResult result;
    if (auto measured = measureWithout(request, stop, result); !measured)
        return fail(std::move(measured).error());
    if (auto measured = measureWith(request, stop, result); !measured)
        return fail(std::move(measured).error());
    return result;
}

void printTable(const SharingBenchmarkResult& result, std::ostream& out)
{
    out << "memory                              not shared       shared      saved\n"
        << line("RAM cache", result.cache.without, result.cache.with, result.cache.saving()) << '\n'
        << line("host device", result.device.without, result.device.with, result.device.saving()) << '\n'
        << line("RAM cache, merged afterwards", result.cache.without, result.cacheMerged,
               SharingFigures{result.cache.without, result.cacheMerged}.saving())
        << '\n'
        << line("host device, merged afterwards", result.device.without, result.deviceMerged,
               SharingFigures{result.device.without, result.deviceMerged}.saving())
        << "\n\nmodel, in the order of loading            size  there already\n";
    for (const SharingModel& model : result.models) {
        const double share = static_cast<double>(model.saved.value) / static_cast<double>(model.size.value);
        out << line(model.name.c_str(), model.size, model.saved, share) << '\n';
    }
}

Json toJson(const SharingBenchmarkResult& result)
{
    const auto figures = [](const SharingFigures& memory, Bytes merged) {
        return Json{{"not_shared_bytes", memory.without.value}, {"shared_bytes", memory.with.value},
            {"merged_bytes", merged.value}, {"saving", memory.saving()}};
    };
    Json models = Json::array();
    for (const SharingModel& model : result.models) {
        models.push_back({{"name", model.name}, {"size_bytes", model.size.value}, {"saved_bytes", model.saved.value}});
    }
    return {
        {"cache", figures(result.cache, result.cacheMerged)},
        {"device", figures(result.device, result.deviceMerged)},
        {"models", std::move(models)},
    };
}

} // namespace weightroom::benchmarks
