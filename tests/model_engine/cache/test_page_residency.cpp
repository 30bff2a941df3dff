// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/page_residency.h"
#include "tests/support/file_time.h"
#include "tests/support/resource_check.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>
#include <linux/magic.h>
#include <sys/vfs.h>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

constexpr Bytes kFileSize = kMiB * 9; // more than one call of the system asks about

bool isInMemory(const std::filesystem::path& path)
{
    struct statfs status { };
    return ::statfs(path.c_str(), &status) == 0 && status.f_type == TMPFS_MAGIC;
}

} // namespace

class TestPageResidency : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void seesWhatIsThere();
    void asksWithoutReading();
    void holdsNothingBehindTheEnd();
    void holdsNothingOfAnEmptyFile();
    void countsPages();

private:
    ResourceUse m_before;
};

void TestPageResidency::seesWhatIsThere()
{
    const TemporaryFolder folder;
    const auto file = InputFile::open(folder.write("file", tensorPattern("file", kFileSize.value)));
    VERIFY_RESULT(file);
    const PageResidency residency{*file}; // just written: all of it is there
    QVERIFY(residency.holds(0, kFileSize));
    QVERIFY(residency.holds(kFileSize.value - 1, Bytes{1}));
    QVERIFY(residency.holds(4095, kMiB * 5));
    QVERIFY(residency.holds(17, Bytes{}));
}

void TestPageResidency::asksWithoutReading()
{
    const TemporaryFolder folder;
    const auto path = folder.write("file", tensorPattern("file", kFileSize.value));
    if (isInMemory(path))
        QSKIP("the temporary folder is in memory: nothing there ever leaves it");
    const auto file = InputFile::open(path);
    VERIFY_RESULT(file);
    const PageResidency residency{*file};
    dropFromPageCache(path);
    for (int i = 0; i < 3; ++i)
        QVERIFY(!residency.holds(0, kFileSize) && !residency.holds(kMiB.value, Bytes{1}));

    std::array<std::byte, 1> oneByte{};
    VERIFY_RESULT(file->readAt(0, oneByte));
    QVERIFY(residency.holds(0, Bytes{1}));
}

void TestPageResidency::holdsNothingBehindTheEnd()
{
    const TemporaryFolder folder;
    const auto file = InputFile::open(folder.write("file", tensorPattern("file", 5000)));
    VERIFY_RESULT(file);
    const PageResidency residency{*file};
    QVERIFY(residency.holds(0, Bytes{5000}));
    QVERIFY(!residency.holds(0, Bytes{5001}));
    QVERIFY(!residency.holds(5001, Bytes{}));
    QVERIFY(!residency.holds(~std::uint64_t{0}, Bytes{2}));
    QVERIFY(!residency.holds(1, Bytes{~std::uint64_t{0}}));
}

void TestPageResidency::holdsNothingOfAnEmptyFile()
{
    const TemporaryFolder folder;
    const auto file = InputFile::open(folder.write("file", ""));
    VERIFY_RESULT(file);
    QVERIFY(!PageResidency{*file}.holds(0, Bytes{1}));
}

void TestPageResidency::countsPages()
{
    const TemporaryFolder folder;
    const auto path = folder.write("file", tensorPattern("file", kFileSize.value));
    const auto file = InputFile::open(path);
    VERIFY_RESULT(file);
    const PageResidency residency{*file};
    QCOMPARE(residency.pagesHeld(0, kFileSize), std::optional<std::size_t>{9 * 256});
    QCOMPARE(residency.pagesHeld(4095, Bytes{2}), std::optional<std::size_t>{2});
    QVERIFY(!residency.pagesHeld(1, kFileSize));
    QVERIFY(!PageResidency{*InputFile::open(folder.write("empty", ""))}.pagesHeld(0, Bytes{}));
    if (isInMemory(path))
        QSKIP("the temporary folder is in memory: nothing there ever leaves it");
    dropFromPageCache(path);
    QCOMPARE(residency.pagesHeld(0, kFileSize), std::optional<std::size_t>{0});
    std::array<std::byte, 1> oneByte{};
    VERIFY_RESULT(file->readAt(kFileSize.value - 1, oneByte));
    QVERIFY(residency.pagesHeld(0, kFileSize).value() > 0 && !residency.holds(0, kFileSize));
}

QTEST_APPLESS_MAIN(TestPageResidency)
#include "test_page_residency.moc"
