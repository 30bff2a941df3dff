// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/monitor_view.h"
#include "ui/pages/monitor/history_board.h"

#include <QList>

namespace weightroom::ui {

/// How much of a memory is used, and by whom.
[[nodiscard]] ChartSpec memoryChart(const WatchedMemory& memory);
/// The charts about a device (those that such a device can have) and about the machine.
[[nodiscard]] QList<ChartSpec> deviceCharts(const WatchedMemory& device);
[[nodiscard]] QList<ChartSpec> machineCharts();

} // namespace weightroom::ui
