// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/cache/usage/prefetch_plan.h"
#include "model_engine/operations/jobs/idle_worker.h"

#include <cstdint>
#include <optional>
#include <set>

namespace weightroom::engine {

struct EngineServices;

/// Reads what is likely to be loaded next into the free part of the cache while nobody wants anything of the engine
/// (K4): one component after another, by the function of every load. It ends within a chunk of 4 MiB when somebody
/// does, and gives back what it took for the component that it was at; those before it stay. It is no job: nobody has
/// asked for it.
class IdlePrefetch final : public IdleTask {
public:
    /// Both must outlive it. The thread begins at once, and waits.
    IdlePrefetch(EngineServices& services, IdleGate& gate);

    [[nodiscard]] std::string_view endedText() const override;
    [[nodiscard]] bool step(const std::stop_token& stop) override;

private:
    [[nodiscard]] std::optional<ComponentKey> choose();
    void readAhead(const ComponentKey& key, const std::stop_token& stop);

    EngineServices& m_services;
    IdleGate& m_gate;
    // Only the thread uses what follows.
    std::set<ComponentKey> m_failed; ///< since work has begun last: not tried again before the next
    std::uint64_t m_worksSeen = 0;
    IdleWorker m_worker; ///< last: its thread uses the rest
};

} // namespace weightroom::engine
