// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/socket/socket_place.h"
#include "tests/support/resource_check.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

using namespace weightroom::engine;
using namespace weightroom::test;

class TestSocketPlace : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void namesThePlaceOfTheUser();
    void makesAFolderForTheUserAlone();
    void refusesAFolderThatOthersMayEnter();
    void refusesWhatIsNoFolder();
    void listensAndConnects();
    void takesThePlaceOfAStaleSocket();
    void refusesPathsThatAreTooLong();
    void leavesAloneWhatIsNoSocket();
    void waitsNoLongerThanItMay();
    void findsNobody();
    void saysWhoServes();
    void leavesThePlaceToAManager();
    void takesWhatAManagerHandsOver();
};

void TestSocketPlace::namesThePlaceOfTheUser()
{
    qputenv("XDG_RUNTIME_DIR", "/run/user/4711");
    const auto place = userSocketPlace();
    VERIFY_RESULT(place);
    QCOMPARE(place->socket().string(), std::string{"/run/user/4711/weightroom/engine.sock"});
    QCOMPARE(place->readSocket().string(), std::string{"/run/user/4711/weightroom/engine-read.sock"});
    QCOMPARE(place->lock().string(), std::string{"/run/user/4711/weightroom/engine.lock"});
    for (const char* none : {"", "relative"}) {
        qputenv("XDG_RUNTIME_DIR", none);
        VERIFY_ERROR(userSocketPlace(), ErrorCode::Unsupported);
    }
    qunsetenv("XDG_RUNTIME_DIR");
    VERIFY_ERROR(userSocketPlace(), ErrorCode::Unsupported);
}

void TestSocketPlace::makesAFolderForTheUserAlone()
{
    const TemporaryFolder folder;
    VERIFY_RESULT(prepareSocketFolder(folder / "weightroom"));
    struct stat status { };
    QCOMPARE(::stat((folder / "weightroom").c_str(), &status), 0);
    QCOMPARE(status.st_mode & 0777U, 0700U);
    VERIFY_RESULT(prepareSocketFolder(folder / "weightroom")); // it is there already
    VERIFY_ERROR(prepareSocketFolder(folder / "missing" / "weightroom"), ErrorCode::NotFound);
}

void TestSocketPlace::refusesAFolderThatOthersMayEnter()
{
    const TemporaryFolder folder;
    VERIFY_RESULT(prepareSocketFolder(folder / "weightroom"));
    for (const unsigned mode : {0701U, 0710U, 0777U}) {
        QCOMPARE(::chmod((folder / "weightroom").c_str(), mode), 0);
        const auto prepared = prepareSocketFolder(folder / "weightroom");
        VERIFY_ERROR(prepared, ErrorCode::PermissionDenied);
        QCOMPARE(prepared.error().context.path, (folder / "weightroom").string());
    }
}

void TestSocketPlace::refusesWhatIsNoFolder()
{
    const TemporaryFolder folder;
    folder.write("weightroom", "a file");
    VERIFY_ERROR(prepareSocketFolder(folder / "weightroom"), ErrorCode::NotRegularFile);
    std::filesystem::create_directory(folder / "elsewhere");
    std::filesystem::create_directory_symlink(folder / "elsewhere", folder / "link");
    VERIFY_ERROR(prepareSocketFolder(folder / "link"), ErrorCode::NotRegularFile); // somebody may have put it there
}

void TestSocketPlace::listensAndConnects()
{
    const TemporaryFolder folder;
    const ResourceUse before = currentResources();
    {
        const auto listening = ListeningSocket::open(folder / "s");
        VERIFY_RESULT(listening);
        const auto client = connectTo(folder / "s");
        VERIFY_RESULT(client);
        const auto peer = peerOf(client->get());
        VERIFY_RESULT(peer);
        QCOMPARE(peer->process, ::getpid());
        QCOMPARE(peer->user, ::geteuid());
    }
    QVERIFY(!std::filesystem::exists(folder / "s"));
    VERIFY_NOTHING_LEFT(before);
}

void TestSocketPlace::takesThePlaceOfAStaleSocket()
{
    const TemporaryFolder folder;
    // What a process leaves that was killed: a socket at which nobody listens.
    auto gone = ListeningSocket::open(folder / "s");
    VERIFY_RESULT(gone);
    std::filesystem::rename(folder / "s", folder / "kept");
    {
        const ListeningSocket ended = std::move(*gone);
    }
    std::filesystem::rename(folder / "kept", folder / "s");
    VERIFY_ERROR(connectTo(folder / "s"), ErrorCode::NotFound);
    const auto listening = ListeningSocket::open(folder / "s");
    VERIFY_RESULT(listening);
    VERIFY_RESULT(connectTo(folder / "s"));
}

void TestSocketPlace::refusesPathsThatAreTooLong()
{
    const TemporaryFolder folder;
    const auto path = folder / std::string(120, 'x');
    const auto listening = ListeningSocket::open(path);
    VERIFY_ERROR(listening, ErrorCode::InvalidValue);
    QVERIFY(QString::fromStdString(listening.error().detail).contains(QStringLiteral("107 bytes")));
    VERIFY_ERROR(connectTo(path), ErrorCode::InvalidValue);
}

void TestSocketPlace::leavesAloneWhatIsNoSocket()
{
    const TemporaryFolder folder;
    const auto path = folder.write("s", "somebody's file");
    VERIFY_ERROR(ListeningSocket::open(path), ErrorCode::AlreadyExists);
    QVERIFY(std::filesystem::exists(path));
}

void TestSocketPlace::waitsNoLongerThanItMay()
{
    const TemporaryFolder folder;
    const auto listening = ListeningSocket::open(folder / "s"); // and nobody is let in
    VERIFY_RESULT(listening);
    std::vector<UniqueFd> waiting;
    constexpr std::chrono::milliseconds kPatience{10};
    auto client = connectTo(folder / "s", kPatience);
    for (; client && waiting.size() < 1000; client = connectTo(folder / "s", kPatience))
        waiting.push_back(std::move(*client));
    VERIFY_ERROR(client, ErrorCode::NotAnswering);
}

void TestSocketPlace::findsNobody()
{
    const TemporaryFolder folder;
    VERIFY_ERROR(connectTo(folder / "nothing"), ErrorCode::NotFound);
    QVERIFY(!whoServes(folder / "nothing"));
    folder.write("file", "no socket");
    VERIFY_ERROR(connectTo(folder / "file"), ErrorCode::NotFound);
}

void TestSocketPlace::saysWhoServes()
{
    const TemporaryFolder folder;
    const auto listening = ListeningSocket::open(folder / "s");
    VERIFY_RESULT(listening);
    const auto who = whoServes(folder / "s");
    QVERIFY(who);
    QVERIFY(who->ends_with("(process " + std::to_string(::getpid()) + ")"));
    QVERIFY(who->starts_with("test_socket_pla")); // the kernel keeps 15 characters
}

/// Who listens without the lock starts an engine for whoever connects.
void TestSocketPlace::leavesThePlaceToAManager()
{
    const TemporaryFolder folder;
    const SocketPlace place{folder / "weightroom"};
    VERIFY_RESULT(prepareSocketFolder(place.folder));
    {
        const auto manager = ListeningSocket::open(place.socket());
        VERIFY_RESULT(manager);
        VERIFY_ERROR(ClaimedPlace::claim(place), ErrorCode::AlreadyServed);
        VERIFY_RESULT(connectTo(place.socket())); // its socket is still there
    }
    VERIFY_RESULT(ClaimedPlace::claim(place));
}

void TestSocketPlace::takesWhatAManagerHandsOver()
{
    const TemporaryFolder folder;
    const SocketPlace place{folder / "weightroom"};
    VERIFY_RESULT(prepareSocketFolder(place.folder));
    auto manager = ListeningSocket::open(place.socket());
    VERIFY_RESULT(manager);
    {
        std::vector<ListeningSocket> activated;
        activated.push_back(ListeningSocket::adopt(UniqueFd{::dup(manager->descriptor())}, place.socket()));
        auto claimed = ClaimedPlace::claim(place, std::move(activated));
        VERIFY_RESULT(claimed);
        const auto listening = claimed->listenAt(place.socket());
        VERIFY_RESULT(listening);
        QVERIFY(listening->descriptor() >= 0);
        const auto own = claimed->listenAt(place.readSocket());
        VERIFY_RESULT(own);
        VERIFY_RESULT(connectTo(place.readSocket()));
    }
    // The manager's path stays for the next engine, the own one does not.
    VERIFY_RESULT(connectTo(place.socket()));
    VERIFY_ERROR(connectTo(place.readSocket()), ErrorCode::NotFound);
}

QTEST_APPLESS_MAIN(TestSocketPlace)
#include "test_socket_place.moc"
