// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "benchmarks/cache_policy/cache_trace.h"
#include "model_engine/cache/usage/eviction_policy.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace weightroom::benchmarks {

/// Decides in a replay who leaves the cache. Told of everything in the order of the trace.
class ReplayPolicy {
public:
    virtual ~ReplayPolicy() = default;
    /// A load begins, the `position`th of the trace.
    virtual void beginLoad(std::size_t position) { (void)position; }
    /// It uses a component, cached or not.
    virtual void use(const TraceComponent& component) { (void)component; }
    virtual void endLoad(const TraceLoad& load) { (void)load; }
    virtual void evicted(const engine::EvictionCandidate& candidate) { (void)candidate; }
    /// Who leaves first. Of the load that makes room nothing is among the candidates.
    [[nodiscard]] virtual std::vector<std::size_t> order(std::span<const engine::EvictionCandidate> candidates) = 0;
};

struct NamedPolicy {
    std::string name;
    std::unique_ptr<ReplayPolicy> policy;
};

/// A fresh one of each: lru and value are the engine's own rules; lfu counts uses, of which one counts half after 32
/// loads; gdsf is Greedy-Dual-Size-Frequency (Cherkasova 1998) with seconds as cost; belady knows the trace and lets go
/// what is used again last; future knows it too and weighs cost, bytes and distance. Where components have different
/// sizes, neither of the two is a strict bound.
[[nodiscard]] std::vector<NamedPolicy> replayPolicies(const Trace& trace);

} // namespace weightroom::benchmarks
