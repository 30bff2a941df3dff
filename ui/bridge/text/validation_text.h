// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "ui/bridge/views/details_view.h"

namespace weightroom::ui {

/// What an answer of model.post_model_validate says, in the words of the window.
[[nodiscard]] ValidationView validationView(const engine::Json& answer);

} // namespace weightroom::ui
