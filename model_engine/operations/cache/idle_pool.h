// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/cache/pool_keeper.h"
#include "model_engine/operations/jobs/idle_worker.h"

namespace weightroom::engine {

struct EngineServices;

/// Makes memory ready for the next load while nobody wants anything of the engine (see PoolKeeper), in steps that end
/// soon when somebody does, and gives it back to the system when it is not needed for a while. What is ready stands in
/// the snapshot. No job: nobody has asked for it.
class IdlePool final : public IdleTask {
public:
    /// All must outlive it. The thread begins at once, and waits.
    IdlePool(EngineServices& services, IdleGate& gate, PoolKeeper::ReadMemory readMemory, IdleTiming timing);

    [[nodiscard]] std::string_view endedText() const override;
    void look() override;
    [[nodiscard]] bool step(const std::stop_token& stop) override;

private:
    void tell();

    EngineServices& m_services;
    PoolKeeper m_keeper;
    bool m_isUntold = false; ///< something was made ready since the last telling
    IdleWorker m_worker; ///< last: its thread uses the rest
};

} // namespace weightroom::engine
