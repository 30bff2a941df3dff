// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/load_records.h"

#include <QTest>

using namespace weightroom::engine;

class TestLoadRecords : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void saysHowFarAPredictionWasOff_data();
    void saysHowFarAPredictionWasOff();
    void saysNothingWhereNothingWasMeasured();
    void keepsTheLast();
};

void TestLoadRecords::saysHowFarAPredictionWasOff_data()
{
    QTest::addColumn<double>("predicted");
    QTest::addColumn<double>("measured");
    QTest::addColumn<double>("error");
    QTest::newRow("exact") << 5.0 << 5.0 << 0.0;
    QTest::newRow("too high") << 102.0 << 100.0 << 2.0;
    QTest::newRow("too low") << 1.0 << 4.0 << -75.0;
    QTest::newRow("nothing foretold") << 0.0 << 4.0 << -100.0;
    QTest::newRow("nothing, as foretold") << 0.0 << 0.0 << 0.0;
}

void TestLoadRecords::saysHowFarAPredictionWasOff()
{
    QFETCH(const double, predicted);
    QFETCH(const double, measured);
    QFETCH(const double, error);
    QCOMPARE(errorPercent(predicted, measured).value(), error);
}

void TestLoadRecords::saysNothingWhereNothingWasMeasured() { QVERIFY(!errorPercent(1, 0)); }

void TestLoadRecords::keepsTheLast()
{
    LoadRecords records;
    QVERIFY(records.all().empty());
    for (std::size_t i = 0; i < LoadRecords::kMost + 3; ++i)
        records.add({.model = {std::to_string(i)}, .device = {}, .predicted = {}, .measured = {}});
    QCOMPARE(records.all().size(), LoadRecords::kMost);
    QCOMPARE(records.all().front().model.text, std::string{"3"});
    QCOMPARE(records.all().back().model.text, std::to_string(LoadRecords::kMost + 2));
}

QTEST_APPLESS_MAIN(TestLoadRecords)
#include "test_load_records.moc"
