// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/conversion/load_record_values.h"

#include <QTest>

using namespace weightroom;
using namespace weightroom::ui;

namespace {

/// As the engine answers, for a load to this place.
engine::Json answerFor(const char* place)
{
    engine::Json measured{{"device_bytes", 7U}, {"cache_bytes", 9U}, {"allocating_seconds", 0.5}, {"disk_seconds", 1.5},
        {"copy_seconds", 0.25}, {"total_seconds", 2.0}};
    engine::Json predicted = measured;
    predicted["disk_seconds"] = 3.0;
    predicted["copy_seconds"] = nullptr;
    engine::Json errors{{"device_bytes", 0.0}, {"cache_bytes", 0.0}, {"allocating_seconds", 0.0},
        {"disk_seconds", 100.0}, {"copy_seconds", nullptr}, {"total_seconds", 0.0}};
    return {{"records",
        {{{"model_id", "hat"}, {"device_id", place}, {"loaded_at", "2026-03-01T12:00:05Z"}, {"predicted", predicted},
            {"measured", measured}, {"error_percent", errors}}}}};
}

} // namespace

class TestLoadRecordValues : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void readsALoad();
    void readsALoadIntoTheCache();
    void readsThatThereWasNone();
};

void TestLoadRecordValues::readsALoad()
{
    const LoadRecordsView view = loadRecordsView(QStringLiteral("hat"), answerFor("GPU_0"));
    QCOMPARE(view.modelId, QStringLiteral("hat"));
    QCOMPARE(view.records.size(), 1);
    const LoadRecordView& record = view.records.first();
    QCOMPARE(record.at, QDateTime(QDate(2026, 3, 1), QTime(12, 0, 5), Qt::UTC));
    QCOMPARE(record.at.timeSpec(), Qt::LocalTime);
    QCOMPARE(record.deviceId, QStringLiteral("GPU_0"));
    const ForecastView bytes{.predicted = 7, .measured = 7, .errorPercent = 0};
    QVERIFY(record[LoadFigure::Bytes] == bytes);
    const ForecastView reading{.predicted = 3, .measured = 1.5, .errorPercent = 100};
    QVERIFY(record[LoadFigure::Reading] == reading);
    const ForecastView copying{.predicted = std::nullopt, .measured = 0.25, .errorPercent = std::nullopt};
    QVERIFY(record[LoadFigure::Copying] == copying);
    QCOMPARE(record[LoadFigure::Allocating].measured, 0.5);
    QCOMPARE(record[LoadFigure::Total].measured, 2.0);
}

void TestLoadRecordValues::readsALoadIntoTheCache()
{
    const LoadRecordsView view = loadRecordsView(QStringLiteral("hat"), answerFor("cache"));
    QVERIFY(view.records.first().deviceId.isEmpty());
    QCOMPARE(view.records.first()[LoadFigure::Bytes].measured, 9.0);
}

void TestLoadRecordValues::readsThatThereWasNone()
{
    QVERIFY(loadRecordsView(QStringLiteral("hat"), {{"records", engine::Json::array()}}).records.isEmpty());
}

QTEST_GUILESS_MAIN(TestLoadRecordValues)
#include "test_load_record_values.moc"
