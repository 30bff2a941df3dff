// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/benchmark/reports/benchmark_report.h"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace weightroom::engine {

/// A benchmark that runs, at one moment.
struct BenchmarkProgress {
    BenchmarkId id;
    std::uint64_t stepsDone = 0;
    std::uint64_t stepsTotal = 0;
    std::vector<ModelBenchmark> models; ///< with what was measured so far
};
/// benchmark_id, steps_done, steps_total and models, each with model_id, name, problem, stages, each with its
/// measurements and statistics, compute_checks, compute_problem, peer, peer_ratio and peer_problem. Nothing: benchmark_id null, 0 steps and no models.
[[nodiscard]] Json toJson(const std::optional<BenchmarkProgress>& progress);

/// The benchmark that runs in an engine, if one does: two would measure each other. Where its figures gather, and where
/// others see them meanwhile. Any thread.
class RunningBenchmark {
public:
    /// While it lives, no other one begins.
    class Turn {
    public:
        explicit Turn(RunningBenchmark& running)
            : m_running(&running)
        {
        }
        Turn(Turn&& other) noexcept
            : m_running(std::exchange(other.m_running, nullptr))
        {
        }
        Turn& operator=(Turn&&) = delete;
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        ~Turn()
        {
            if (m_running)
                m_running->end();
        }

    private:
        RunningBenchmark* m_running;
    };

    /// Gives the run its id: see benchmarkIdOf(). Errors: Busy.
    [[nodiscard]] Result<Turn> begin(Clock::Wall startedAt);
    /// What it is going to do: so many steps, with these models.
    void plan(std::uint64_t steps, std::vector<ModelBenchmark> models);
    void stepsDone(std::uint64_t count);
    void add(std::size_t model, BenchmarkStage stage, const StageMeasurement& measurement);
    void add(std::size_t model, const std::vector<ComputeCheck>& checks);
    void setComputeProblem(std::size_t model, const Error& problem);
    void setPeer(std::size_t model, const std::optional<PeerResult>& peer, const std::optional<Error>& problem);
    /// Why it has no figures, or not all; the first reason stays.
    void setProblem(std::size_t model, const Error& problem);
    /// Nothing: none runs.
    [[nodiscard]] std::optional<BenchmarkProgress> now() const;

private:
    void end();

    mutable std::mutex m_mutex; ///< guards what follows; nothing is called while it is held
    std::optional<BenchmarkProgress> m_progress;
    std::uint64_t m_runs = 0;
};

} // namespace weightroom::engine
