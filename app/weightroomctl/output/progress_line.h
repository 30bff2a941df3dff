// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/jobs/jobs.h"

#include <cstdint>
#include <mutex>

namespace weightroom::ctl {

enum class ProgressStyle : std::uint8_t { None, Terminal };

/// One line on standard error that is overwritten while a job runs; nothing at all in a pipe. Called on threads of the
/// engine.
class ProgressLine {
public:
    explicit ProgressLine(ProgressStyle style)
        : m_style(style)
    {
    }
    /// Terminal when standard error is one.
    [[nodiscard]] static ProgressStyle styleOfStandardError();

    void show(const engine::JobSnapshot& job);

private:
    const ProgressStyle m_style;
    std::mutex m_mutex; ///< guards the order of writes
};

} // namespace weightroom::ctl
