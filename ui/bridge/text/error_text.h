// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/error.h"
#include "ui/bridge/views/error_view.h"
#include "ui/bridge/views/memory_view.h"

namespace weightroom::ui {

/// Words an error in the user's language (E4): one sentence per code, with required and available bytes, device, file
/// where they are known; then what helps. Every code has its text, which a test proves. `memory`: what lies in the
/// memories when it is told; what would give back something that is not there is not advised.
[[nodiscard]] ErrorView errorView(const engine::Error& error, const QList<MemoryView>& memory = {});

/// Several errors at once, none of them more than the others: names each, up to a number that can be read. At least
/// one.
[[nodiscard]] ErrorView joinedErrors(const QList<ErrorView>& errors);

/// The button's text for an action.
[[nodiscard]] QString actionText(ErrorAction action);

} // namespace weightroom::ui
