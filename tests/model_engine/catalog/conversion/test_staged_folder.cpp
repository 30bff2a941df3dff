// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/staged_folder.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/unprivileged_files.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <fstream>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

class TestStagedFolder : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void appearsWhole();
    void leavesNothingBehind();
    void replacesNothing_data();
    void replacesNothing();
    void needsTheFolderAbove();
};

void TestStagedFolder::appearsWhole()
{
    const TemporaryFolder folder;
    auto staged = StagedFolder::create(folder / "p");
    VERIFY_RESULT(staged);
    VERIFY_RESULT(staged->addFolder("unet"));
    VERIFY_RESULT(staged->addFolder("unet"));
    std::ofstream{staged->path() / "unet" / "file"} << "content";
    QVERIFY(!fs::exists(folder / "p"));
    QCOMPARE(folder.entries().size(), 1U);
    QVERIFY(folder.entries().begin()->starts_with('.'));
    VERIFY_RESULT(staged->commit());
    QCOMPARE(folder.entries(), std::set<std::string>{"p"});
    QVERIFY(fs::exists(folder / "p/unet/file"));
}

void TestStagedFolder::leavesNothingBehind()
{
    const TemporaryFolder folder;
    {
        auto first = StagedFolder::create(folder / "p");
        auto second = StagedFolder::create(folder / "p"); // under another hidden name
        VERIFY_RESULT(first);
        VERIFY_RESULT(second);
        VERIFY_RESULT(first->addFolder("unet"));
        const StagedFolder moved{std::move(*first)};
        QCOMPARE(folder.entries().size(), 2U);
    }
    QVERIFY(folder.entries().empty());
}

void TestStagedFolder::replacesNothing_data()
{
    QTest::addColumn<QString>("obstacle");
    for (const char* obstacle : {"folder", "file", "link"})
        QTest::newRow(obstacle) << QString::fromUtf8(obstacle);
}

void TestStagedFolder::replacesNothing()
{
    QFETCH(QString, obstacle);
    const TemporaryFolder folder;
    fs::create_directory(folder / "folder");
    folder.write("file", "content");
    fs::create_symlink("nowhere", folder / "link");
    const auto before = folder.entries();
    {
        auto staged = StagedFolder::create(folder / obstacle.toStdString());
        VERIFY_RESULT(staged);
        VERIFY_ERROR(staged->commit(), ErrorCode::AlreadyExists);
    }
    QCOMPARE(folder.entries(), before);
}

void TestStagedFolder::needsTheFolderAbove()
{
    const TemporaryFolder folder;
    VERIFY_ERROR(StagedFolder::create(folder / "none/p"), ErrorCode::NotFound);
    fs::create_directory(folder / "closed");
    fs::permissions(folder / "closed", fs::perms::owner_read | fs::perms::owner_exec);
    const UnprivilegedFiles files;
    VERIFY_ERROR(StagedFolder::create(folder / "closed/p"), ErrorCode::PermissionDenied);
}

QTEST_APPLESS_MAIN(TestStagedFolder)
#include "test_staged_folder.moc"
