// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/details_view.h"
#include "ui/bridge/views/model_row.h"

#include <optional>

namespace weightroom::ui {

enum class ModelCommand : quint8 {
    None = 0,
    Load,
    Unload,
    Share,
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

/// A truth about a model that the user turns around.
struct ModelFlag {
    ModelCommand command = ModelCommand::None; ///< that does it
    std::optional<bool> NotesChange::*change = nullptr;
    bool (ModelRow::*isSet)() const = nullptr;
};
inline constexpr ModelFlag kFavoriteFlag{ModelCommand::Favorite, &NotesChange::isFavorite, &ModelRow::isFavorite};
inline constexpr ModelFlag kPinFlag{ModelCommand::Pin, &NotesChange::isPinned, &ModelRow::isPinned};

/// Whether a command makes sense for a model now. The engine checks again; this decides what is offered.
[[nodiscard]] bool canApply(ModelCommand command, const ModelRow& row, const CommandContext& context);

} // namespace weightroom::ui
