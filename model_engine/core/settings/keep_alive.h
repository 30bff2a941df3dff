// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/clock.h"

#include <chrono>
#include <optional>

namespace weightroom::engine {

/// How long a model stays on a device without another use: Ollama's words. 0: until the next look; kKeepForEver: until
/// somebody unloads it.
using KeepAlive = std::chrono::seconds;

inline constexpr KeepAlive kKeepForEver{-1};
/// Who means longer means for ever.
inline constexpr KeepAlive kLongestKeepAlive = std::chrono::hours{24 * 30};

/// When it is over; nothing: never.
[[nodiscard]] inline std::optional<Clock::Steady> expiryAfter(KeepAlive keep, Clock::Steady lastUse)
{
    return keep < KeepAlive{} ? std::nullopt : std::optional{lastUse + keep};
}

} // namespace weightroom::engine
