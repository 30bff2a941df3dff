// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "ui/bridge/views/load_record_view.h"

namespace weightroom::ui {

/// From an answer of model.get_model_load_records for one model.
[[nodiscard]] LoadRecordsView loadRecordsView(const QString& modelId, const engine::Json& answer);

} // namespace weightroom::ui
