// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "ui/bridge/views/details_view.h"

namespace weightroom::ui {

/// The sidecars that can be written, with what each says now; from an answer of model.get_model_metadata.
[[nodiscard]] QList<SidecarTarget> sidecarTargets(const engine::Json& answer);
/// The request of model.post_model_metadata_update.
[[nodiscard]] engine::Json sidecarRequest(const SidecarChange& change);

} // namespace weightroom::ui
