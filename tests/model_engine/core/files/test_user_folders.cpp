// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/files/user_folders.h"

#include <QTest>

using namespace weightroom::engine;

class TestUserFolders : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void followsTheSpecification_data();
    void followsTheSpecification();
};

void TestUserFolders::followsTheSpecification_data()
{
    QTest::addColumn<QByteArray>("variable");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QString>("expected");
    QTest::newRow("configuration") << QByteArrayLiteral("XDG_CONFIG_HOME") << QByteArrayLiteral("/conf")
                                   << QStringLiteral("/conf/weightroom");
    QTest::newRow("configuration below home")
        << QByteArrayLiteral("XDG_CONFIG_HOME") << QByteArray() << QStringLiteral("/home/x/.config/weightroom");
    QTest::newRow("data") << QByteArrayLiteral("XDG_DATA_HOME") << QByteArrayLiteral("/data")
                          << QStringLiteral("/data/weightroom");
    QTest::newRow("data below home") << QByteArrayLiteral("XDG_DATA_HOME") << QByteArray()
                                     << QStringLiteral("/home/x/.local/share/weightroom");
    // A relative path is to be ignored.
    QTest::newRow("relative") << QByteArrayLiteral("XDG_DATA_HOME") << QByteArrayLiteral("data")
                              << QStringLiteral("/home/x/.local/share/weightroom");
}

void TestUserFolders::followsTheSpecification()
{
    QFETCH(QByteArray, variable);
    QFETCH(QByteArray, value);
    QFETCH(QString, expected);
    const QByteArray before = qgetenv(variable);
    const QByteArray homeBefore = qgetenv("HOME");
    qputenv(variable, value);
    qputenv("HOME", "/home/x");
    const auto found = variable == "XDG_DATA_HOME" ? userDataFolder() : userConfigFolder();
    qputenv(variable, before);
    qputenv("HOME", homeBefore);
    QCOMPARE(QString::fromStdString(found.string()), expected);
}

QTEST_APPLESS_MAIN(TestUserFolders)
#include "test_user_folders.moc"
