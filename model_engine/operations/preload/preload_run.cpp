// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/preload/preload_run.h"

#include "model_engine/operations/loading/model_loading.h"

#include <algorithm>
#include <utility>

namespace weightroom::engine {
namespace {

/// The bytes of a model's components; nothing when the catalogue does not know it: its turn says why.
Bytes sizeOf(const EngineSnapshot& now, const ModelId& model)
{
    Bytes size;
    if (const auto state = findModel(now, model)) {
        for (const ComponentRecord& component : (*state)->record->identified.components)
            size += component.size;
    }
    return size;
}

class PreloadRun {
public:
    PreloadRun(EngineServices& services, std::optional<Clock::Steady> deadline, JobContext& job)
        : m_services(services)
        , m_deadline(deadline)
        , m_job(job)
    {
    }

    Result<std::vector<PreloadResult>> run(std::span<const PreloadEntry> entries);

private:
    struct Turn {
        PreloadEntry entry;
        Bytes size;
        std::uint64_t units = 0; ///< of the job's progress
    };
    std::vector<Turn> turnsFor(std::span<const PreloadEntry> entries);
    PreloadResult take(const Turn& turn);
    Result<PreloadOutcome> loadOrCache(const Turn& turn, std::optional<Error>& error);
    Result<> move(const Turn& turn, TransferLane* lane);
    [[nodiscard]] bool isTooLate() const { return m_deadline && m_services.clock.now() >= *m_deadline; }
    [[nodiscard]] bool hasRoom(const Turn& turn) const;

    EngineServices& m_services;
    const std::optional<Clock::Steady> m_deadline;
    JobContext& m_job;
    Bytes m_kept; ///< what this run has brought into the cache, or found there
    std::uint64_t m_moved = 0; ///< units of the entry whose turn it is
};

std::vector<PreloadRun::Turn> PreloadRun::turnsFor(std::span<const PreloadEntry> entries)
{
    const EngineSnapshotPtr now = m_services.snapshot();
    std::vector<Turn> turns;
    std::uint64_t total = 0;
    for (const PreloadEntry& entry : entries) {
        const Bytes size = sizeOf(*now, entry.model);
        // Read once, and copied where a device is wished.
        turns.push_back({entry, size, entry.device.empty() ? size.value : size.value * 2});
        total += turns.back().units;
    }
    m_job.setTotal(total);
    return turns;
}

Result<std::vector<PreloadResult>> PreloadRun::run(std::span<const PreloadEntry> entries)
{
    std::vector<PreloadResult> results;
    for (const Turn& turn : turnsFor(entries)) {
        m_moved = 0;
        results.push_back(take(turn));
        if (m_job.isCancelled())
            return fail(ErrorCode::Cancelled, "the preload was cancelled; what was ready stays");
        // What was there already, shared or left out did not move.
        m_job.advance(turn.units - std::min(turn.units, m_moved));
    }
    return results;
}

PreloadResult PreloadRun::take(const Turn& turn)
{
    PreloadResult result{.entry = turn.entry, .error = {}};
    if (isTooLate()) {
        result.outcome = PreloadOutcome::TooLate;
        return result;
    }
    if (!hasRoom(turn)) {
        result.outcome = PreloadOutcome::NoRoom;
        return result;
    }
    const auto begin = m_services.clock.now();
    auto outcome = loadOrCache(turn, result.error);
    result.took = m_services.clock.now() - begin;
    if (!outcome) {
        result.outcome = PreloadOutcome::Failed;
        result.error = std::move(outcome).error();
        return result;
    }
    result.outcome = *outcome;
    m_kept += turn.size;
    return result;
}

/// `error`: why it is in the cache although a device was wished.
Result<PreloadOutcome> PreloadRun::loadOrCache(const Turn& turn, std::optional<Error>& error)
{
    if (!turn.entry.device.empty()) {
        auto lane = m_services.laneOf(turn.entry.device);
        auto loaded = lane ? move(turn, *lane) : Result<>(fail(std::move(lane).error()));
        if (loaded)
            return PreloadOutcome::Loaded;
        // Ready in RAM is better than not ready at all.
        const ErrorCode code = loaded.error().code;
        if (code != ErrorCode::OutOfDeviceMemory && code != ErrorCode::DeviceNotFound && code != ErrorCode::DeviceLost)
            return fail(std::move(loaded).error());
        error = std::move(loaded).error();
    }
    if (auto cached = move(turn, nullptr); !cached)
        return fail(std::move(cached).error());
    return PreloadOutcome::Cached;
}

Result<> PreloadRun::move(const Turn& turn, TransferLane* lane)
{
    const LoadWish wish{.model = turn.entry.model, .lane = lane};
    const auto begun = [this](Bytes toMove) { m_moved += toMove.value; };
    if (auto load = carryOutLoad(m_services, wish, m_job, begun); !load)
        return fail(std::move(load).error());
    return {};
}

bool PreloadRun::hasRoom(const Turn& turn) const
{
    const Bytes capacity = m_services.cacheMemory.arena().statistics().capacity;
    return turn.size <= capacity - std::min(capacity, m_kept);
}

} // namespace

std::string_view toText(PreloadOutcome outcome)
{
    switch (outcome) {
    case PreloadOutcome::Loaded:
        return "loaded";
    case PreloadOutcome::Cached:
        return "cached";
    case PreloadOutcome::NoRoom:
        return "no_room";
    case PreloadOutcome::TooLate:
        return "too_late";
    case PreloadOutcome::Failed:
        return "failed";
    case PreloadOutcome::None:
        break;
    }
    return "none";
}

Result<std::vector<PreloadResult>> runPreload(EngineServices& services, std::span<const PreloadEntry> entries,
    std::optional<Clock::Steady> deadline, JobContext& job)
{
    return PreloadRun{services, deadline, job}.run(entries);
}

} // namespace weightroom::engine
