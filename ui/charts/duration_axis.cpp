// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/duration_axis.h"

#include "ui/bridge/text/benchmark_text.h"

#include <algorithm>
#include <cmath>

namespace weightroom::ui {

ValueAxis durationAxis(double greatest, int most)
{
    constexpr double kLeast = 1e-6; // clocks tell no less apart
    constexpr double kRounding = 1e-9;
    ValueAxis axis = valueAxis(0, std::max(greatest, kLeast), ChartUnit::Seconds, most, AxisEnd::Exact);
    if (axis.ticks.size() >= 2) {
        const double step = axis.ticks[1].value - axis.ticks[0].value;
        axis.high = std::ceil(axis.high / step - kRounding) * step;
        if (axis.ticks.last().value < axis.high - step / 2)
            axis.ticks.append(ValueTick{.value = axis.high, .label = {}});
    }
    for (ValueTick& tick : axis.ticks)
        tick.label = benchmarkTimeText(tick.value);
    return axis;
}

} // namespace weightroom::ui
