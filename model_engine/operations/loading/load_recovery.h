// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/jobs/jobs.h"
#include "model_engine/operations/loading/model_loading.h"
#include "model_engine/operations/memory/memory_compaction.h"

#include <functional>
#include <optional>
#include <vector>

namespace weightroom::engine {

/// What is known of a load that has failed and has given everything back.
struct FailedLoad {
    Error error;
    PrecisionRequest precision{}; ///< that it was to have
    Bytes newOnDevice{}; ///< that it wanted, with alignment
    Bytes newInCache{}; ///< likewise
    bool hasTakenMemory = false; ///< all places; what failed came later
    Bytes evicted{}; ///< that it has pushed out of the cache, and that did not suffice
};

/// Helps a load that has failed where that is possible (E3), so that trying once more may succeed:
///
///     no memory         trim what pools keep ready ─ evict from the cache ─ compact ─ lower the precision, if allowed
///     a file not read   nothing but reading it anew, from a fresh open file
///
/// Each step is only taken where it can bring what is missing, and not when the one before has brought it. What lies on
/// a device stays: it is there because the user wants it. A precision may be lowered where the level that holds for the
/// load is `aggressive` and something else keeps it higher (docs/precision.md). For one load; on a job's thread.
class LoadRecovery {
public:
    /// All must outlive it.
    LoadRecovery(EngineServices& services, const LoadWish& wish, JobContext& job)
        : m_services(services)
        , m_wish(wish)
        , m_job(job)
    {
    }

    /// What to load instead; nothing: it would fail in the same way again, or nobody wants it any more. steps() has
    /// what was done, either way. Blocks its caller; a cancel is looked at as in a load.
    [[nodiscard]] std::optional<LoadWish> recover(const FailedLoad& failed);

    [[nodiscard]] const std::vector<RecoveryStep>& steps() const { return m_steps; }

private:
    struct Lowered {
        LoadWish wish;
        Bytes needed{}; ///< on the device
    };
    /// Each: whether trying again may succeed now.
    [[nodiscard]] bool help(const FailedLoad& failed);
    [[nodiscard]] bool helpDevice(const FailedLoad& failed);
    [[nodiscard]] bool helpCache(const FailedLoad& failed);
    [[nodiscard]] bool helpSystem(const FailedLoad& failed);

    [[nodiscard]] Bytes trimPools();
    [[nodiscard]] Bytes evictIntoSystem(Bytes wanted);
    using Compaction = std::function<Result<CompactionOutcome>(const CompactionControl&)>;
    [[nodiscard]] Bytes compact(const Compaction& run);
    [[nodiscard]] Bytes compactForSystem(Bytes missing);
    [[nodiscard]] std::optional<Lowered> inLowerPrecision(const FailedLoad& failed) const;
    Bytes note(RecoveryAction action, Bytes freed);

    EngineServices& m_services;
    LoadWish m_wish; ///< as it is to be tried again
    JobContext& m_job;
    std::vector<RecoveryStep> m_steps;
};

/// Whether anything can help after this error.
[[nodiscard]] bool mayRecover(const Error& error);

/// Evicts until something is given back (of bytes that others share nothing is, until the last of them goes too), but
/// for what nobody may evict and for the model `spared`; says how much that was. 0: nothing more can go. On a job's
/// thread.
[[nodiscard]] Bytes evictFromCache(EngineServices& services, Bytes wanted, const ModelId& spared = {});

} // namespace weightroom::engine
