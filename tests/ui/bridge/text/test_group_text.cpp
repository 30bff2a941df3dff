// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/group_text.h"

#include <QLocale>
#include <QTest>

using namespace weightroom;
using namespace weightroom::ui;

class TestGroupText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void tellsWhatIsKnown();
    void saysWhatIsNotReported();
    void isEmptyWithoutAGroup() { QVERIFY(groupFigures({}).isEmpty()); }
};

void TestGroupText::tellsWhatIsKnown()
{
    engine::ControlGroupReading reading;
    reading.memory = engine::kGiB * 3;
    reading.memoryLimit = engine::kGiB * 8;
    reading.diskRead = 2.0 * 1024 * 1024;
    reading.diskWritten = 0.0;
    reading.memoryStall = 0.126;
    const QList<GpuFigure> figures = groupFigures(reading);
    QCOMPARE(figures.size(), 4);
    QCOMPARE(figures[0].value, QStringLiteral("3.00 GiB of 8.00 GiB"));
    QCOMPARE(figures[1].value, QStringLiteral("2.0 MiB/s"));
    QCOMPARE(figures[2].value, QStringLiteral("0 bytes/s"));
    QCOMPARE(figures[3].value, QStringLiteral("13 %"));
    for (const GpuFigure& figure : figures)
        QVERIFY(figure.isKnown);
}

void TestGroupText::saysWhatIsNotReported()
{
    engine::ControlGroupReading reading;
    reading.memory = engine::kGiB * 3;
    const QList<GpuFigure> figures = groupFigures(reading);
    QCOMPARE(figures[0].value, QStringLiteral("3.00 GiB, no limit"));
    for (qsizetype row = 1; row < figures.size(); ++row)
        QVERIFY(!figures[row].isKnown && figures[row].value == QStringLiteral("not reported"));
}

QTEST_APPLESS_MAIN(TestGroupText)
#include "test_group_text.moc"
