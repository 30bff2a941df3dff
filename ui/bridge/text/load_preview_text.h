// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "ui/bridge/views/load_preview_view.h"
#include "ui/bridge/views/model_row.h"

namespace weightroom::ui {

/// From an answer of model.get_model_load_preview for a device, with its texts; `library` has the names.
[[nodiscard]] LoadPreviewView loadPreviewView(const engine::Json& answer, const LibraryView& library);

/// Whether it fits, what it needs, what is there already, what would go for it, and how long it takes: a few short
/// sentences.
[[nodiscard]] QString loadPreviewText(const LoadPreviewView& preview);

} // namespace weightroom::ui
