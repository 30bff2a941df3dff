// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/model_engine/engine/benchmark_rig.h"

#include <future>

namespace weightroom::test {

/// A benchmark that is held while it runs, once a model has been measured a little.
class HeldBenchmark {
public:
    HeldBenchmark(BenchmarkRig& rig, const engine::Json& fields)
        : m_rig(rig)
    {
        rig.onBenchmark = [this](const engine::JobSnapshot& job) {
            if (job.unitsDone > 5)
                m_gate.pass();
        };
        m_job = rig.engine().start("model.post_model_benchmark", fields,
            [this](const engine::Result<engine::Json>& answer) { m_answer.set_value(answer); });
        m_gate.waitForArrivals();
    }
    ~HeldBenchmark()
    {
        m_gate.open();
        if (m_future.valid()) {
            (void)m_rig.engine().cancel(m_job);
            m_future.wait();
        }
        m_rig.onBenchmark = {};
    }
    HeldBenchmark(const HeldBenchmark&) = delete;
    HeldBenchmark& operator=(const HeldBenchmark&) = delete;

    /// Cancels it, and waits for its end.
    [[nodiscard]] engine::Result<engine::Json> cancelled()
    {
        (void)m_rig.engine().cancel(m_job);
        m_gate.open();
        return m_future.get();
    }

private:
    BenchmarkRig& m_rig;
    Gate m_gate;
    engine::JobId m_job;
    std::promise<engine::Result<engine::Json>> m_answer;
    std::future<engine::Result<engine::Json>> m_future = m_answer.get_future();
};

} // namespace weightroom::test
