// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/usage/prefetch_plan.h"

namespace weightroom::engine {

std::vector<PlannedPrefetch> prefetchPlan(std::span<const LikelyModel> next, const PrefetchRequest& request)
{
    std::vector<PlannedPrefetch> plan;
    Bytes room = request.room;
    for (const LikelyModel& model : next) {
        if (model.probability < request.leastProbability)
            break;
        for (const ComponentId& id : model.components) {
            const ComponentKey key{model.model, id};
            const auto size = request.missing(key);
            if (!size || *size > room)
                continue;
            room = room - *size;
            plan.push_back({key, *size});
        }
    }
    return plan;
}

} // namespace weightroom::engine
