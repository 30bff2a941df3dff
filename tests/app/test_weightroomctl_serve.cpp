// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/ctl_rig.h"

#include <QDir>
#include <QStandardPaths>
#include <QTest>

#include <csignal>

using namespace weightroom::test;

namespace {

/// `weightroomctl serve` as a process.
class Served {
public:
    explicit Served(const CtlRig& rig)
        : m_rig(rig)
    {
        rig.start(m_process, {QStringLiteral("serve"), QStringLiteral("--socket-folder"), folder()});
    }
    ~Served() { m_process.kill(), m_process.waitForFinished(); }
    Served(const Served&) = delete;
    Served& operator=(const Served&) = delete;

    [[nodiscard]] QString folder() const { return m_rig.path("sockets"); }
    /// Waits for the first line.
    QByteArray greeting()
    {
        while (!m_process.canReadLine() && m_process.waitForReadyRead(30'000)) { }
        return m_process.readLine();
    }
    /// Another run of weightroomctl, which asks this one.
    [[nodiscard]] CtlRun ask(QStringList arguments) const
    {
        return m_rig.run(arguments << QStringLiteral("--socket-folder") << folder());
    }
    CtlRun terminate()
    {
        ::kill(static_cast<pid_t>(m_process.processId()), SIGTERM);
        return m_rig.finish(m_process);
    }
    [[nodiscard]] qint64 processId() const { return m_process.processId(); }

private:
    const CtlRig& m_rig;
    QProcess m_process;
};

} // namespace

/// weightroomctl as an engine for others, and as one of these.
class TestWeightroomctlServe : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void keepsWhatOthersLoad();
    void endsCleanly();
    void refusesASecondOne();
    void comesBackAfterAKill();
    void saysWhenNobodyServes();
    void isStartedByItsSocket();
};

void TestWeightroomctlServe::keepsWhatOthersLoad()
{
    const CtlRig rig;
    Served served{rig};
    QVERIFY(served.greeting().startsWith("Serving at "));
    const CtlRun loaded = served.ask({QStringLiteral("load"), rig.path("models/first.safetensors")});
    QVERIFY2(loaded.status == 0, loaded.error);
    // Another process finds it loaded.
    const CtlRun status = served.ask({QStringLiteral("--json"), QStringLiteral("status")});
    QVERIFY2(status.status == 0, status.error);
    QVERIFY(status.out.contains("first"));
    const CtlRun info = served.ask({QStringLiteral("call"), QStringLiteral("server.get_server_info")});
    QCOMPARE(info.answer()[QStringLiteral("process_id")].toInteger(), served.processId());
    const CtlRun wrong = served.ask({QStringLiteral("call"), QStringLiteral("model.get_model"), QStringLiteral("{}")});
    QCOMPARE(wrong.code(), QStringLiteral("missing_field"));
    const CtlRun unloaded = served.ask({QStringLiteral("unload"), rig.path("models/first.safetensors")});
    QVERIFY2(unloaded.status == 0, unloaded.error);
}

void TestWeightroomctlServe::endsCleanly()
{
    const CtlRig rig;
    Served served{rig};
    QVERIFY(!served.greeting().isEmpty());
    const CtlRun ended = served.terminate();
    QVERIFY2(ended.status == 0, ended.error);
    QVERIFY(!QFile::exists(served.folder() + QStringLiteral("/engine.sock")));
}

void TestWeightroomctlServe::refusesASecondOne()
{
    const CtlRig rig;
    Served served{rig};
    QVERIFY(!served.greeting().isEmpty());
    const CtlRun second = served.ask({QStringLiteral("serve")});
    QVERIFY2(second.code() == QStringLiteral("already_served"), second.error);
    QVERIFY(second.status > 0);
    const QByteArray who{"weightroomctl (process " + QByteArray::number(served.processId()) + ")"};
    QVERIFY2(second.error.contains(who), second.error);
}

void TestWeightroomctlServe::comesBackAfterAKill()
{
    const CtlRig rig;
    {
        Served killed{rig};
        QVERIFY(!killed.greeting().isEmpty());
    }
    QVERIFY(QFile::exists(rig.path("sockets/engine.sock"))); // nobody has tidied up
    Served served{rig};
    QVERIFY(!served.greeting().isEmpty());
    QCOMPARE(served.ask({QStringLiteral("call"), QStringLiteral("job.get_jobs")}).status, 0);
}

void TestWeightroomctlServe::saysWhenNobodyServes()
{
    const CtlRig rig;
    const CtlRun run = rig.run({QStringLiteral("call"), QStringLiteral("job.get_jobs"),
        QStringLiteral("--socket-folder"), rig.path("nowhere")});
    QCOMPARE(run.code(), QStringLiteral("not_found"));
}

/// By systemd's own tool, where it is there: what systemd does for the unit weightroom.socket.
void TestWeightroomctlServe::isStartedByItsSocket()
{
    const QString activate = QStandardPaths::findExecutable(QStringLiteral("systemd-socket-activate"));
    if (activate.isEmpty())
        QSKIP("systemd-socket-activate is not installed");
    const CtlRig rig;
    const QString folder = rig.path("sockets");
    QVERIFY(QDir().mkpath(folder));
    QVERIFY(QFile::setPermissions(folder, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
    const QString socket = folder + QStringLiteral("/engine.sock");
    const QString readSocket = folder + QStringLiteral("/engine-read.sock");
    QProcess manager;
    manager.start(activate,
        QStringList{QStringLiteral("--listen"), socket, QStringLiteral("--listen"), readSocket}
            << rig.command({QStringLiteral("serve"), QStringLiteral("--socket-folder"), folder}));
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(readSocket), 30'000);
    const QStringList at{QStringLiteral("--socket-folder"), folder};
    // This program's question starts the engine, which is the manager's process from then on.
    const CtlRun info = rig.run(QStringList{QStringLiteral("call"), QStringLiteral("server.get_server_info")} << at);
    QVERIFY2(info.status == 0, info.error);
    QCOMPARE(info.answer()[QStringLiteral("process_id")].toInteger(), manager.processId());
    // Another engine leaves the place alone.
    const CtlRun second = rig.run(QStringList{QStringLiteral("serve")} << at);
    QCOMPARE(second.code(), QStringLiteral("already_served"));
    ::kill(static_cast<pid_t>(manager.processId()), SIGTERM);
    QVERIFY(manager.waitForFinished(30'000));
    QCOMPARE(manager.exitCode(), 0);
    QVERIFY(QFile::exists(socket)); // the manager's, for the next one
}

QTEST_GUILESS_MAIN(TestWeightroomctlServe)
#include "test_weightroomctl_serve.moc"
