// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/device/nvml/gpu_reading.h"
#include "ui/bridge/views/monitor_view.h"

namespace weightroom::ui {

/// What a GPU says of itself, a line for each: use, temperature and power with their limits, clocks and what holds them
/// back, PCIe, fan, ECC and memory errors, partition, virtualization. What it does not report says so, and is not left
/// out.
[[nodiscard]] QList<GpuFigure> gpuFigures(const engine::GpuReading& reading);

} // namespace weightroom::ui
