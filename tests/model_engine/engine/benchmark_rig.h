// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/model_engine/engine/engine_rig.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace weightroom::test {

/// An engine that keeps reports, with two models. Their files stay in the page cache: not every file system lets them
/// be dropped.
struct BenchmarkRig : EngineRig {
    explicit BenchmarkRig(std::vector<engine::Bytes> hostDevices = {engine::kMiB * 64})
        : EngineRig(std::move(hostDevices))
    {
        dataFolder = folder / "data";
        onJob = [this](const engine::JobSnapshot& job) {
            if (onBenchmark && job.description.operation == "post_model_benchmark" && !job.isFinished())
                onBenchmark(job);
        };
    }
    ~BenchmarkRig() { close(); }
    BenchmarkRig(const BenchmarkRig&) = delete;
    BenchmarkRig& operator=(const BenchmarkRig&) = delete;

    [[nodiscard]] engine::Result<> open()
    {
        const std::string weights(kFloats * 4, '\0'); // zeros: nothing is lost by converting them
        folder.write("models/hat.safetensors",
            SafetensorsBuilder().entry("weight", "F32", {kFloats}, 0, weights.size()).data(weights).build());
        write("coat", engine::kMiB);
        const auto scanned = scan();
        return scanned ? engine::Result<>{} : engine::Result<>{engine::fail(scanned.error())};
    }
    [[nodiscard]] engine::Json fields(
        const std::vector<std::string>& models, engine::Json more = engine::Json::object())
    {
        for (const std::string& name : models)
            more["model_ids"].push_back(idOf(name));
        if (!more.contains("temperature"))
            more["temperature"] = "page_cache";
        return more;
    }
    [[nodiscard]] engine::Result<engine::Json> benchmark(
        const std::vector<std::string>& models, engine::Json more = engine::Json::object())
    {
        return call("model.post_model_benchmark", fields(models, std::move(more)));
    }
    /// The stages of a model in a report; each is checked to have so many measurements.
    [[nodiscard]] static std::set<std::string> stagesOf(
        const engine::Json& report, std::size_t model, std::size_t measurements)
    {
        std::set<std::string> stages;
        for (const engine::Json& stage : report.at("models").at(model).at("stages")) {
            const bool isComplete = stage.at("measurements").size() == measurements;
            stages.insert(stage.at("stage").get<std::string>() + (isComplete ? "" : " (incomplete)"));
        }
        return stages;
    }
    /// The ids of the reports that are kept, the newest first.
    [[nodiscard]] std::vector<std::string> kept(const engine::Json& request = engine::Json::object())
    {
        std::vector<std::string> ids;
        const auto answer = call("model.get_model_benchmark_results", request);
        for (const engine::Json& row : answer ? answer->at("reports") : engine::Json::array())
            ids.push_back(row.at("id"));
        return ids;
    }

    static constexpr std::size_t kFloats = 100'000;
    std::function<void(const engine::JobSnapshot&)> onBenchmark; ///< while one runs, on its thread
};

using Stages = std::set<std::string>;

} // namespace weightroom::test
