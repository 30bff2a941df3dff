// SPDX-License-Identifier: GPL-3.0-or-later
//
// What is handed over begins at descriptor 3, which a test cannot have for itself:
// tests/app/test_weightroomctl_serve.cpp has a real manager. Here: what is not meant for this process.
#include "model_engine/server/socket/activated_sockets.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <unistd.h>

using namespace weightroom::engine;

class TestActivatedSockets : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void areNoneWithoutAManager();
    void areNoneForAnotherProcess_data();
    void areNoneForAnotherProcess();
};

void TestActivatedSockets::areNoneWithoutAManager()
{
    const auto sockets = takeActivatedSockets();
    VERIFY_RESULT(sockets);
    QVERIFY(sockets->empty());
}

void TestActivatedSockets::areNoneForAnotherProcess_data()
{
    QTest::addColumn<QByteArray>("process");
    QTest::addColumn<QByteArray>("count");
    const QByteArray own = QByteArray::number(::getpid());
    QTest::newRow("another process") << QByteArray("1") << QByteArray("1");
    QTest::newRow("no process") << QByteArray("") << QByteArray("1");
    QTest::newRow("no number") << own << QByteArray("1x");
    QTest::newRow("nothing") << own << QByteArray("0");
    QTest::newRow("negative") << own << QByteArray("-1");
    QTest::newRow("too many") << own << QByteArray("17");
    QTest::newRow("far too many") << own << QByteArray("99999999999999999999");
}

void TestActivatedSockets::areNoneForAnotherProcess()
{
    QFETCH(QByteArray, process);
    QFETCH(QByteArray, count);
    qputenv("LISTEN_PID", process);
    qputenv("LISTEN_FDS", count);
    qputenv("LISTEN_FDNAMES", "engine.sock");
    const auto sockets = takeActivatedSockets();
    VERIFY_RESULT(sockets);
    QVERIFY(sockets->empty());
    for (const char* variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
        QVERIFY2(!qEnvironmentVariableIsSet(variable), variable);
}

QTEST_APPLESS_MAIN(TestActivatedSockets)
#include "test_activated_sockets.moc"
