// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "ui/bridge/views/preload_view.h"

namespace weightroom::ui {

/// From an answer of preload.get_preload_plans.
[[nodiscard]] QList<PreloadPlanView> preloadPlanViews(const engine::Json& answer);
/// The request of preload.post_preload_plan.
[[nodiscard]] engine::Json preloadPlanRequest(const PreloadPlanRequest& plan);

} // namespace weightroom::ui
