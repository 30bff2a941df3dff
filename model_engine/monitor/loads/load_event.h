// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/core/clock.h"
#include "model_engine/core/error.h"
#include "model_engine/core/ids.h"

#include <chrono>
#include <cstdint>

namespace weightroom::engine {

/// How a load has ended. Cancelled counts neither as a success nor as a failure.
enum class LoadEnd : std::uint8_t { Unknown = 0, Succeeded, Failed, Cancelled };

/// A load that somebody wanted, when it had ended, however it did.
struct LoadEvent {
    Clock::Wall at{}; ///< its end
    ModelId model;
    DeviceId device; ///< empty: into the cache only
    LoadEnd end = LoadEnd::Unknown;
    ErrorCode error = ErrorCode::Unknown; ///< of one that failed
    std::chrono::duration<double> took{}; ///< from its turn to its end; the wait for its turn is not in it
    Bytes moved; ///< read and copied

    friend bool operator==(const LoadEvent&, const LoadEvent&) = default;
};

} // namespace weightroom::engine
