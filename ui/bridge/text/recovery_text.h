// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/error.h"

#include <QString>

#include <span>

namespace weightroom::ui {

/// What helped a job that has succeeded at its second attempt (E3), as a part of a line; empty without steps.
[[nodiscard]] QString recoveredText(std::span<const engine::RecoveryStep> steps);
/// What was done by itself, and did not help, as a sentence; empty without steps.
[[nodiscard]] QString triedText(std::span<const engine::RecoveryStep> steps);

} // namespace weightroom::ui
