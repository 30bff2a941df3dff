// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "ui/bridge/views/operation_view.h"

namespace weightroom::ui {

/// More is not read in a window, and makes it slow: a 256 KiB answer has some 8,000 lines.
inline constexpr qsizetype kAnswerShown = 256 * 1024;
/// Of one line, in characters: an editor lays out each line as a whole.
inline constexpr qsizetype kAnswerLine = 4000;

/// Writes an answer out, and makes its beginning safe to show. May be called on any thread; costs as much as a copy of
/// the answer.
[[nodiscard]] OperationAnswer operationAnswer(const engine::Json& answer);

} // namespace weightroom::ui
