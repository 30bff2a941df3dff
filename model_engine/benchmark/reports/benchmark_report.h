// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/benchmark/benchmark_settings.h"
#include "model_engine/benchmark/limits/machine_limits.h"
#include "model_engine/catalog/content_key.h"
#include "model_engine/core/clock.h"
#include "model_engine/core/json.h"
#include "model_engine/device/device.h"
#include "model_engine/formats/tensor_index.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace weightroom::engine {

/// What was loaded. No path: a report is handed on.
struct BenchmarkModel {
    ModelId id;
    std::string name;
    ContentKey content; ///< by it the same model is found in reports of other machines; empty: unknown
    Bytes size; ///< of the components, as stored
    FileFormat format = FileFormat::Unknown;
    std::vector<ComponentId> components; ///< that were loaded, in the order of the model

    friend bool operator==(const BenchmarkModel&, const BenchmarkModel&) = default;
};

/// One stage of one load.
struct StageMeasurement {
    std::uint32_t iteration = 0; ///< from 1
    double seconds = 0; ///< finite, not negative
    Bytes bytes; ///< that the stage moved, or gave back

    friend bool operator==(const StageMeasurement&, const StageMeasurement&) = default;
};

/// A stage in all loads that had it. See stage_figures.h for what follows from it.
struct StageResult {
    BenchmarkStage stage = BenchmarkStage::None;
    std::vector<StageMeasurement> measurements; ///< at least one, by iteration; fewer than asked for after a cancel

    [[nodiscard]] std::vector<double> seconds() const;
    friend bool operator==(const StageResult&, const StageResult&) = default;
};

/// Another loader at the same files, beside ours in the same run.
struct PeerResult {
    std::string name; ///< "safetensors"
    std::string version;
    std::vector<double> seconds; ///< of each load; empty where `problem` says why

    friend bool operator==(const PeerResult&, const PeerResult&) = default;
};

/// A calculation on the device with weights that lie there, in the shapes of the model.
struct ComputeCheck {
    std::string name; ///< "matmul", "conv2d"
    std::string tensor; ///< whose weights, as it is called in its file
    std::string type; ///< of these weights where they lie, as toText(Dtype)
    std::vector<std::uint64_t> shape; ///< of them
    double seconds = 0; ///< that one calculation took; finite, not negative
    double operations = 0; ///< floating-point operations in these seconds
    /// The largest difference from the same calculation on the host with the bytes as they are stored, over what
    /// rounding explains; finite, not negative.
    double deviation = 0;
    bool matches = false; ///< the result is what it must be: the deviation is at most 1

    friend bool operator==(const ComputeCheck&, const ComputeCheck&) = default;
};

/// One model in a run.
struct ModelBenchmark {
    BenchmarkModel model;
    std::vector<StageResult> stages; ///< in the order of BenchmarkStage, each at most once
    std::vector<ComputeCheck> computeChecks{};
    std::optional<Error> computeProblem{}; ///< why nothing was calculated with it, or not all
    std::optional<PeerResult> peer{};
    std::optional<Error> peerProblem{}; ///< why the peer has no figures, or not all
    std::optional<Error> problem{}; ///< why the model has no figures, or not all

    [[nodiscard]] const StageResult* find(BenchmarkStage stage) const; ///< nullptr: it was not measured
};

/// A device as a report has it: without its UUID, which tells whose machine it is.
struct BenchmarkDevice {
    DeviceId id;
    DeviceKind kind = DeviceKind::Unknown;
    std::string name;
    std::string interface; ///< as DeviceDescription::driver: "CUDA 13.0"; empty for a host device
    std::string driver; ///< "580.159.04"; empty: unknown, or a host device
    Bytes capacity;

    friend bool operator==(const BenchmarkDevice&, const BenchmarkDevice&) = default;
};

/// What a run was made on and with. What is unknown is empty or 0.
struct BenchmarkMachine {
    std::string processor; ///< "AMD EPYC 9654 96-Core Processor"
    std::uint32_t processors = 0; ///< that this process may use
    Bytes memory; ///< RAM that this process may have
    std::string kernel; ///< "Linux 6.1.0-18-amd64"
    std::optional<BenchmarkDevice> device{}; ///< absent: a run into the RAM cache only
    std::string version; ///< of Weightroom
    std::string buildType; ///< "Release"
    std::map<std::string, bool> features{}; ///< feature flags by name, and whether each was in use

    friend bool operator==(const BenchmarkMachine&, const BenchmarkMachine&) = default;
};

/// All of one run: a value that is made once and then kept, shown, compared and handed on.
struct BenchmarkReport {
    BenchmarkId id;
    Clock::Wall startedAt{}; ///< in milliseconds
    double seconds = 0; ///< that the run took
    BenchmarkEnd end = BenchmarkEnd::Unknown;
    BenchmarkSettings settings;
    BenchmarkMachine machine;
    std::optional<std::uint64_t> otherLoads{}; ///< that ran meanwhile, each disturbing it; absent: nobody counted them
    MachineLimits limits; ///< measured in the run: deviceCopyWithin is the bandwidth of a GPU's memory
    std::vector<ModelBenchmark> models;
};

/// The id of a run that began at `startedAt`: "20261123T170405123Z-7". It begins with the time, so that ids sort by it.
/// `run`: of this process, so that two that begin together differ; the number of the job.
[[nodiscard]] BenchmarkId benchmarkIdOf(Clock::Wall startedAt, std::uint64_t run);
/// Whether it has that form: only digits and a few letters, safe as the name of a file.
[[nodiscard]] bool isBenchmarkId(const BenchmarkId& id);

/// The version of the document. It grows with every change that an older reader would not understand: a field, a word
/// of an enumeration.
inline constexpr std::uint32_t kReportVersion = 1;

/// What a report may take as a document: 32 models with 7 stages of 200 iterations are half of it, on lines of their
/// own.
inline constexpr Bytes kLargestReport = kMiB * 16;

/// All of a report, and for readers of the document what follows from it: with each stage its statistics, rate and
/// limit (see toJson(const StageFigures&)), with each peer its statistics and rate, with each model "slowest_stage" and
/// "peer_ratio", with each check "operations_per_second".
[[nodiscard]] Json toJson(const BenchmarkReport& report);

/// What that has written. Strict: each field must be there, of its type and within its limits, and there must be no
/// other; what follows from other fields is not read, it may be anything. Errors: Unsupported for the document of a
/// newer version, MissingField, UnknownField, and InvalidValue, with the place ("models[0].stages[2].stage").
[[nodiscard]] Result<BenchmarkReport> benchmarkReportFromJson(const Json& document);

/// The same from a text. Errors also: InvalidJson.
[[nodiscard]] Result<BenchmarkReport> readBenchmarkReport(std::string_view text);

} // namespace weightroom::engine
