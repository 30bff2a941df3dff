// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/files/file_system.h"

#include "tests/support/temporary_folder.h"

#include <QTest>

using namespace weightroom::engine;
using weightroom::test::TemporaryFolder;

Q_DECLARE_METATYPE(FileSystemKind)

class TestFileSystem : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void tellsKindsByTheirNumber_data();
    void tellsKindsByTheirNumber();
    void looksAtPaths();
};

void TestFileSystem::tellsKindsByTheirNumber_data()
{
    QTest::addColumn<quint64>("magic");
    QTest::addColumn<FileSystemKind>("kind");
    QTest::newRow("ext4") << quint64{0xEF53} << FileSystemKind::Local;
    QTest::newRow("btrfs") << quint64{0x9123683E} << FileSystemKind::Local;
    QTest::newRow("tmpfs") << quint64{0x01021994} << FileSystemKind::Local;
    QTest::newRow("overlay") << quint64{0x794C7630} << FileSystemKind::Local;
    QTest::newRow("nfs") << quint64{0x6969} << FileSystemKind::Network;
    QTest::newRow("cifs") << quint64{0xFF534D42} << FileSystemKind::Network;
    QTest::newRow("smb2") << quint64{0xFE534D42} << FileSystemKind::Network;
    QTest::newRow("9p") << quint64{0x01021997} << FileSystemKind::Network;
    QTest::newRow("fuse") << quint64{0x65735546} << FileSystemKind::UserSpace;
}

void TestFileSystem::tellsKindsByTheirNumber()
{
    QFETCH(quint64, magic);
    QFETCH(FileSystemKind, kind);
    QCOMPARE(fileSystemKindOf(std::uint64_t{magic}), kind);
    QVERIFY(!toText(kind).empty());
}

void TestFileSystem::looksAtPaths()
{
    const TemporaryFolder folder;
    QVERIFY(fileSystemKindOf(folder.path()) != FileSystemKind::Unknown);
    QCOMPARE(fileSystemKindOf(folder / "missing"), FileSystemKind::Unknown);
    QCOMPARE(fileSystemKindOf(std::filesystem::path{"/proc"}), FileSystemKind::Local);
}

QTEST_APPLESS_MAIN(TestFileSystem)
#include "test_file_system.moc"
