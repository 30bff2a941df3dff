// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/alerts/alert.h"

#include <QTest>

using namespace weightroom::engine;

class TestAlert : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void kindsHaveNamesAndSeverities_data();
    void kindsHaveNamesAndSeverities();
    void knowsNoOtherKind();
    void isActiveUntilItHasRecovered();
};

void TestAlert::kindsHaveNamesAndSeverities_data()
{
    QTest::addColumn<AlertKind>("kind");
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("severity");
    QTest::newRow("memory") << AlertKind::MemoryFull << QStringLiteral("memory_full") << QStringLiteral("warning");
    QTest::newRow("slow") << AlertKind::SlowLoads << QStringLiteral("slow_loads") << QStringLiteral("info");
    QTest::newRow("failing") << AlertKind::FailingLoads << QStringLiteral("failing_loads") << QStringLiteral("error");
}

void TestAlert::kindsHaveNamesAndSeverities()
{
    QFETCH(AlertKind, kind);
    QFETCH(QString, name);
    QFETCH(QString, severity);
    QCOMPARE(std::string{toText(kind)}, name.toStdString());
    QVERIFY(alertKindFromText(name.toStdString()) == kind);
    QCOMPARE(std::string{toText(severityOf(kind))}, severity.toStdString());
}

void TestAlert::knowsNoOtherKind()
{
    for (const char* text : {"", "none", "Memory_full", "memory_full ", "memoryFull"})
        QVERIFY2(!alertKindFromText(text), text);
    for (const AlertKind kind : {AlertKind::None, static_cast<AlertKind>(200)}) {
        QCOMPARE(std::string{toText(kind)}, std::string{"none"});
        QCOMPARE(std::string{toText(severityOf(kind))}, std::string{"none"});
    }
}

void TestAlert::isActiveUntilItHasRecovered()
{
    Alert alert;
    alert.acknowledgedAt = Clock::Wall{};
    QVERIFY(alert.isActive());
    alert.recoveredAt = Clock::Wall{};
    QVERIFY(!alert.isActive());
}

QTEST_APPLESS_MAIN(TestAlert)
#include "test_alert.moc"
