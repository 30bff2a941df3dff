// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/jobs/client.h"
#include "model_engine/core/jobs/jobs.h"
#include "model_engine/monitor/monitor_snapshot.h"
#include "model_engine/operations/operation.h"
#include "model_engine/sharing/slab_request.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// What a server asks of its engine. Nothing here waits for work; any thread.
struct ServedEngine {
    using Completion = std::function<void(const Result<Json>&)>;
    using OnSlabs = std::function<void(const Result<SentSlabs>&)>;

    const OperationRegistry& operations;
    /// As Engine::start(), for a client or for nobody. The completion may come on any thread, also before this returns.
    std::function<JobId(std::string_view operation, const Json& request, Completion completion, const Client& client)>
        start;
    /// As Engine::cancel().
    std::function<Result<>(JobId)> cancel;
    /// Hands out descriptors of a lease. Errors: LeaseNotFound, those of Lease::takeDescriptors().
    std::function<void(const SlabRequest& request, OnSlabs onSlabs)> takeSlabs{};
    /// The client will never ask anything again, and its jobs have been cancelled: its leases end.
    std::function<void(ClientId)> clientGone{};
    /// Brings up the window, and adds these folders to its library; empty: there is none.
    std::function<void(const std::vector<std::string>& folders)> showWindow{};
    /// What the engine knows of itself now. nullptr, or no such function: it is not watched.
    std::function<MonitorSnapshotPtr()> monitor{};
};

} // namespace weightroom::engine
