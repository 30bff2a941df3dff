// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/files/file_lock.h"

#include "tests/support/temporary_folder.h"
#include "tests/support/unprivileged_files.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

class TestFileLock : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void isHeldByOne();
    void cannotBeHadEverywhere();
};

void TestFileLock::isHeldByOne()
{
    const TemporaryFolder folder;
    {
        const auto first = lockFile(folder / "lock", folder / "subject");
        VERIFY_RESULT(first);
        const auto second = lockFile(folder / "lock", folder / "subject");
        VERIFY_ERROR(second, ErrorCode::FileInUse);
        QCOMPARE(second.error().context.path, (folder / "subject").string());
        VERIFY_RESULT(lockFile(folder / "other", folder / "subject"));
    }
    VERIFY_RESULT(lockFile(folder / "lock", folder / "subject"));
}

void TestFileLock::cannotBeHadEverywhere()
{
    const TemporaryFolder folder;
    VERIFY_ERROR(lockFile(folder / "none/lock", folder / "subject"), ErrorCode::NotFound);
    fs::create_symlink("elsewhere", folder / "link");
    VERIFY_ERROR(lockFile(folder / "link", folder / "subject"), ErrorCode::NotRegularFile);
    QVERIFY(!fs::exists(folder / "elsewhere"));
    fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_exec);
    const auto refused = [&] {
        const UnprivilegedFiles files;
        return lockFile(folder / "lock", folder / "subject");
    }();
    VERIFY_ERROR(refused, ErrorCode::PermissionDenied);
}

QTEST_APPLESS_MAIN(TestFileLock)
#include "test_file_lock.moc"
