// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/cache/cache_policy.h"

#include "model_engine/operations/engine_tables.h"

namespace weightroom::engine {

EvictionRule evictionRule(const EngineTables& tables)
{
    EvictionRule rule;
    rule.policy = evictionPolicyFor(tables.settings.evictionPolicy);
    for (const auto& [model, settings] : tables.modelSettings) {
        if (settings->isPinned)
            rule.pinned.insert(model);
    }
    rule.expectedUses = tables.predictor.expectedUses();
    // One reading says little: the file may have lain in the page cache, or the disk was busy.
    for (const auto& [component, usage] : usageByComponent(tables.usage.events(), Clock::Wall::min())) {
        if (const auto cost = usage.meanLoadCost())
            rule.loadCosts[component] = *cost;
    }
    return rule;
}

} // namespace weightroom::engine
