// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/alerts/alert_rules.h"

#include <QTest>

using namespace weightroom::engine;
using namespace std::chrono_literals;

class TestAlertRules : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void defaultsAreThoseOfP3();
    void followsTheSettings();
    void zeroSwitchesOff();
};

void TestAlertRules::defaultsAreThoseOfP3()
{
    const std::vector<AlertRule> expected{
        {.kind = AlertKind::MemoryFull, .threshold = 0.9, .hysteresis = 0.05, .hold = 10s},
        {.kind = AlertKind::SlowLoads, .threshold = 30, .hysteresis = 0.05, .hold = 10s},
        {.kind = AlertKind::FailingLoads, .threshold = 0.05, .hysteresis = 0.05, .hold = 10s},
    };
    QVERIFY(alertRulesOf(defaultSettings(kGiB * 8)) == expected);
}

void TestAlertRules::followsTheSettings()
{
    Settings settings;
    settings.alerts = {.memoryPercent = 75, .loadTime = 90s, .errorPercent = 50, .hold = 4s, .hysteresisPercent = 25};
    const std::vector<AlertRule> expected{
        {.kind = AlertKind::MemoryFull, .threshold = 0.75, .hysteresis = 0.25, .hold = 4s},
        {.kind = AlertKind::SlowLoads, .threshold = 90, .hysteresis = 0.25, .hold = 4s},
        {.kind = AlertKind::FailingLoads, .threshold = 0.5, .hysteresis = 0.25, .hold = 4s},
    };
    QVERIFY(alertRulesOf(settings) == expected);
}

void TestAlertRules::zeroSwitchesOff()
{
    Settings settings;
    settings.alerts.loadTime = 0s;
    const auto rules = alertRulesOf(settings);
    QCOMPARE(rules.size(), 3U);
    QVERIFY(rules[0].isEnabled && !rules[1].isEnabled && rules[2].isEnabled);
    settings.alerts.memoryPercent = 0;
    settings.alerts.errorPercent = 0;
    for (const AlertRule& rule : alertRulesOf(settings))
        QVERIFY(!rule.isEnabled);
}

QTEST_APPLESS_MAIN(TestAlertRules)
#include "test_alert_rules.moc"
