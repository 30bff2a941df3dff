// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/server/rest/rest_tokens.h"

#include <chrono>
#include <cstdint>

namespace weightroom::engine {

/// How long clients of the REST door may take.
struct RestTiming {
    std::chrono::milliseconds request{10'000}; ///< from when a request is waited for until all of it is there
    std::chrono::milliseconds piece{60'000}; ///< until 64 KiB of an answer were taken
    std::chrono::milliseconds farewell{2'000}; ///< to read the last answer and close
};

/// Where the REST door of an engine is, and who may come in.
struct RestOptions {
    std::uint16_t port = 0; ///< 0: any that is free
    RestTokens tokens;
    RestTiming timing{};
};

} // namespace weightroom::engine
