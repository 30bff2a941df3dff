// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"
#include "ui/bridge/model_row.h"

namespace weightroom::ui {

/// What the window shows of a model's file.
[[nodiscard]] ModelFacts modelFacts(const engine::ModelRecord& record);

} // namespace weightroom::ui
