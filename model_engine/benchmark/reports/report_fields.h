// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/benchmark/reports/benchmark_report.h"
#include "model_engine/benchmark/reports/stage_figures.h"

#include <concepts>
#include <type_traits>

namespace weightroom::engine {

// The fields of a report by name, one list for each structure: ReportWriter and ReportReader (report_archive.h) both
// walk through it. derived() is for what only goes out; later() names what is added to it afterwards.

/// T is `Of`, for reading, or const, for writing.
template <class T, class Of>
concept Is = std::same_as<std::remove_const_t<T>, Of>;

template <class Archive, Is<BenchmarkModel> T>
void fields(Archive& archive, T& model)
{
    archive("model_id", model.id);
    archive("name", model.name);
    archive("content_key", model.content);
    archive("size_bytes", model.size);
    archive("format", model.format);
    archive("components", model.components);
}

template <class Archive, Is<StageMeasurement> T>
void fields(Archive& archive, T& measurement)
{
    archive("iteration", measurement.iteration);
    archive("seconds", measurement.seconds);
    archive("bytes", measurement.bytes);
}

template <class Archive, Is<PeerResult> T>
void fields(Archive& archive, T& peer)
{
    archive("name", peer.name);
    archive("version", peer.version);
    archive("seconds", peer.seconds);
    archive.derived("statistics", [&peer] {
        const auto statistics = statisticsOf(peer.seconds);
        return statistics ? toJson(*statistics) : Json();
    });
    archive.later("bytes_per_second"); // needs the model
}

template <class Archive, Is<BenchmarkSettings> T>
void fields(Archive& archive, T& settings)
{
    archive("device_id", settings.device);
    archive("optimization_level", settings.precision.level);
    archive("precision", settings.precision.precision);
    archive("temperature", settings.temperature);
    archive("iterations", settings.iterations);
    archive("verify", settings.verifies);
    archive("compare_peer", settings.asksPeer);
    archive("check_compute", settings.checksCompute);
}

template <class Archive, Is<BenchmarkDevice> T>
void fields(Archive& archive, T& device)
{
    archive("device_id", device.id);
    archive("kind", device.kind);
    archive("name", device.name);
    archive("interface", device.interface);
    archive("driver", device.driver);
    archive("capacity_bytes", device.capacity);
}

template <class Archive, Is<BenchmarkMachine> T>
void fields(Archive& archive, T& machine)
{
    archive("processor", machine.processor);
    archive("processors", machine.processors);
    archive("memory_bytes", machine.memory);
    archive("kernel", machine.kernel);
    archive("device", machine.device);
    archive("version", machine.version);
    archive("build_type", machine.buildType);
    archive("features", machine.features);
}

/// In bytes a second.
template <class Archive, Is<MachineLimits> T>
void fields(Archive& archive, T& limits)
{
    archive("disk_read", limits.diskRead);
    archive("host_copy_one_thread", limits.hostCopyOneThread);
    archive("host_copy_two_threads", limits.hostCopyTwoThreads);
    archive("device_upload", limits.deviceUpload);
    archive("device_download", limits.deviceDownload);
    archive("device_copy_within", limits.deviceCopyWithin);
    archive("missing", limits.missing);
}

template <class Archive, Is<ComputeCheck> T>
void fields(Archive& archive, T& check)
{
    archive("name", check.name);
    archive("tensor", check.tensor);
    archive("type", check.type);
    archive("shape", check.shape);
    archive("seconds", check.seconds);
    archive("operations", check.operations);
    archive("deviation", check.deviation);
    archive("matches", check.matches);
    archive.derived("operations_per_second",
        [&check] { return check.seconds > 0 ? Json(check.operations / check.seconds) : Json(); });
}

/// What follows from a stage needs the rest of the report: it is added afterwards.
template <class Archive, Is<StageResult> T>
void fields(Archive& archive, T& result)
{
    archive("stage", result.stage);
    archive("measurements", result.measurements);
    archive.later("statistics", "bytes_per_second", "limit", "limited_by");
}

template <class Archive, Is<ModelBenchmark> T>
void fields(Archive& archive, T& model)
{
    archive("model", model.model);
    archive("stages", model.stages);
    archive("compute_checks", model.computeChecks);
    archive("compute_problem", model.computeProblem);
    archive("peer", model.peer);
    archive("peer_problem", model.peerProblem);
    archive("problem", model.problem);
    archive.derived("peer_ratio", [&model] {
        const auto ratio = peerRatio(model);
        return ratio ? Json(*ratio) : Json();
    });
    archive.derived("slowest_stage", [&model] {
        const BenchmarkStage slowest = slowestStage(model);
        return slowest == BenchmarkStage::None ? Json() : Json(toText(slowest));
    });
}

template <class Archive, Is<BenchmarkReport> T>
void fields(Archive& archive, T& report)
{
    archive("id", report.id);
    archive("started_at", report.startedAt);
    archive("seconds", report.seconds);
    archive("end", report.end);
    archive("settings", report.settings);
    archive("machine", report.machine);
    archive("other_loads", report.otherLoads);
    archive("limits", report.limits);
    archive("models", report.models);
}

} // namespace weightroom::engine
