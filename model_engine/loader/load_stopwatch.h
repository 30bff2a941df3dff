// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/clock.h"
#include "model_engine/loader/model_loader.h"

namespace weightroom::engine {

/// Measures one phase of a load: adds the time of its life.
class LoadStopwatch {
public:
    LoadStopwatch(const Clock& clock, LoadTimes::Seconds& into)
        : m_clock(clock)
        , m_into(into)
        , m_begin(clock.now())
    {
    }
    LoadStopwatch(const LoadStopwatch&) = delete;
    LoadStopwatch& operator=(const LoadStopwatch&) = delete;
    ~LoadStopwatch() { m_into += m_clock.now() - m_begin; }

private:
    const Clock& m_clock;
    LoadTimes::Seconds& m_into;
    const Clock::Steady m_begin;
};

} // namespace weightroom::engine
