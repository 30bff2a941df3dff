// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/trash/trash_folder.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

const std::filesystem::path kOtherDrive{"/dev/shm"};

bool isAnotherDrive(const std::filesystem::path& folder)
{
    struct stat here { };
    struct stat there { };
    return ::stat(folder.c_str(), &here) == 0 && ::stat(kOtherDrive.c_str(), &there) == 0
        && here.st_dev != there.st_dev;
}

} // namespace

class TestTrashFolder : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void usesTheHomeTrash();
    void usesTheTopOfAnotherDrive();
    void refusesALink();
    void refusesSomebodyElsesFolder();
    void escapesPaths_data();
    void escapesPaths();
};

void TestTrashFolder::usesTheHomeTrash()
{
    const TemporaryFolder folder;
    const auto file = folder.write("x", "");
    const TrashOwner owner{folder / "not/there/yet", ::getuid()};
    const auto trash = trashFolderFor(file, owner);
    VERIFY_RESULT(trash);
    QVERIFY(trash->path == folder / "not/there/yet/Trash");
    QVERIFY(trash->base.empty());
    struct stat status { };
    QCOMPARE(::stat(trash->path.c_str(), &status), 0);
    QCOMPARE(status.st_mode & 0777U, 0700U);
    VERIFY_ERROR(trashFolderFor(folder / "missing", owner), ErrorCode::NotFound);
}

void TestTrashFolder::usesTheTopOfAnotherDrive()
{
    const TemporaryFolder home;
    if (!isAnotherDrive(home.path()))
        QSKIP("there is no second drive to write to");
    const TemporaryFolder folder{kOtherDrive};
    const auto file = folder.write("sub/x", "");
    const std::filesystem::path expected = kOtherDrive / (".Trash-" + std::to_string(::getuid()));
    const bool wasThere = std::filesystem::exists(expected);
    const auto trash = trashFolderFor(file, {home / "data", ::getuid()});
    VERIFY_RESULT(trash);
    QVERIFY(trash->path == expected);
    QVERIFY(trash->base == kOtherDrive);
    const std::string relative = trashInfoPath(file, *trash);
    if (!wasThere)
        std::filesystem::remove_all(expected);
    QCOMPARE(relative, folder.path().filename().string() + "/sub/x");
}

void TestTrashFolder::refusesALink()
{
    const TemporaryFolder home;
    if (!isAnotherDrive(home.path()))
        QSKIP("the other trash would be at the top of a real drive");
    const TemporaryFolder folder{kOtherDrive};
    const auto file = folder.write("x", "");
    // On the file's own drive and a link: somebody else could have made it.
    std::filesystem::create_directory(folder / "elsewhere");
    std::filesystem::create_directory(folder / "data");
    std::filesystem::create_directory_symlink(folder / "elsewhere", folder / "data/Trash");
    const std::filesystem::path top = kOtherDrive / (".Trash-" + std::to_string(::getuid()));
    const bool wasThere = std::filesystem::exists(top);
    const auto trash = trashFolderFor(file, {folder / "data", ::getuid()});
    if (!wasThere)
        std::filesystem::remove_all(top);
    VERIFY_RESULT(trash);
    QVERIFY(trash->path == top);
    QVERIFY(std::filesystem::is_empty(folder / "elsewhere"));
}

void TestTrashFolder::refusesSomebodyElsesFolder()
{
    const TemporaryFolder home;
    if (!isAnotherDrive(home.path()))
        QSKIP("the other trash would be at the top of a real drive");
    const TemporaryFolder folder{kOtherDrive};
    const auto file = folder.write("x", "");
    // Whatever is made belongs to this process and not to that user.
    constexpr uid_t kSomebody = 54321;
    const std::filesystem::path top = kOtherDrive / (".Trash-" + std::to_string(kSomebody));
    const auto trash = trashFolderFor(file, {folder / "data", kSomebody});
    std::filesystem::remove_all(top);
    VERIFY_ERROR(trash, ErrorCode::Unsupported);
    QVERIFY(trash.error().detail.find("nothing was moved") != std::string::npos);
}

void TestTrashFolder::escapesPaths_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("escaped");
    QTest::newRow("plain") << QByteArray("/a/B-1_.~") << QByteArray("/a/B-1_.~");
    QTest::newRow("a line break") << QByteArray("/a\nPath=/etc") << QByteArray("/a%0APath%3D/etc");
    QTest::newRow("UTF-8") << QByteArray("/é") << QByteArray("/%C3%A9");
    QTest::newRow("no UTF-8") << QByteArray("/\xff%") << QByteArray("/%FF%25");
}

void TestTrashFolder::escapesPaths()
{
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, escaped);
    QCOMPARE(QByteArray::fromStdString(trashInfoPath(path.toStdString(), {})), escaped);
}

QTEST_APPLESS_MAIN(TestTrashFolder)
#include "test_trash_folder.moc"
