// SPDX-License-Identifier: GPL-3.0-or-later
//
// File systems that do not answer, made by a probe that blocks at a gate.
#include "tests/model_engine/catalog/watcher/hung_file_system.h"
#include "tests/model_engine/catalog/watcher/watch_fixture.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr WatchTiming kImpatient{.quiet = 20ms, .longest = 200ms, .poll = 20ms, .answer = 20ms, .farewell = 20ms};

} // namespace

class TestHungFolders : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aHungRootHarmsNobody();
    void aHungRootIsNotAskedAgain();
    void stopLeavesAHungThreadBehind();
    void whatIsOutsideHangsByItself();
    void aFolderThatHangsLaterIsTold();
    void aSlowAnswerIsOne();
};

void TestHungFolders::aHungRootHarmsNobody()
{
    const TemporaryFolder hung;
    const TemporaryFolder other;
    const HungFileSystem network{hung.path()};
    Watch watch{kImpatient, network.probe()};
    watch.watcher->setRoots({{hung.path()}, {other.path()}});
    network.gate().waitForArrivals(1);
    QVERIFY(watch.waitForWatching(hung.path(), Watching::NotAnswering));
    QVERIFY(watch.waitForLog(LogLevel::Warning, "does not answer"));
    QVERIFY(watch.waitForWatching(other.path(), Watching::Inotify));
    other.write("x.safetensors", "x");
    QVERIFY(watch.waitForTold(1));
    QVERIFY(watch.watcher->catchUp({other.path()}, kLongest));
    QVERIFY(!watch.watcher->catchUp({other.path(), hung.path()}, kLongest)); // at once
    QVERIFY(!watch.watcher->stateOf(hung.path()).noticesChanges());

    network.gate().open();
    QVERIFY(watch.waitForWatching(hung.path(), Watching::Inotify));
    hung.write("x.safetensors", "x");
    QVERIFY(watch.waitForTold(2));
    QVERIFY(watch.told() == (std::vector{other.path(), hung.path()}));
}

void TestHungFolders::aHungRootIsNotAskedAgain()
{
    const TemporaryFolder hung;
    const TemporaryFolder other;
    const HungFileSystem network{hung.path()};
    Watch watch{kImpatient, network.probe()};
    watch.watcher->setRoots({{hung.path()}});
    QVERIFY(watch.waitForWatching(hung.path(), Watching::NotAnswering));
    for (int time = 0; time < 3; ++time) { // a user who takes it out and adds it again
        watch.watcher->setRoots({{other.path()}});
        QVERIFY(watch.waitForWatching(hung.path(), Watching::None));
        watch.watcher->setRoots({{other.path()}, {hung.path()}});
        QVERIFY(watch.waitForWatching(hung.path(), Watching::NotAnswering));
    }
    QCOMPARE(network.asked(), 1);
    network.gate().open();
    QVERIFY(watch.waitForWatching(hung.path(), Watching::Inotify));
    QCOMPARE(network.asked(), 2);
}

void TestHungFolders::stopLeavesAHungThreadBehind()
{
    const TemporaryFolder hung;
    const TemporaryFolder other;
    const HungFileSystem network{hung.path()};
    {
        Watch watch{kImpatient, network.probe()};
        watch.watcher->setRoots({{hung.path()}, {other.path()}});
        network.gate().waitForArrivals(1);
        watch.watcher->stop(); // hangs for ever if it waits
        QCOMPARE(watch.log.count(LogLevel::Warning, hung.path().string() + "' still does not answer"), std::size_t{1});
        QCOMPARE(watch.watcher->stateOf(hung.path()).condition.watching, Watching::None);
    }
    // The watcher, its log and its observer are gone; the thread comes back and touches none of them.
    network.gate().open();
    QVERIFY(network.areAllThreadsGone());
}

void TestHungFolders::whatIsOutsideHangsByItself()
{
    const TemporaryFolder hung;
    const TemporaryFolder root;
    const HungFileSystem network{hung.path()};
    Watch watch{kImpatient, network.probe()};
    watch.watcher->setRoots({{root.path(), {hung.path()}}});
    QVERIFY(watch.waitForState(root.path(), [](const WatchState& state) {
        return state.condition.watching == Watching::Inotify && state.outside.size() == 1
            && state.outside.front().condition.watching == Watching::NotAnswering;
    }));
    QVERIFY(!watch.watcher->stateOf(root.path()).noticesChanges());
    root.write("x.safetensors", "x");
    QVERIFY(watch.waitForTold(1));
    network.gate().open();
    QVERIFY(watch.waitForState(root.path(), [](const WatchState& state) { return state.noticesChanges(); }));
    hung.write("x.safetensors", "x");
    QVERIFY(watch.waitForTold(2));
    QVERIFY(watch.told() == (std::vector{root.path(), root.path()})); // the root that names it is the one to scan
}

void TestHungFolders::aFolderThatHangsLaterIsTold()
{
    const TemporaryFolder folder;
    const auto gate = std::make_shared<Gate>();
    const auto hangs = std::make_shared<std::atomic<bool>>(false);
    WatchProbe probe;
    probe.kindOf = [](const fs::path&) { return FileSystemKind::Network; };
    probe.fingerprint = [gate, hangs](const WatchProbe::Paths& folders, const SignOfLife& sign, const auto& stop) {
        if (*hangs)
            gate->pass();
        return fingerprintOf(folders, sign, stop);
    };
    Watch watch{kImpatient, probe};
    watch.watcher->setRoots({{folder.path()}});
    QVERIFY(watch.waitForWatching(folder.path(), Watching::Polling));
    QVERIFY(watch.waitForStateChanges(2));
    *hangs = true;
    QVERIFY(watch.waitForStateChanges(3));
    QCOMPARE(watch.watcher->stateOf(folder.path()).condition.watching, Watching::NotAnswering);
    *hangs = false;
    gate->open();
    QVERIFY(watch.waitForStateChanges(4));
    QCOMPARE(watch.watcher->stateOf(folder.path()).condition.watching, Watching::Polling);
}

void TestHungFolders::aSlowAnswerIsOne()
{
    auto news = WakeUp::make();
    VERIFY_RESULT(news);
    auto wakeUp = WakeUp::make();
    VERIFY_RESULT(wakeUp);
    const auto office = std::make_shared<WatchOffice>(std::move(*news));
    WatchDesk desk{office, std::move(*wakeUp), 30s};
    QVERIFY(!desk.answerIsDue());
    static_cast<void>(desk.beginLook());
    const auto first = desk.answerIsDue();
    QVERIFY(first.has_value());
    QCOMPARE(desk.condition(*first - 1ns).watching, Watching::None);
    QCOMPARE(desk.condition(*first).watching, Watching::NotAnswering);
    while (desk.answerIsDue() == first)
        desk.giveSign();
    QCOMPARE(desk.condition(*first).watching, Watching::None); // it goes on from the sign
    QCOMPARE(desk.condition(*desk.answerIsDue()).watching, Watching::NotAnswering);
}

QTEST_APPLESS_MAIN(TestHungFolders)
#include "test_hung_folders.moc"
