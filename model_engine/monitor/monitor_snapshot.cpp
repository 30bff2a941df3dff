// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/monitor_snapshot.h"

namespace weightroom::engine {

std::string_view toText(GpuWakefulness wakefulness)
{
    switch (wakefulness) {
    case GpuWakefulness::Awake:
        return "awake";
    case GpuWakefulness::Asleep:
        return "asleep";
    case GpuWakefulness::Unknown:
        break;
    }
    return "unknown";
}

} // namespace weightroom::engine
