// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/cache/usage/usage_log.h"

#include <string>

namespace weightroom::test {

inline constexpr engine::Clock::Wall kRun = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};

/// A use at a second of the run.
inline engine::UsageEvent useAt(int second, const std::string& model, const std::string& component = "unet",
    engine::UseKind kind = engine::UseKind::Miss)
{
    return {kRun + std::chrono::seconds{second}, kRun, {{model}, {component}}, kind, engine::Bytes{100},
        std::chrono::duration<double>{2}};
}

} // namespace weightroom::test
