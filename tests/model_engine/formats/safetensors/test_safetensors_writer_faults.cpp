// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/safetensors/safetensors_writer.h"

#include "model_engine/formats/safetensors/safetensors_reader.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/resource_check.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <fstream>
#include <optional>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace weightroom;
using engine::Bytes;
using engine::Dtype;
using engine::ErrorCode;
using engine::Result;
using engine::SafetensorsPlan;

namespace {

const SafetensorsPlan kPlan{
    {{"a", Dtype::U8, {300'000}}, {"b", Dtype::F32, {2000, 2}}, {"c", Dtype::U8, {1}}}, {{"format", "pt"}}};
constexpr std::size_t kBlocks = 3;

Result<> fillWithSevens(std::size_t, std::uint64_t, std::span<std::byte> block)
{
    std::ranges::fill(block, std::byte{7});
    return {};
}

std::string contentOf(const std::filesystem::path& path)
{
    return engine::readSmallFile(path, engine::kMiB).value_or("");
}

} // namespace

/// Nothing stays behind: no target, no temporary file, no descriptor.
class TestSafetensorsWriterFaults : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void existingTargetIsKept();
    void danglingLinkIsKept();
    void targetThatAppearsMeanwhileIsKept();
    void cancelAtEveryBlock();
    void fillerThatFailsAtEveryBlock();
    void noRoomForTheFile();
    void diskThatFillsUpAtEveryBlock();
    void fullDiskOfEverySize();
    void folderThatIsNotThere();
    void folderThatIsAFile();
    void longestName();
};

void TestSafetensorsWriterFaults::existingTargetIsKept()
{
    const test::TemporaryFolder folder;
    const auto target = folder.write("model.safetensors", "precious");
    bool asked = false;
    const auto written =
        engine::writeSafetensors(target, kPlan, [&asked](std::size_t, std::uint64_t, std::span<std::byte>) -> Result<> {
            asked = true;
            return {};
        });
    VERIFY_ERROR(written, ErrorCode::AlreadyExists);
    QVERIFY2(!asked, "the work began although the target is there");
    QCOMPARE(contentOf(target), std::string{"precious"});
    QCOMPARE(folder.entries(), std::set<std::string>{"model.safetensors"});
}

void TestSafetensorsWriterFaults::danglingLinkIsKept()
{
    const test::TemporaryFolder folder;
    std::filesystem::create_symlink(folder / "nowhere", folder / "link.safetensors");
    VERIFY_ERROR(
        engine::writeSafetensors(folder / "link.safetensors", kPlan, fillWithSevens), ErrorCode::AlreadyExists);
    QCOMPARE(folder.entries(), std::set<std::string>{"link.safetensors"});
}

void TestSafetensorsWriterFaults::targetThatAppearsMeanwhileIsKept()
{
    const test::TemporaryFolder folder;
    const auto target = folder / "model.safetensors";
    const auto written =
        engine::writeSafetensors(target, kPlan, [&](std::size_t, std::uint64_t, std::span<std::byte>) -> Result<> {
            folder.write("model.safetensors", "of another program");
            return {};
        });
    VERIFY_ERROR(written, ErrorCode::AlreadyExists);
    QCOMPARE(contentOf(target), std::string{"of another program"});
    QCOMPARE(folder.entries(), std::set<std::string>{"model.safetensors"});
}

void TestSafetensorsWriterFaults::cancelAtEveryBlock()
{
    const test::TemporaryFolder folder;
    const test::ResourceUse before = test::currentResources();
    for (std::size_t blocksBefore = 0; blocksBefore <= kBlocks; ++blocksBefore) {
        std::stop_source stop;
        std::size_t blocks = 0;
        if (blocksBefore == 0)
            stop.request_stop();
        const auto written = engine::writeSafetensors(
            folder / "x.safetensors", kPlan,
            [&](std::size_t, std::uint64_t, std::span<std::byte>) -> Result<> {
                if (++blocks == blocksBefore)
                    stop.request_stop();
                return {};
            },
            stop.get_token());
        VERIFY_ERROR(written, ErrorCode::Cancelled);
        QCOMPARE(blocks, blocksBefore);
        QVERIFY(folder.entries().empty());
    }
    VERIFY_NOTHING_LEFT(before);
}

void TestSafetensorsWriterFaults::fillerThatFailsAtEveryBlock()
{
    const test::TemporaryFolder folder;
    const test::ResourceUse before = test::currentResources();
    for (std::size_t failAt = 0; failAt < kBlocks; ++failAt) {
        std::size_t block = 0;
        const auto written = engine::writeSafetensors(
            folder / "x.safetensors", kPlan, [&](std::size_t, std::uint64_t, std::span<std::byte>) -> Result<> {
                if (block++ == failAt)
                    return engine::fail(ErrorCode::FileChanged, "the source changed");
                return {};
            });
        VERIFY_ERROR(written, ErrorCode::FileChanged);
        QVERIFY(folder.entries().empty());
    }
    VERIFY_NOTHING_LEFT(before);
}

/// The room is taken before the first block is asked for.
void TestSafetensorsWriterFaults::noRoomForTheFile()
{
    const test::TemporaryFolder folder;
    bool asked = false;
    const auto written = [&] {
        const test::FileSizeLimit limit{200'000};
        return engine::writeSafetensors(
            folder / "x.safetensors", kPlan, [&asked](std::size_t, std::uint64_t, std::span<std::byte>) -> Result<> {
                asked = true;
                return {};
            });
    }();
    VERIFY_ERROR(written, ErrorCode::DiskFull);
    QVERIFY(folder.entries().empty());
    if (asked)
        QSKIP("this file system cannot take room ahead");
    QVERIFY(written.error().context.required > Bytes{300'000});
    QVERIFY(written.error().context.available.has_value());
}

/// Where the room could not be taken, or is taken away again.
void TestSafetensorsWriterFaults::diskThatFillsUpAtEveryBlock()
{
    const test::TemporaryFolder folder;
    const test::ResourceUse before = test::currentResources();
    for (std::size_t fullAt = 0; fullAt < kBlocks; ++fullAt) {
        std::optional<test::FileSizeLimit> limit;
        std::size_t block = 0;
        const auto written = engine::writeSafetensors(
            folder / "x.safetensors", kPlan, [&](std::size_t, std::uint64_t, std::span<std::byte>) -> Result<> {
                if (block++ == fullAt)
                    limit.emplace(8);
                return {};
            });
        limit.reset();
        VERIFY_ERROR(written, ErrorCode::DiskFull);
        QVERIFY(folder.entries().empty());
    }
    VERIFY_NOTHING_LEFT(before);
}

namespace {

enum ChildStatus : int { kPassed = 0, kFailed = 1, kNotPermitted = 77 };
enum class Outcome { Wrong, NotPermitted, Full, Whole };

/// Writes in a file system of `size` bytes of its own.
Outcome writeOnSmallDisk(const std::filesystem::path& folder, std::uint64_t size)
{
    const std::string options = "size=" + std::to_string(size);
    if (::mount("none", folder.c_str(), "tmpfs", 0, options.c_str()) != 0)
        return Outcome::NotPermitted;
    const auto target = folder / "x.safetensors";
    const auto written = engine::writeSafetensors(target, kPlan, fillWithSevens);
    Outcome outcome = Outcome::Wrong;
    if (written && std::filesystem::file_size(target) == written->value)
        outcome = Outcome::Whole;
    else if (!written && written.error().code == ErrorCode::DiskFull && std::filesystem::is_empty(folder))
        outcome = Outcome::Full;
    ::umount(folder.c_str());
    return outcome;
}

/// Up to some size the disk is too small and keeps no trace, from then on the file is whole.
int writeOnDisksOfEverySize(const std::filesystem::path& folder)
{
    constexpr std::uint64_t kPage = 4096; // what tmpfs counts in
    constexpr std::uint64_t kEnough = 100; // the file has 78 pages
    Outcome last = Outcome::Full;
    for (std::uint64_t pages = 1; pages <= kEnough; ++pages) {
        const Outcome outcome = writeOnSmallDisk(folder, pages * kPage);
        if (outcome == Outcome::NotPermitted)
            return kNotPermitted;
        if (outcome == Outcome::Wrong || (pages == 1 && outcome != Outcome::Full) || outcome < last)
            return kFailed;
        last = outcome;
    }
    return last == Outcome::Whole ? kPassed : kFailed;
}

/// In a child of its own, because only a process with one thread may enter a user namespace.
int inOwnMountNamespace(const std::function<int()>& work)
{
    const pid_t child = ::fork();
    if (child == 0) {
        const bool isAlone = ::unshare(CLONE_NEWNS) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
        const bool isPrivate = isAlone && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
        ::_exit(isPrivate ? work() : kNotPermitted);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : kFailed;
}

} // namespace

void TestSafetensorsWriterFaults::fullDiskOfEverySize()
{
    const test::TemporaryFolder folder;
    const int status = inOwnMountNamespace([&folder] { return writeOnDisksOfEverySize(folder.path()); });
    if (status == kNotPermitted)
        QSKIP("this system gives no file system of its own to a test");
    QCOMPARE(status, int{kPassed});
}

void TestSafetensorsWriterFaults::folderThatIsNotThere()
{
    const test::TemporaryFolder folder;
    VERIFY_ERROR(
        engine::writeSafetensors(folder / "none" / "x.safetensors", kPlan, fillWithSevens), ErrorCode::NotFound);
    QVERIFY(folder.entries().empty());
}

void TestSafetensorsWriterFaults::folderThatIsAFile()
{
    const test::TemporaryFolder folder;
    folder.write("file", "content");
    VERIFY_ERROR(
        engine::writeSafetensors(folder / "file" / "x.safetensors", kPlan, fillWithSevens), ErrorCode::NotFound);
    QCOMPARE(folder.entries(), std::set<std::string>{"file"});
}

/// The temporary name must not be longer than the one that it stands for.
void TestSafetensorsWriterFaults::longestName()
{
    const test::TemporaryFolder folder;
    const std::string name = std::string(243, 'n') + ".safetensors";
    VERIFY_RESULT(engine::writeSafetensors(folder / name, kPlan, fillWithSevens));
    QCOMPARE(folder.entries(), std::set<std::string>{name});
}

QTEST_APPLESS_MAIN(TestSafetensorsWriterFaults)
#include "test_safetensors_writer_faults.moc"
