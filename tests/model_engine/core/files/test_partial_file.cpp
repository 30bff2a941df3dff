// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/files/partial_file.h"

#include "tests/support/file_size_limit.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <sys/stat.h>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

namespace {

Result<> append(PartialFile& file, std::string_view text) { return file.append(std::as_bytes(std::span{text})); }

std::string contentOf(const fs::path& path) { return readSmallFile(path, kMiB).value_or("unreadable"); }

} // namespace

class TestPartialFile : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void goesOnWhereItIsTold();
    void takesTheRoomThatIsMissing();
    void fullDiskKeepsWhatIsThere();
    void failsWhereNothingCanBeWritten();
};

void TestPartialFile::goesOnWhereItIsTold()
{
    const TemporaryFolder folder;
    {
        auto file = PartialFile::open(folder / "x");
        VERIFY_RESULT(file);
        VERIFY_RESULT(append(*file, "0123"));
        VERIFY_RESULT(append(*file, "4567"));
        VERIFY_RESULT(file->sync());
    }
    auto file = PartialFile::open(folder / "x");
    VERIFY_RESULT(file);
    VERIFY_RESULT(file->continueAt(Bytes{6}));
    VERIFY_RESULT(append(*file, "abc"));
    VERIFY_RESULT(append(*file, "d"));
    QCOMPARE(contentOf(folder / "x"), std::string{"012345abcd"});
}

void TestPartialFile::takesTheRoomThatIsMissing()
{
    const TemporaryFolder folder;
    auto file = PartialFile::open(folder / "x");
    VERIFY_RESULT(file);
    VERIFY_RESULT(append(*file, "begin"));
    VERIFY_RESULT(file->reserve(kMiB));
    if (fs::file_size(folder / "x") != kMiB.value)
        QSKIP("this file system cannot take room ahead");
    QVERIFY(contentOf(folder / "x").starts_with("begin"));
    struct stat status { };
    QVERIFY(::stat((folder / "x").c_str(), &status) == 0);
    const Bytes taken{static_cast<std::uint64_t>(status.st_blocks) * 512};
    QVERIFY(taken >= kMiB);
    const auto refused = [&] {
        const FileSizeLimit limit{kMiB.value};
        return file->reserve(kMiB * 2);
    }();
    VERIFY_ERROR(refused, ErrorCode::DiskFull);
    QCOMPARE(refused.error().context.required.value(), kMiB * 2);
    QVERIFY(refused.error().context.available.value() >= taken); // what it has counts
}

void TestPartialFile::fullDiskKeepsWhatIsThere()
{
    const TemporaryFolder folder;
    auto file = PartialFile::open(folder / "x");
    VERIFY_RESULT(file);
    VERIFY_RESULT(append(*file, "0123"));
    const auto full = [&] {
        const FileSizeLimit limit{4};
        return append(*file, "4567");
    }();
    VERIFY_ERROR(full, ErrorCode::DiskFull);
    QCOMPARE(contentOf(folder / "x"), std::string{"0123"});
}

void TestPartialFile::failsWhereNothingCanBeWritten()
{
    const TemporaryFolder folder;
    VERIFY_ERROR(PartialFile::open(folder / "none/x"), ErrorCode::NotFound);
    fs::create_directory(folder / "folder");
    VERIFY_ERROR(PartialFile::open(folder / "folder"), ErrorCode::NotRegularFile);
    fs::create_symlink("elsewhere", folder / "link");
    VERIFY_ERROR(PartialFile::open(folder / "link"), ErrorCode::NotRegularFile);
    QVERIFY(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    VERIFY_ERROR(PartialFile::open(folder / "pipe"), ErrorCode::NotRegularFile); // and does not wait for a reader
}

QTEST_APPLESS_MAIN(TestPartialFile)
#include "test_partial_file.moc"
