// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/files/mount_table.h"

#include <QTest>

using namespace weightroom::engine;

class TestMountTable : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void findsTheInnermostMount_data();
    void findsTheInnermostMount();
    void readsTheTableOfThisProcess();
};

void TestMountTable::findsTheInnermostMount_data()
{
    QTest::addColumn<QByteArray>("table");
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("point");
    const QByteArray table = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
                             "30 22 0:50 / /mnt/nas rw - nfs4 nas:/models rw\n"
                             "31 30 0:51 /sub /mnt/nas/inner rw - nfs4 nas:/inner rw\n"
                             "32 22 0:52 / /mnt/my\\040disk rw - ext4 /dev/sdb1 rw\n";
    QTest::newRow("root") << table << "/home/me"
                          << "/";
    QTest::newRow("below") << table << "/mnt/nas/a/b"
                           << "/mnt/nas";
    QTest::newRow("the point itself") << table << "/mnt/nas"
                                      << "/mnt/nas";
    QTest::newRow("innermost") << table << "/mnt/nas/inner/a"
                               << "/mnt/nas/inner";
    QTest::newRow("only whole names") << table << "/mnt/nas2/a"
                                      << "/";
    QTest::newRow("with a blank") << table << "/mnt/my disk/a"
                                  << "/mnt/my disk";
    QTest::newRow("no table") << QByteArray{} << "/a"
                              << "/";
    QTest::newRow("garbage") << QByteArray{"a b c d e\n\n1 2 3 4\n\\0\n1 2 3 4 /x\\9"} << "/a"
                             << "/";
}

void TestMountTable::findsTheInnermostMount()
{
    QFETCH(QByteArray, table);
    QFETCH(QString, path);
    QFETCH(QString, point);
    QCOMPARE(MountTable::parse(table.toStdString()).mountPointOf(path.toStdString()).string(), point.toStdString());
}

void TestMountTable::readsTheTableOfThisProcess()
{
    QCOMPARE(MountTable::ofThisProcess().mountPointOf("/proc/self").string(), std::string{"/proc"});
}

QTEST_APPLESS_MAIN(TestMountTable)
#include "test_mount_table.moc"
