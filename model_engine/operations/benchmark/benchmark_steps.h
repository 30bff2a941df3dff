// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/benchmark/benchmark_peer.h"
#include "model_engine/operations/benchmark/benchmark_state.h"
#include "model_engine/operations/benchmark/running_benchmark.h"

#include <cstdint>
#include <functional>

namespace weightroom::engine {

/// What a run is to do.
struct BenchmarkRequest {
    BenchmarkSettings settings;
    TransferLane* lane = nullptr; ///< of the device; nullptr: into the RAM cache only
    std::vector<ModelId> models;
    std::set<ComponentId> components{}; ///< empty: all
};

/// The steps of one iteration with one model: each a load, or what follows one.
[[nodiscard]] std::uint64_t stepsPerIteration(const BenchmarkRequest& request);

/// Measures one model, which is claimed.
///
///     take it out of memory ─ the peer loads its files                                     where one is asked
///     bring it to its temperature ─ into the cache ─ onto the device ─ share ─ unload      Disk, Cache, Copy, Convert,
///                                   (Disk, Cache)    (Copy, Convert)                       Share, Unload
///     bring it to its temperature ─ a load as anybody asks for it ─ unload                 Whole
///
/// On a job's thread. What it leaves in memory after an error is for restorePlace().
class BenchmarkSteps {
public:
    struct Subject {
        std::size_t number = 0; ///< in the run
        ModelRecordPtr record;
        ModelClaim& claim;
    };

    /// All but `subject` must outlive it.
    BenchmarkSteps(EngineServices& services, const BenchmarkRequest& request, RunningBenchmark& running,
        JobContext& job, Subject subject)
        : m_services(services)
        , m_request(request)
        , m_running(running)
        , m_job(job)
        , m_subject(std::move(subject))
    {
    }

    /// One iteration. Errors: Cancelled; those of loadClaimed(), makeCold(), makeWarm(), unloadClaimed() and
    /// Lease::make().
    [[nodiscard]] Result<> run(std::uint32_t iteration);
    /// What the peer has done until now, and with it its process. Nothing: none was asked.
    [[nodiscard]] std::optional<BenchmarkPeer> takePeer() { return std::exchange(m_peer, std::nullopt); }
    [[nodiscard]] std::uint64_t done() const { return m_done; } ///< steps, in all iterations

private:
    struct Timed {
        ModelLoad load;
        double seconds = 0; ///< from the request to the answer
    };
    [[nodiscard]] Result<> askPeer();
    [[nodiscard]] Result<> clearDevice();
    [[nodiscard]] Result<> bringToTemperature();
    [[nodiscard]] Result<> measureStages();
    [[nodiscard]] Result<> measureCaching();
    [[nodiscard]] Result<> measureCopying();
    [[nodiscard]] Result<> measureSharing();
    [[nodiscard]] Result<> measureUnloading(Bytes loaded);
    [[nodiscard]] Result<> measureWhole();
    [[nodiscard]] Result<Timed> load(TransferLane* lane, Verification verification = Verification::None);
    [[nodiscard]] Result<> expectWanted() const;
    [[nodiscard]] double secondsSince(Clock::Steady begin) const;
    void add(BenchmarkStage stage, double seconds, Bytes bytes);
    void stepDone();

    EngineServices& m_services;
    const BenchmarkRequest& m_request;
    RunningBenchmark& m_running;
    JobContext& m_job;
    const Subject m_subject;
    std::uint32_t m_iteration = 0;
    std::uint64_t m_done = 0;
    double m_slowestWhole = 0; ///< seconds
    std::optional<BenchmarkPeer> m_peer; ///< from its first load on
};

} // namespace weightroom::engine
