// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "model_engine/monitor/monitor_snapshot.h"
#include "ui/bridge/views/monitor_view.h"

namespace weightroom::ui {

[[nodiscard]] MonitorView monitorView(const engine::MonitorSnapshot& snapshot);
[[nodiscard]] AlertView alertView(const engine::Alert& alert);

/// From the answer of monitor.get_metric_history. Any thread.
[[nodiscard]] HistoryView historyView(const HistoryRequest& request, const engine::Json& answer);
/// From the answer of worker.collect_performance_metrics. Any thread.
[[nodiscard]] PerformanceView performanceView(const engine::Json& answer);
/// From the answer of monitor.get_alerts.
[[nodiscard]] QList<AlertView> alertViews(const engine::Json& answer);
/// From the answer of monitor.get_memory_contents to what `asked` asks for. Any thread.
[[nodiscard]] TensorsView tensorsView(const TensorsView& asked, const engine::Json& answer);

} // namespace weightroom::ui
