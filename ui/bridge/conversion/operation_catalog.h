// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/operation.h"
#include "ui/bridge/views/operation_view.h"

namespace weightroom::ui {

/// All that a registry declares, in its order: what is declared later is there without a line of code.
[[nodiscard]] QList<OperationView> operationViews(const engine::OperationRegistry& registry);

} // namespace weightroom::ui
