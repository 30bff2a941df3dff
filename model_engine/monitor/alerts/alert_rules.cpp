// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/alerts/alert_rules.h"

namespace weightroom::engine {
namespace {

double fractionOf(int percent) { return percent / 100.0; }

} // namespace

std::vector<AlertRule> alertRulesOf(const Settings& settings)
{
    const AlertSettings& alerts = settings.alerts;
    const auto rule = [&](AlertKind kind, double threshold) {
        return AlertRule{.kind = kind,
            .isEnabled = threshold > 0,
            .threshold = threshold,
            .hysteresis = fractionOf(alerts.hysteresisPercent),
            .hold = alerts.hold};
    };
    return {rule(AlertKind::MemoryFull, fractionOf(alerts.memoryPercent)),
        rule(AlertKind::SlowLoads, std::chrono::duration<double>{alerts.loadTime}.count()),
        rule(AlertKind::FailingLoads, fractionOf(alerts.errorPercent))};
}

} // namespace weightroom::engine
