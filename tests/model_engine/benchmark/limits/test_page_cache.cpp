// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/limits/page_cache.h"

#include "model_engine/cache/page_residency.h"
#include "tests/support/resource_check.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/vfs.h>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

constexpr Bytes kFileSize = kMiB * 5 + Bytes{17};

/// Pages of the file that are in the page cache.
std::size_t pagesOf(const std::filesystem::path& path)
{
    const auto file = InputFile::open(path);
    return PageResidency{*file}.pagesHeld(0, file->identity().size).value();
}

} // namespace

class TestPageCache : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void makesAFileColdAndWarm();
    void dropsWhatWasJustWritten();
    void looksAtTheBeginningOnly();
    void saysThatPagesStayed();
    void takesAnEmptyFile();
    void saysWhatItCannotOpen();

private:
    static std::filesystem::path makeFile(const TemporaryFolder& folder)
    {
        return folder.write("file", tensorPattern("file", kFileSize.value));
    }
    static bool isInMemory(const TemporaryFolder& folder)
    {
        struct statfs status { };
        return ::statfs(folder.path().c_str(), &status) == 0 && status.f_type == TMPFS_MAGIC;
    }
    ResourceUse m_before;
};

void TestPageCache::makesAFileColdAndWarm()
{
    const TemporaryFolder folder;
    const auto file = makeFile(folder);
    if (isInMemory(folder))
        QSKIP("the temporary folder is in memory: nothing there ever leaves it");
    for (int i = 0; i < 2; ++i) {
        VERIFY_RESULT(makeCold(file));
        QCOMPARE(pagesOf(file), 0U);
        VERIFY_RESULT(makeWarm(file));
        QCOMPARE(pagesOf(file), 1281U); // 5 MiB and a bit, in pages of 4 KiB
    }
}

/// Dirty pages cannot be dropped: they are written first.
void TestPageCache::dropsWhatWasJustWritten()
{
    const TemporaryFolder folder;
    if (isInMemory(folder))
        QSKIP("the temporary folder is in memory: nothing there ever leaves it");
    const auto file = makeFile(folder);
    QCOMPARE(pagesOf(file), 1281U);
    VERIFY_RESULT(makeCold(file));
    QCOMPARE(readSmallFile(file, kMiB * 6).value(), tensorPattern("file", kFileSize.value));
}

/// What is mapped and touched stays.
void TestPageCache::saysThatPagesStayed()
{
    const TemporaryFolder folder;
    const auto path = makeFile(folder);
    const auto file = InputFile::open(path);
    VERIFY_RESULT(file);
    void* mapping = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED | MAP_POPULATE, file->descriptor(), 0);
    QVERIFY(mapping != MAP_FAILED);
    const auto cold = makeCold(path);
    ::munmap(mapping, 4096);
    VERIFY_ERROR(cold, ErrorCode::IoError);
    QCOMPARE(cold.error().context.path, path.string());
    QVERIFY(cold.error().detail.find("pages of '") != std::string::npos);
}

void TestPageCache::looksAtTheBeginningOnly()
{
    const TemporaryFolder folder;
    if (isInMemory(folder))
        QSKIP("the temporary folder is in memory: nothing there ever leaves it");
    const auto path = makeFile(folder);
    const auto file = InputFile::open(path);
    VERIFY_RESULT(file);
    const off_t behind = 4 << 20;
    void* mapping = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED | MAP_POPULATE, file->descriptor(), behind);
    QVERIFY(mapping != MAP_FAILED);
    const auto beginning = makeCold(path, kMiB);
    const auto all = makeCold(path);
    ::munmap(mapping, 4096);
    VERIFY_RESULT(beginning);
    VERIFY_ERROR(all, ErrorCode::IoError);
}

void TestPageCache::takesAnEmptyFile()
{
    const TemporaryFolder folder;
    const auto file = folder.write("empty", "");
    VERIFY_RESULT(makeCold(file));
    VERIFY_RESULT(makeWarm(file));
}

void TestPageCache::saysWhatItCannotOpen()
{
    const TemporaryFolder folder;
    VERIFY_ERROR(makeCold(folder / "nothing"), ErrorCode::NotFound);
    VERIFY_ERROR(makeWarm(folder / "nothing"), ErrorCode::NotFound);
    VERIFY_ERROR(makeCold(folder.path()), ErrorCode::NotRegularFile);
    VERIFY_ERROR(makeWarm(folder.path()), ErrorCode::NotRegularFile);
}

QTEST_APPLESS_MAIN(TestPageCache)
#include "test_page_cache.moc"
