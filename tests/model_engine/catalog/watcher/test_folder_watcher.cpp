// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/watcher/folder_watcher.h"

#include "model_engine/catalog/watcher/tree_fingerprint.h"
#include "tests/model_engine/catalog/watcher/watch_fixture.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/unprivileged_files.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <fstream>
#include <sys/resource.h>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// A probe for which inotify fails with this number.
WatchProbe withoutInotify(int errorNumber)
{
    WatchProbe probe;
    probe.watch = [errorNumber](const WatchProbe::Paths& folders, const SignOfLife&) -> Result<TreeWatch> {
        return fail(systemError(errorNumber, "watch", folders.front()));
    };
    return probe;
}

} // namespace

class TestFolderWatcher : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void tellsOfChanges();
    void countsChangesAtOnce();
    void tellsOfManyChangesOnce();
    void tellsOfChangesThatDoNotEnd();
    void knowsWhatIsArriving();
    void countsWhatIsNoReasonForAScan();
    void watchesWhatComesLater();
    void pollsWhereALimitIsReached_data();
    void pollsWhereALimitIsReached();
    void waitsForADescriptor();
    void pollsWhatOthersMayChange_data();
    void pollsWhatOthersMayChange();
    void saysWhatCannotBeRead();
    void forgetsOtherFolders();
    void stopsAtOnce();
    void fingerprintsTellChanges();
    void fingerprintsStayInTheirFolders();
};

void TestFolderWatcher::tellsOfChanges()
{
    const TemporaryFolder first;
    const TemporaryFolder second;
    Watch watch;
    watch.watcher->setRoots({{first.path()}, {second.path()}});
    QVERIFY(watch.waitForWatching(first.path(), Watching::Inotify));
    QVERIFY(watch.waitForWatching(second.path(), Watching::Inotify));
    second.write("x.safetensors", "x");
    QVERIFY(watch.waitForTold(1));
    first.write("x.safetensors", "x");
    QVERIFY(watch.waitForTold(2));
    QVERIFY(watch.told() == (std::vector{second.path(), first.path()}));
}

void TestFolderWatcher::countsChangesAtOnce()
{
    const TemporaryFolder folder;
    Watch watch{{.quiet = 1h, .longest = 1h, .poll = 1h}}; // nothing is told
    watch.watcher->setRoots({{folder.path()}});
    QVERIFY(watch.waitForWatching(folder.path(), Watching::Inotify));
    const std::uint64_t before = watch.watcher->stateOf(folder.path()).changes;
    folder.write("x.safetensors", "x");
    QVERIFY(watch.watcher->catchUp({folder.path()}, 30s));
    QVERIFY(watch.watcher->stateOf(folder.path()).changes > before);
    QVERIFY(watch.told().empty());
}

void TestFolderWatcher::tellsOfManyChangesOnce()
{
    const TemporaryFolder folder;
    Watch watch{{.quiet = 300ms, .longest = 1h, .poll = 1h}};
    watch.watcher->setRoots({{folder.path()}});
    QVERIFY(watch.waitForWatching(folder.path(), Watching::Inotify));
    for (int file = 0; file < 50; ++file)
        folder.write(std::to_string(file) + ".safetensors", "x");
    QVERIFY(watch.waitForTold(1));
    QCOMPARE(watch.told().size(), std::size_t{1});
}

void TestFolderWatcher::tellsOfChangesThatDoNotEnd()
{
    const TemporaryFolder folder;
    Watch watch{{.quiet = 1h, .longest = 50ms, .poll = 1h}};
    watch.watcher->setRoots({{folder.path()}});
    QVERIFY(watch.waitForWatching(folder.path(), Watching::Inotify));
    folder.write("x.safetensors", "x");
    QVERIFY(watch.waitForTold(1));
}

void TestFolderWatcher::knowsWhatIsArriving()
{
    const TemporaryFolder folder;
    Watch watch;
    watch.watcher->setRoots({{folder.path()}});
    QVERIFY(watch.waitForWatching(folder.path(), Watching::Inotify));
    std::ofstream file{folder / "x.safetensors"};
    file << "begin" << std::flush;
    QVERIFY(watch.waitForState(folder.path(), [](const WatchState& state) { return state.arriving.size() == 1; }));
    QVERIFY(watch.waitForTold(1));
    file.close();
    QVERIFY(watch.waitForState(folder.path(), [](const WatchState& state) { return state.arriving.empty(); }));
    QVERIFY(watch.waitForTold(2));
}

void TestFolderWatcher::countsWhatIsNoReasonForAScan()
{
    const TemporaryFolder folder;
    Watch watch;
    watch.watcher->setRoots({{folder.path()}});
    QVERIFY(watch.waitForWatching(folder.path(), Watching::Inotify));
    const std::uint64_t before = watch.watcher->stateOf(folder.path()).changes;
    folder.write("invokeai.db", "x");
    QVERIFY(watch.watcher->catchUp({folder.path()}, kLongest));
    QVERIFY(watch.watcher->stateOf(folder.path()).changes > before);
    folder.write("x.safetensors", "x");
    QVERIFY(watch.waitForTold(1));
    QVERIFY(watch.watcher->catchUp({folder.path()}, kLongest));
    QCOMPARE(watch.told().size(), std::size_t{1}); // of the model
}

void TestFolderWatcher::watchesWhatComesLater()
{
    const TemporaryFolder folder;
    Watch watch;
    watch.watcher->setRoots({{folder / "later"}});
    QVERIFY(watch.waitForWatching(folder / "later", Watching::Missing));
    QVERIFY(watch.waitForLog(LogLevel::Warning, "later"));
    fs::create_directory(folder / "later");
    QVERIFY(watch.waitForWatching(folder / "later", Watching::Inotify));
    QVERIFY(watch.waitForTold(1));
    fs::remove(folder / "later");
    QVERIFY(watch.waitForWatching(folder / "later", Watching::Missing));
}

void TestFolderWatcher::pollsWhereALimitIsReached_data()
{
    QTest::addColumn<int>("errorNumber");
    QTest::addColumn<QString>("limitName");
    QTest::newRow("watches") << ENOSPC << "fs.inotify.max_user_watches";
    QTest::newRow("instances") << EMFILE << "fs.inotify.max_user_instances";
}

void TestFolderWatcher::pollsWhereALimitIsReached()
{
    QFETCH(int, errorNumber);
    QFETCH(QString, limitName);
    const TemporaryFolder folder;
    Watch watch{kQuick, withoutInotify(errorNumber)};
    watch.watcher->setRoots({{folder.path()}});
    QVERIFY(watch.waitForWatching(folder.path(), Watching::Polling));
    const WatchCondition condition = watch.watcher->stateOf(folder.path()).condition;
    QCOMPARE(condition.reason, PollingReason::InotifyLimit);
    QCOMPARE(condition.limitName, limitName.toStdString());
    QVERIFY(condition.limit > 0U);
    QVERIFY(condition.pollInterval == kQuick.poll);
    folder.write("x.safetensors", "x");
    QVERIFY(watch.waitForTold(1));
    QCOMPARE(watch.log.count(LogLevel::Warning, "looked at now and then"), std::size_t{1});
}

void TestFolderWatcher::waitsForADescriptor()
{
    const TemporaryFolder folder;
    Watch watch;
    rlimit before{};
    QCOMPARE(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit none{0, before.rlim_max};
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &none), 0);
    const WatchCondition limited = conditionFor(systemError(EMFILE, "watch", folder.path()));
    watch.watcher->setRoots({{folder.path()}});
    const bool isTold = watch.waitForLog(LogLevel::Warning, "cannot be watched");
    ::setrlimit(RLIMIT_NOFILE, &before);
    QVERIFY(isTold);
    QCOMPARE(limited.limitName, std::string{"RLIMIT_NOFILE"});
    QVERIFY(limited.limit == 0U);
    QVERIFY(watch.waitForWatching(folder.path(), Watching::Inotify)); // when there is room again
}

void TestFolderWatcher::pollsWhatOthersMayChange_data()
{
    QTest::addColumn<FileSystemKind>("kind");
    QTest::addColumn<PollingReason>("reason");
    QTest::newRow("network") << FileSystemKind::Network << PollingReason::NetworkFileSystem;
    QTest::newRow("user space") << FileSystemKind::UserSpace << PollingReason::UserSpaceFileSystem;
    QTest::newRow("unknown") << FileSystemKind::Unknown << PollingReason::UnknownFileSystem;
}

void TestFolderWatcher::pollsWhatOthersMayChange()
{
    QFETCH(FileSystemKind, kind);
    QFETCH(PollingReason, reason);
    const TemporaryFolder folder;
    WatchProbe probe;
    probe.kindOf = [kind](const fs::path&) { return kind; };
    Watch watch{kQuick, probe};
    watch.watcher->setRoots({{folder.path()}});
    QVERIFY(watch.waitForWatching(folder.path(), Watching::Polling));
    QCOMPARE(watch.watcher->stateOf(folder.path()).condition.reason, reason);
    folder.write("x.safetensors", "x");
    QVERIFY(watch.waitForTold(1));
}

void TestFolderWatcher::saysWhatCannotBeRead()
{
    const TemporaryFolder folder;
    fs::permissions(folder.path(), fs::perms::all);
    fs::create_directory(folder / "closed");
    fs::permissions(folder / "closed", fs::perms::none);
    const fs::path file = folder.write("file", "x");
    {
        const UnprivilegedFiles unprivileged; // the threads of the watcher too
        Watch watch;
        watch.watcher->setRoots({{folder / "closed"}, {file}, {folder / "missing"}});
        QVERIFY(watch.waitForWatching(folder / "closed", Watching::Unreadable));
        QVERIFY(watch.waitForWatching(file, Watching::Unreadable));
        QVERIFY(watch.waitForWatching(folder / "missing", Watching::Missing));
        QVERIFY(!watch.watcher->stateOf(folder / "closed").condition.detail.empty());
    }
    fs::permissions(folder / "closed", fs::perms::owner_all);
}

void TestFolderWatcher::forgetsOtherFolders()
{
    const TemporaryFolder first;
    const TemporaryFolder second;
    Watch watch;
    watch.watcher->setRoots({{first.path()}});
    QVERIFY(watch.waitForWatching(first.path(), Watching::Inotify));
    watch.watcher->setRoots({{second.path()}});
    QVERIFY(watch.waitForWatching(second.path(), Watching::Inotify));
    QCOMPARE(watch.watcher->stateOf(first.path()).condition.watching, Watching::None);
    first.write("x.safetensors", "x");
    second.write("x.safetensors", "x");
    QVERIFY(watch.waitForTold(1));
    QVERIFY(watch.told() == std::vector{second.path()});
}

void TestFolderWatcher::stopsAtOnce()
{
    const TemporaryFolder folder;
    Watch watch{{.quiet = 1h, .longest = 1h, .poll = 1h}};
    watch.watcher->setRoots({{folder.path()}});
    QVERIFY(watch.waitForWatching(folder.path(), Watching::Inotify));
    folder.write("x.safetensors", "x");
    watch.watcher.reset(); // hangs for an hour if it does not
    QVERIFY(watch.told().empty());
}

void TestFolderWatcher::fingerprintsTellChanges()
{
    const TemporaryFolder folder;
    int signs = 0;
    const auto fingerprint = [&] { return fingerprintOf({folder.path()}, [&signs] { ++signs; }, {}); };
    folder.write("sub/a.safetensors", "x");
    const auto first = fingerprint();
    VERIFY_RESULT(first);
    QVERIFY(signs > 2); // two folders, and files of configuration
    QCOMPARE(*fingerprint(), *first);
    folder.write("sub/preview.png", "x");
    QCOMPARE(*fingerprint(), *first);
    folder.write("sub/a.safetensors", "xy");
    const auto second = fingerprint();
    VERIFY_RESULT(second);
    QVERIFY(*second != *first);
    fs::rename(folder / "sub/a.safetensors", folder / "b.safetensors");
    QVERIFY(*fingerprint() != *second);
    VERIFY_ERROR(fingerprintOf({folder / "missing"}, [] {}, {}), ErrorCode::NotFound);
    std::stop_source stopped;
    stopped.request_stop();
    VERIFY_ERROR(fingerprintOf(
                     {folder.path()}, [] {}, stopped.get_token()),
        ErrorCode::Cancelled);
}

/// What a layout names elsewhere belongs to the root that named it: a polled root does not hang with it.
void TestFolderWatcher::fingerprintsStayInTheirFolders()
{
    const TemporaryFolder folder;
    folder.write("comfy/folder_paths.py", "");
    folder.write("comfy/models/checkpoints/a.safetensors", "x");
    folder.write("comfy/extra_model_paths.yaml", "a:\n  base_path: " + (folder / "else").string() + "\n  loras: l\n");
    folder.write("else/l/b.safetensors", "x");
    const auto before = fingerprintOf({folder / "comfy"}, [] {}, {});
    VERIFY_RESULT(before);
    folder.write("else/l/c.safetensors", "x");
    QCOMPARE(*fingerprintOf({folder / "comfy"}, [] {}, {}), *before);
    folder.write("comfy/extra_model_paths.yaml", "a:\n");
    QVERIFY(*fingerprintOf({folder / "comfy"}, [] {}, {}) != *before);
}

QTEST_APPLESS_MAIN(TestFolderWatcher)
#include "test_folder_watcher.moc"
