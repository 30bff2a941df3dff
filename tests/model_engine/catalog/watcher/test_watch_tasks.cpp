// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/watcher/watch_tasks.h"

#include <QTest>

using namespace weightroom::engine;

Q_DECLARE_METATYPE(std::vector<WatchedRoot>)
Q_DECLARE_METATYPE(std::vector<WatchTask>)

namespace {

constexpr std::string_view kMounts = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
                                     "30 22 0:50 / /mnt/nas rw - nfs4 nas:/models rw\n"
                                     "31 22 0:51 / /mnt/other rw - nfs4 other:/models rw\n";

} // namespace

class TestWatchTasks : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void separatesWhatMayHang_data();
    void separatesWhatMayHang();
};

void TestWatchTasks::separatesWhatMayHang_data()
{
    using Roots = std::vector<WatchedRoot>;
    using Tasks = std::vector<WatchTask>;
    QTest::addColumn<Roots>("roots");
    QTest::addColumn<Tasks>("tasks");
    QTest::newRow("nothing") << Roots{} << Tasks{};
    QTest::newRow("each root by itself") << Roots{{"/a"}, {"/b"}} << Tasks{{"/a", {"/a"}}, {"/b", {"/b"}}};
    QTest::newRow("a root twice") << Roots{{"/a"}, {"/a", {"/b"}}} << Tasks{{"/a", {"/a"}}};
    QTest::newRow("one for each file system")
        << Roots{{"/a", {"/mnt/nas/x", "/b", "/mnt/other/x", "/mnt/nas/y"}}}
        << Tasks{{"/a", {"/a"}}, {"/a", {"/b"}}, {"/a", {"/mnt/nas/x", "/mnt/nas/y"}}, {"/a", {"/mnt/other/x"}}};
    QTest::newRow("folders in one another")
        << Roots{{"/a", {"/b/x/y", "/b/x", "/b/xy", "/a/inside"}}} << Tasks{{"/a", {"/a"}}, {"/a", {"/b/x", "/b/xy"}}};
}

void TestWatchTasks::separatesWhatMayHang()
{
    QFETCH(std::vector<WatchedRoot>, roots);
    QFETCH(std::vector<WatchTask>, tasks);
    QVERIFY(watchTasksFor(roots, MountTable::parse(kMounts)) == tasks);
}

QTEST_APPLESS_MAIN(TestWatchTasks)
#include "test_watch_tasks.moc"
