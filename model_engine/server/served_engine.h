// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/jobs.h"
#include "model_engine/operations/operation.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// What a server asks of its engine. Nothing here waits for work; any thread.
struct ServedEngine {
    using Completion = std::function<void(const Result<Json>&)>;

    const OperationRegistry& operations;
    /// As Engine::start(). The completion may come on any thread, also before this returns.
    std::function<JobId(std::string_view operation, const Json& request, Completion completion)> start;
    /// As Engine::cancel().
    std::function<Result<>(JobId)> cancel;
    /// Brings up the window, and adds these folders to its library; empty: there is none.
    std::function<void(const std::vector<std::string>& folders)> showWindow{};
};

} // namespace weightroom::engine
