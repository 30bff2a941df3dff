// SPDX-License-Identifier: GPL-3.0-or-later
//
// The desktop application as a program: it starts without a screen, ends cleanly on a signal, and leaves settings alone
// that it cannot read.
#include "model_engine/server/rpc/rpc_client.h"
#include "model_engine/server/socket/local_server.h"
#include "tests/model_engine/server/scripted_engine.h"
#include "tests/support/recording_log.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QFile>
#include <QProcess>
#include <QTest>

#include <csignal>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

constexpr int kTimeoutMs = 30'000;

QString textOf(const std::filesystem::path& path) { return QString::fromStdString(path.native()); }

/// Starts the program and waits until its log says that the devices are there, which is when the window comes up.
bool startWindow(QProcess& process, const std::filesystem::path& settings)
{
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(
        QStringLiteral(WEIGHTROOM), {QStringLiteral("--verbose"), QStringLiteral("--settings"), textOf(settings)});
    QByteArray log;
    while (!log.contains("HOST_0") && process.waitForReadyRead(kTimeoutMs))
        log += process.readAll();
    return log.contains("HOST_0");
}

/// Whether a process has a handler for a signal, as /proc says: before it has one, the signal would simply end it.
bool catches(qint64 processId, int signal)
{
    QFile status(QStringLiteral("/proc/%1/status").arg(processId));
    if (!status.open(QIODevice::ReadOnly))
        return false;
    for (const QByteArray& line : status.readAll().split('\n')) {
        if (line.startsWith("SigCgt:"))
            return (line.mid(7).trimmed().toULongLong(nullptr, 16) >> (signal - 1)) & 1U;
    }
    return false;
}

} // namespace

class TestWeightroom : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// Where no place is set, a window serves nobody: the tests do not see each other.
    void initTestCase() { qunsetenv("XDG_RUNTIME_DIR"); }
    void cleanup() { qunsetenv("XDG_RUNTIME_DIR"); }
    void saysItsVersion();
    void refusesUnknownArguments();
    void withoutADisplayItSaysSo();
    void aFolderIsAnArgument();
    void endsCleanlyOnASignal_data();
    void endsCleanlyOnASignal();
    void brokenSettingsAreLeftAlone();
    void servesOtherPrograms();
    void isOneWindowOfAUser();
    void hasAnEngineOfItsOwnBesideAServedOne();
};

void TestWeightroom::saysItsVersion()
{
    QProcess process;
    process.start(QStringLiteral(WEIGHTROOM), {QStringLiteral("--version")});
    QVERIFY(process.waitForFinished(kTimeoutMs));
    QCOMPARE(process.exitCode(), 0);
    QVERIFY(process.readAllStandardOutput().contains(WEIGHTROOM_VERSION));
}

void TestWeightroom::refusesUnknownArguments()
{
    QProcess process;
    process.start(QStringLiteral(WEIGHTROOM), {QStringLiteral("--no-such-thing")});
    QVERIFY(process.waitForFinished(kTimeoutMs));
    QCOMPARE(process.exitCode(), 1);
    QVERIFY(process.readAllStandardError().contains("no-such-thing"));
}

void TestWeightroom::withoutADisplayItSaysSo()
{
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("no-such-platform"));
    process.setProcessEnvironment(environment);
    process.start(QStringLiteral(WEIGHTROOM), QStringList{});
    QVERIFY(process.waitForFinished(kTimeoutMs));
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), 1);
    QVERIFY(process.readAllStandardError().contains("weightroomctl"));
}

void TestWeightroom::aFolderIsAnArgument()
{
    const TemporaryFolder folder;
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(QStringLiteral(WEIGHTROOM),
        {QStringLiteral("--verbose"), QStringLiteral("--settings"), textOf(folder / "settings.json"),
            textOf(folder / "not-there")});
    QByteArray log;
    while (!log.contains("not-there") && process.waitForReadyRead(kTimeoutMs))
        log += process.readAll();
    QVERIFY2(log.contains("not-there"), log.constData());
    process.terminate();
    QVERIFY(process.waitForFinished(kTimeoutMs));
}

void TestWeightroom::endsCleanlyOnASignal_data()
{
    QTest::addColumn<int>("signal");
    QTest::newRow("SIGTERM") << SIGTERM;
    QTest::newRow("SIGINT") << SIGINT;
}

void TestWeightroom::endsCleanlyOnASignal()
{
    QFETCH(const int, signal);
    const TemporaryFolder folder;
    QProcess process;
    QVERIFY(startWindow(process, folder / "settings.json"));
    QTRY_VERIFY_WITH_TIMEOUT(catches(process.processId(), signal), kTimeoutMs);
    QCOMPARE(::kill(static_cast<pid_t>(process.processId()), signal), 0);
    QVERIFY(process.waitForFinished(kTimeoutMs));
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), 0);
}

void TestWeightroom::brokenSettingsAreLeftAlone()
{
    const TemporaryFolder folder;
    const auto settings = folder.write("settings.json", "{ this is no JSON");
    QProcess process;
    QVERIFY(startWindow(process, settings));
    process.kill();
    QVERIFY(process.waitForFinished(kTimeoutMs));
    QFile file(textOf(settings));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), QByteArray("{ this is no JSON"));
}

void TestWeightroom::servesOtherPrograms()
{
    const TemporaryFolder folder;
    qputenv("XDG_RUNTIME_DIR", folder.path().c_str());
    QProcess window;
    QVERIFY(startWindow(window, folder / "settings.json"));
    const auto socket = folder / "weightroom" / "engine.sock";
    QTRY_VERIFY_WITH_TIMEOUT(std::filesystem::exists(socket), kTimeoutMs);
    auto client = RpcClient::connect(socket);
    VERIFY_RESULT(client);
    const auto info = client->call("server.get_server_info", Json::object(), {});
    VERIFY_RESULT(info);
    QCOMPARE(info->at("process_id").get<qint64>(), window.processId());
    VERIFY_RESULT(client->call("settings.get_settings", Json::object(), {}));
    QTRY_VERIFY_WITH_TIMEOUT(catches(window.processId(), SIGTERM), kTimeoutMs);
    window.terminate();
    QVERIFY(window.waitForFinished(kTimeoutMs));
    QVERIFY(!std::filesystem::exists(socket));
}

void TestWeightroom::isOneWindowOfAUser()
{
    const TemporaryFolder folder;
    qputenv("XDG_RUNTIME_DIR", folder.path().c_str());
    QProcess first;
    QVERIFY(startWindow(first, folder / "settings.json"));
    QTRY_VERIFY_WITH_TIMEOUT(std::filesystem::exists(folder / "weightroom" / "engine.sock"), kTimeoutMs);
    QProcess second;
    second.start(QStringLiteral(WEIGHTROOM), {QStringLiteral("--settings"), textOf(folder / "settings.json")});
    QVERIFY(second.waitForFinished(kTimeoutMs));
    QCOMPARE(second.exitCode(), 0);
    QVERIFY(second.readAllStandardError().contains("runs already"));
    QCOMPARE(first.state(), QProcess::Running);
    // What it was to open, the first one opens.
    std::filesystem::create_directories(folder / "models");
    QProcess third;
    third.setWorkingDirectory(textOf(folder.path()));
    third.start(QStringLiteral(WEIGHTROOM), {QStringLiteral("models"), QStringLiteral("not-there")});
    QVERIFY(third.waitForFinished(kTimeoutMs));
    QCOMPARE(third.exitCode(), 0);
    auto client = RpcClient::connect(folder / "weightroom" / "engine.sock");
    VERIFY_RESULT(client);
    const auto folders = [&] {
        const auto settings = client->call("settings.get_settings", Json::object(), {});
        return settings ? settings->at("model_folders") : Json();
    };
    const Json wanted{(folder / "models").native(), (folder / "not-there").native()};
    QTRY_COMPARE_WITH_TIMEOUT(
        QByteArray::fromStdString(folders().dump()), QByteArray::fromStdString(wanted.dump()), kTimeoutMs);
    first.terminate();
    QVERIFY(first.waitForFinished(kTimeoutMs));
}

void TestWeightroom::hasAnEngineOfItsOwnBesideAServedOne()
{
    const TemporaryFolder folder;
    qputenv("XDG_RUNTIME_DIR", folder.path().c_str());
    ScriptedEngine engine; // one without a window, as that of weightroomctl serve
    RecordingLog log;
    auto server =
        LocalServer::start(engine.served(), ClaimedPlace::claim(SocketPlace{folder / "weightroom"}).value(), log);
    VERIFY_RESULT(server);
    QProcess window;
    QVERIFY(startWindow(window, folder / "settings.json"));
    QTRY_VERIFY_WITH_TIMEOUT(catches(window.processId(), SIGTERM), kTimeoutMs);
    window.terminate();
    QVERIFY(window.waitForFinished(kTimeoutMs));
    QCOMPARE(window.exitCode(), 0);
}

QTEST_GUILESS_MAIN(TestWeightroom)
#include "test_weightroom.moc"
