// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "ui/bridge/views/details_view.h"

namespace weightroom::ui {

/// What an answer of model.get_model_metadata says, in the words of the window.
[[nodiscard]] ModelDetails modelDetails(const engine::Json& answer);
/// An answer of library.get_library_layout.
[[nodiscard]] LayoutView layoutView(const engine::Json& answer);

} // namespace weightroom::ui
