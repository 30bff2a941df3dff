// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/memory_allowance.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

/// A tenth of the time is what PSI counts in two seconds before our trigger fires. Below, threads wait for the page
/// cache now and then on any busy machine.
constexpr double kStalledTooMuch = 0.1;
/// With more than this many times the reserve free, it is not for want of memory here that threads wait: a control
/// group of somebody else is at its limit, say.
constexpr std::uint64_t kPlenty = 3;
constexpr Bytes kSmallestStep = kMiB * 256; // a slab

/// How much is missing where the reserve is not free, or threads wait.
Bytes missing(const AllowanceRequest& request)
{
    const Bytes available = request.memory.available;
    if (available < request.reserve)
        return request.reserve - available + Bytes{request.reserve.value / 4};
    if (request.stalled > kStalledTooMuch && available < request.reserve * kPlenty)
        return std::max(Bytes{request.held.value / 8}, kSmallestStep);
    return {};
}

} // namespace

Allowance allowanceFor(const AllowanceRequest& request)
{
    const Bytes gone = std::min(missing(request), request.held);
    const Bytes spare = request.memory.available - std::min(request.memory.available, request.reserve);
    const Bytes kept = request.held - gone;
    return {.capacity = std::min(request.budget, gone > Bytes{} ? kept : kept + spare), .toGiveBack = gone};
}

Bytes defaultMemoryReserve(Bytes total) { return std::clamp(Bytes{total.value / 10}, kMiB * 512, kGiB * 8); }

} // namespace weightroom::engine
