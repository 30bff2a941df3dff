// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/placeholders.h"

#include <QTest>

using namespace weightroom::ui;

class TestPlaceholders : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void fills_data();
    void fills();
};

void TestPlaceholders::fills_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("expected");
    QTest::newRow("no placeholder") << QStringLiteral("plain") << QStringLiteral("plain");
    QTest::newRow("two") << QStringLiteral("{a} and {b}.") << QStringLiteral("1 and {a}.");
    QTest::newRow("one that is not known") << QStringLiteral("{a} and {c}") << QString();
    QTest::newRow("an open one") << QStringLiteral("{a} {b") << QStringLiteral("1 {b");
}

void TestPlaceholders::fills()
{
    QFETCH(const QString, text);
    // A value that looks like a placeholder stays what it is.
    QTEST(filledTemplate(
              text, {{QStringLiteral("a"), QStringLiteral("1")}, {QStringLiteral("b"), QStringLiteral("{a}")}}),
        "expected");
}

QTEST_APPLESS_MAIN(TestPlaceholders)
#include "test_placeholders.moc"
