// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/settings/number_setting.h"

#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;

class TestNumberSetting : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void numbersHaveLimits_data();
    void numbersHaveLimits();
    void knowsNoOtherName();
};

void TestNumberSetting::numbersHaveLimits_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<qint64>("minimum");
    QTest::addColumn<qint64>("maximum");
    std::size_t rows = 0;
    const auto row = [&](const char* name, qint64 minimum, qint64 maximum) {
        QTest::newRow(name) << QString::fromLatin1(name) << minimum << maximum;
        ++rows;
    };
    row("pool_keep_seconds", 0, 86'400);
    row("rest_port", 1024, 65'535);
    row("alert_memory_percent", 0, 100);
    row("alert_load_seconds", 0, 3600);
    row("alert_error_percent", 0, 100);
    row("alert_hold_seconds", 0, 3600);
    row("alert_hysteresis_percent", 0, 50);
    row("history_minutes_days", 1, 90);
    row("history_hours_days", 1, 3650);
    QCOMPARE(numberSettings().size(), rows);
}

void TestNumberSetting::numbersHaveLimits()
{
    QFETCH(QString, name);
    QFETCH(qint64, minimum);
    QFETCH(qint64, maximum);
    const std::string field = name.toStdString();
    const NumberSetting* number = findNumberSetting(field);
    QVERIFY(number);
    QCOMPARE(qint64{number->minimum}, minimum);
    QCOMPARE(qint64{number->maximum}, maximum);
    const Settings before = defaultSettings(kGiB * 8);
    Json expected = toJson(before);
    for (const std::int64_t value : {number->minimum, number->maximum}) {
        const auto settings = settingsFromJson({{field, value}}, before);
        VERIFY_RESULT(settings);
        QCOMPARE(number->get(*settings), value);
        expected[field] = value; // and no other one has changed
        QCOMPARE(writeJson(toJson(*settings)), writeJson(expected));
    }
    for (const std::int64_t value : {number->minimum - 1, number->maximum + 1})
        VERIFY_ERROR(settingsFromJson({{field, value}}, before), ErrorCode::InvalidValue);
}

void TestNumberSetting::knowsNoOtherName()
{
    for (const char* name : {"", "use_cuda", "cache_budget_bytes", "alert_memory", "Rest_port"})
        QVERIFY2(findNumberSetting(name) == nullptr, name);
}

QTEST_APPLESS_MAIN(TestNumberSetting)
#include "test_number_setting.moc"
