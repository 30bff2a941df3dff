// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/model_row.h"

namespace weightroom::ui {

enum class ModelCommand : quint8 {
    None = 0,
    Load,
    Unload,
    Cache,
    DropFromCache,
    Favorite,
    Pin,
    Validate,
    Convert,
    Delete
};

/// What stands around a command: whether a job is at work on the model, and where a load would go.
struct CommandContext {
    bool isBusy = false;
    QString deviceId; ///< empty: there is no device
};

/// Whether a command makes sense for a model now. The engine checks again; this decides what is offered.
[[nodiscard]] bool canApply(ModelCommand command, const ModelRow& row, const CommandContext& context);

} // namespace weightroom::ui
