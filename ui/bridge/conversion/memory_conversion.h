// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/snapshot.h"
#include "ui/bridge/views/memory_view.h"
#include "ui/bridge/views/monitor_view.h"

namespace weightroom::ui {

/// What the gauges show. Devices in the engine's order (GPUs first), then GPUs that cannot be used, then the cache.
[[nodiscard]] QList<MemoryView> memoryViews(const engine::EngineSnapshot& snapshot);

/// Puts in what the driver says of others and of itself, which the engine has seen last.
void addLedgers(QList<MemoryView>& memory, const MonitorView& monitor);

} // namespace weightroom::ui
