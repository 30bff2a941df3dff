// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "ui/bridge/views/details_view.h"

namespace weightroom::ui {

/// What a dry run of model.delete_model says, in the words of the window.
[[nodiscard]] DeletionView deletionView(const engine::Json& answer);

} // namespace weightroom::ui
