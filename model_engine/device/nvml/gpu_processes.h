// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/device/nvml/gpu_questions.h"
#include "model_engine/device/nvml/gpu_reading.h"

namespace weightroom::engine {

/// Enters the processes that NVML lists for compute and for graphics, each once; leaves them absent where it lists
/// neither. Needs the reading's total of the memory, beyond which no process has any.
void readProcesses(GpuQuestions& gpu, GpuReading& reading);

} // namespace weightroom::engine
