// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/watcher/watch_state.h"

#include <QString>

namespace weightroom::ui {

/// How changes in a folder are noticed, in a sentence; empty when nobody watches it, or not yet.
[[nodiscard]] QString watchText(const engine::WatchCondition& condition);

} // namespace weightroom::ui
