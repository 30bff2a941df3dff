// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/monitor/watch/host_reading.h"
#include "ui/bridge/views/monitor_view.h"

#include <QList>

namespace weightroom::ui {

/// The control group that the engine runs in, one line for each thing that is worth knowing; what the kernel does not
/// tell says so. Empty where it tells nothing: there is no group.
[[nodiscard]] QList<GpuFigure> groupFigures(const engine::ControlGroupReading& reading);

} // namespace weightroom::ui
