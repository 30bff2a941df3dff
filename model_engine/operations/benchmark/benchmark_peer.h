// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/benchmark/reports/benchmark_report.h"
#include "model_engine/catalog/model_record.h"
#include "model_engine/core/system/child_program.h"
#include "model_engine/device/device.h"

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace weightroom::engine {

/// How long a peer is waited for. Decided, not measured.
struct PeerTiming {
    std::chrono::milliseconds toStart{120'000}; ///< it reads gigabytes of libraries, perhaps from a cold disk
    std::chrono::milliseconds toLoad{120'000}; ///< and slowestLoads times our slowest load
    double slowestLoads = 20;
    double slowestRate = 1e7; ///< bytes a second, while no load of ours is known
};

/// safetensors, in Python: loads the files of one model onto the same device as we do, in a process of its own that is
/// started before the first load and ended with this object. Which Python says the environment variable
/// WEIGHTROOM_PYTHON, else it is the python3 in PATH; no request can name one. What it cannot do is its problem, and
/// then it is asked no more. On a job's thread.
class BenchmarkPeer {
public:
    struct Subject {
        ModelRecordPtr record;
        /// The one GPU that the process sees; of a host device, or empty: it loads to the CPU.
        DeviceDescription device;
        BenchmarkTemperature temperature = BenchmarkTemperature::Disk;
    };

    explicit BenchmarkPeer(Subject subject, PeerTiming timing = {})
        : m_subject(std::move(subject))
        , m_timing(timing)
    {
    }

    /// Brings the files to their temperature, and has them loaded. RamCache is the page cache for it: it has no cache
    /// of its own. `slowest`: seconds that our slowest load has taken; 0: there was none. Does nothing once there is a
    /// problem. Errors: Cancelled; the process is gone then.
    [[nodiscard]] Result<> load(double slowest, const std::stop_token& stop);

    [[nodiscard]] const std::optional<PeerResult>& result() const { return m_result; } ///< once it was ready
    /// Unsupported for files that are not safetensors, and a Python without it; NotFound and others of systemError()
    /// where no Python runs; NotAnswering; OutOfDeviceMemory, OutOfHostMemory; InvalidFormat for what it answers; IoError when it has
    /// ended, or says why it cannot; those of makeCold() and makeWarm(). Names the program and files with their paths.
    [[nodiscard]] const std::optional<Error>& problem() const { return m_problem; }

private:
    [[nodiscard]] Result<double> measure(double slowest, const std::stop_token& stop);
    [[nodiscard]] Result<> start(const std::stop_token& stop);
    [[nodiscard]] Result<Json> answer(std::chrono::milliseconds longest, const std::stop_token& stop);
    [[nodiscard]] Error told(const Json& problem) const;
    [[nodiscard]] std::chrono::milliseconds longestLoad(double slowest) const;

    Subject m_subject;
    PeerTiming m_timing;
    std::optional<ChildProgram> m_program;
    std::optional<PeerResult> m_result;
    std::optional<Error> m_problem;
};

} // namespace weightroom::engine
