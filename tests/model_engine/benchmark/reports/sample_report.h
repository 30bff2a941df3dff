// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/benchmark/reports/benchmark_report.h"
#include "model_engine/core/result.h"

#include <chrono>
#include <string>
#include <vector>

namespace weightroom::test {

inline engine::Clock::Wall sampleTime()
{
    using namespace std::chrono;
    return sys_days{year{2026} / 11 / 27} + hours{10} + minutes{15} + milliseconds{250};
}

inline engine::StageResult stageOf(
    engine::BenchmarkStage stage, const std::vector<double>& seconds, engine::Bytes bytes = engine::kGiB)
{
    engine::StageResult result{.stage = stage, .measurements = {}};
    for (const double value : seconds)
        result.measurements.push_back({static_cast<std::uint32_t>(result.measurements.size()) + 1, value, bytes});
    return result;
}

inline engine::ModelBenchmark sampleModel(const std::string& name)
{
    using engine::BenchmarkStage;
    return {
        .model = {.id = {name + "-3f9c21d08a7be614"},
            .name = name,
            .content = {name + "-0123456789abcdef"},
            .size = engine::kGiB,
            .format = engine::FileFormat::Safetensors,
            .components = {{"unet_sdxl"}, {"vae_kl_f8"}}},
        .stages = {stageOf(BenchmarkStage::Disk, {0.5, 0.52, 0.51, 0.5, 0.53}),
            stageOf(BenchmarkStage::Copy, {0.1, 0.11, 0.1, 0.12, 0.1}),
            stageOf(BenchmarkStage::Whole, {0.7, 0.72, 0.71, 0.7, 0.73})},
    };
}

/// A run of five cold loads to a GPU; every member has something in it.
inline engine::BenchmarkReport sampleReport()
{
    engine::BenchmarkReport report{
        .id = engine::benchmarkIdOf(sampleTime(), 7),
        .startedAt = sampleTime(),
        .seconds = 12.5,
        .end = engine::BenchmarkEnd::Finished,
        .settings = {.device = {"GPU_0"},
            .precision = {engine::OptimizationLevel::Balanced, engine::WantedPrecision::Fp16},
            .temperature = engine::BenchmarkTemperature::Disk,
            .iterations = 5,
            .verifies = true,
            .asksPeer = true,
            .checksCompute = true},
        .machine = {.processor = "AMD EPYC 9654 96-Core Processor",
            .processors = 2,
            .memory = engine::kGiB * 24,
            .kernel = "Linux 6.1.0-18-amd64",
            .device = engine::BenchmarkDevice{{"GPU_0"}, engine::DeviceKind::Cuda, "NVIDIA H100 80GB HBM3", "CUDA 13.0",
                "580.159.04", engine::kGiB * 80},
            .version = "0.1.0",
            .buildType = "Release",
            .features = {{"direct_io", true}, {"share_contents", false}}},
        .otherLoads = 0,
        .limits = {.diskRead = 2.5e9,
            .hostCopyOneThread = 1.8e10,
            .hostCopyTwoThreads = 2.2e10,
            .deviceUpload = 2.5e10,
            .deviceDownload = {},
            .deviceCopyWithin = 1.5e12,
            .missing = {engine::Error{engine::ErrorCode::Unsupported, "no download"}}},
        .models = {sampleModel("sd_xl_base"), sampleModel("flux")},
    };
    report.models[0].computeChecks = {
        {"matmul", "ff.net.0.proj.weight", "F16", {10240, 1280}, 0.0005, 1.37e11, 0.25, true}};
    report.models[1].computeProblem = engine::Error{engine::ErrorCode::Unsupported, "LibTorch is not there"};
    report.models[0].peer = engine::PeerResult{"safetensors", "0.8.0", {0.9, 0.95}};
    report.models[1].peerProblem = engine::Error{engine::ErrorCode::NotFound, "there is no Python"};
    report.models[1].problem = engine::Error{engine::ErrorCode::OutOfDeviceMemory, "it does not fit"};
    return report;
}

} // namespace weightroom::test
