// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/ctl_rig.h"
#include "tests/model_engine/server/rest/http_client.h"

#include <QDir>
#include <QStandardPaths>
#include <QTest>

#include <csignal>

using namespace weightroom::test;

namespace {

/// `weightroomctl serve` as a process.
class Served {
public:
    /// GPUs: none, or one of the test double of CUDA's driver, which is lost with the first copy to it.
    enum class Gpus { None, FirstCopyFails };
    explicit Served(const CtlRig& rig, const QStringList& more = {}, Gpus gpus = Gpus::None)
        : m_rig(rig)
    {
        // Tokens of the REST door belong to the user: each of these is one of its own.
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("XDG_CONFIG_HOME"), rig.path("config"));
        if (gpus == Gpus::FirstCopyFails) {
            environment.insert(QStringLiteral("LD_LIBRARY_PATH"), QStringLiteral(WEIGHTROOM_FAKE_CUDA_FOLDER));
            environment.insert(QStringLiteral("WEIGHTROOM_FAKE_CUDA_FAULT"), QStringLiteral("cuMemcpyHtoDAsync:1:700"));
        }
        m_process.setProcessEnvironment(environment);
        const QStringList serve{QStringLiteral("serve"), QStringLiteral("--socket-folder"), folder()};
        rig.start(m_process, serve + more);
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
    /// The end of one that does not begin, or that ends by itself.
    CtlRun end() { return m_rig.finish(m_process); }
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
    void saysWhoAnswers();
    void endsCleanly();
    void endsWhenAGpuIsLost();
    void refusesASecondOne();
    void comesBackAfterAKill();
    void saysWhenNobodyServes();
    void isStartedByItsSocket();
    void opensTheRestDoor_data();
    void opensTheRestDoor();
    void refusesTokensThatOthersMayRead();
};

namespace {

/// "http://127.0.0.1:PORT/api …": the port.
std::uint16_t portIn(const QByteArray& line)
{
    const auto from = line.indexOf("127.0.0.1:") + 10;
    return line.mid(from, line.indexOf('/', from) - from).toUShort();
}

std::string contentOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll().trimmed().toStdString() : std::string{};
}

} // namespace

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

void TestWeightroomctlServe::saysWhoAnswers()
{
    const CtlRig rig;
    Served served{rig};
    QVERIFY(!served.greeting().isEmpty());
    const CtlRun status = served.ask({QStringLiteral("--json"), QStringLiteral("status")});
    const QJsonObject servedBy = status.answer()[QStringLiteral("served_by")].toObject();
    QCOMPARE(servedBy[QStringLiteral("process_id")].toInteger(), served.processId());
    QCOMPARE(servedBy[QStringLiteral("program")].toString(), QStringLiteral("weightroomctl"));
    const QByteArray who = ", process " + QByteArray::number(served.processId()) + "\n";
    const CtlRun text = served.ask({QStringLiteral("status")});
    QVERIFY2(text.out.startsWith("served by weightroomctl ") && text.out.contains(who), text.out);
    const CtlRun own = rig.run({QStringLiteral("--json"), QStringLiteral("status"), QStringLiteral("--own-engine")});
    QVERIFY2(own.status == 0, own.error);
    QVERIFY(own.answer()[QStringLiteral("served_by")].isNull());
    // An engine of its own would say at this level which devices it has.
    const CtlRun operations =
        served.ask({QStringLiteral("--log-level"), QStringLiteral("info"), QStringLiteral("operations")});
    QVERIFY2(operations.status == 0, operations.error);
    for (const char* name : {"model.post_model_load", "server.get_server_info", "server.post_subscribe"})
        QVERIFY2(operations.out.contains(name), name);
    QVERIFY2(!operations.error.contains("HOST_0"), operations.error);
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

void TestWeightroomctlServe::endsWhenAGpuIsLost()
{
    const CtlRig rig;
    Served served{rig, {}, Served::Gpus::FirstCopyFails};
    QVERIFY(!served.greeting().isEmpty());
    const CtlRun load = served.ask({QStringLiteral("load"), rig.path("models/first.safetensors"),
        QStringLiteral("--device"), QStringLiteral("GPU_0")});
    QVERIFY2(load.code() == QStringLiteral("device_lost"), load.error);
    const CtlRun ended = served.end();
    QVERIFY2(ended.code() == QStringLiteral("device_lost"), ended.error);
    QCOMPARE(ended.status, 6);
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

void TestWeightroomctlServe::opensTheRestDoor_data()
{
    QTest::addColumn<bool>("bySetting");
    QTest::newRow("by an option") << false;
    QTest::newRow("by a setting") << true;
}

void TestWeightroomctlServe::opensTheRestDoor()
{
    QFETCH(bool, bySetting);
    const CtlRig rig;
    // A port that was free a moment ago: the setting has none that says "any".
    std::uint16_t port = 0;
    {
        Served before{rig, {QStringLiteral("--rest"), QStringLiteral("0")}};
        QVERIFY(before.greeting().startsWith("Serving at /"));
        const QByteArray line = before.greeting();
        QVERIFY2(line.startsWith("Serving at http://127.0.0.1:"), line);
        port = portIn(line);
        before.terminate();
    }
    QVERIFY(port >= 1024);
    const QString number = QString::number(port);
    QFile settings(rig.path("settings.json"));
    QVERIFY(settings.open(QIODevice::WriteOnly));
    settings.write(
        QByteArray("{\"rest_port\": ").append(number.toLatin1()).append(bySetting ? ", \"rest_enabled\": true}" : "}"));
    settings.close();
    Served served{rig, bySetting ? QStringList{} : QStringList{QStringLiteral("--rest")}};
    QVERIFY(served.greeting().startsWith("Serving at /"));
    QCOMPARE(portIn(served.greeting()), port);
    HttpClient client{port, contentOf(rig.path("config/weightroom/rest-token"))};
    QVERIFY(client.get("/api/jobs"));
    const auto answer = client.next();
    QVERIFY(answer && answer->status == 200 && answer->json().contains("jobs"));
    HttpClient reader{port, contentOf(rig.path("config/weightroom/rest-read-token"))};
    QVERIFY(reader.post("/api/worker/optimize_cache", "{}"));
    QCOMPARE(reader.next()->status, 403);
    client.hangUp();
    const CtlRun ended = served.terminate();
    QVERIFY2(ended.status == 0, ended.error);
}

void TestWeightroomctlServe::refusesTokensThatOthersMayRead()
{
    const CtlRig rig;
    const QString token = rig.path("config/weightroom/rest-token");
    QVERIFY(QDir{}.mkpath(rig.path("config/weightroom")));
    QFile file(token);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray(64, 'a'));
    file.close();
    QVERIFY(file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ReadOther));
    Served served{rig, {QStringLiteral("--rest"), QStringLiteral("0")}};
    const CtlRun refused = served.end();
    QCOMPARE(refused.code(), QStringLiteral("permission_denied"));
    QVERIFY2(refused.error.contains(token.toUtf8()), refused.error);
    Served without{rig}; // who does not want it does not need it
    QVERIFY(without.greeting().startsWith("Serving at /"));
}

QTEST_GUILESS_MAIN(TestWeightroomctlServe)
#include "test_weightroomctl_serve.moc"
