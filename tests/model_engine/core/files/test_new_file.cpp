// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/files/new_file.h"

#include "tests/support/file_size_limit.h"
#include "tests/support/resource_check.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>
#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace weightroom;
using namespace weightroom::engine;
using test::TemporaryFolder;

class TestNewFile : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data();
    void appearsWithCommit();
    void canBeForTheOwnerAlone();
    void disappearsWithoutCommit();
    void aKilledWriterLeavesNothing();
    void refusesToReplace();
    void replacesWhenAsked();
    void oneOfManyWins();
    void knowsWhatIsThere();
    void moves();
    void takesTheRoomFirst();
    void fullDiskLeavesNothing();
    void hasTheModeThatUsersChose();
    void failsWhereNothingCanBeWritten();
};

namespace {

enum class Way { Unnamed, Hidden };

/// In the way that the row of initTestCase_data() asks for.
Result<NewFile> create(const std::filesystem::path& target)
{
    QFETCH_GLOBAL(const Way, way);
    return way == Way::Unnamed ? NewFile::create(target) : NewFile::createHidden(target);
}

bool hasUnnamedFiles(const TemporaryFolder& folder)
{
    return UniqueFd{::open(folder.path().c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600)}.isOpen();
}

/// Entries of `folder` while one file is being written.
std::size_t entriesWhileWriting(const TemporaryFolder& folder)
{
    QFETCH_GLOBAL(const Way, way);
    return way == Way::Unnamed && hasUnnamedFiles(folder) ? 0 : 1;
}

/// A process of its own that begins a file of `folder` and is killed in the middle. True when it came that far.
bool killWhileWriting(const TemporaryFolder& folder)
{
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0)
        return false;
    const UniqueFd fromChild{pipe[0]};
    UniqueFd toParent{pipe[1]};
    const pid_t child = ::fork();
    if (child == 0) {
        auto file = create(folder / "model");
        if (file && file->append(std::vector<std::byte>(100'000))) [[maybe_unused]]
            const ssize_t told = ::write(toParent.get(), "w", 1);
        else
            ::_exit(1);
        while (true)
            ::pause();
    }
    toParent = UniqueFd{}; // so that a child that failed ends the read
    char answer = 0;
    const bool isWriting = child > 0 && ::read(fromChild.get(), &answer, 1) == 1;
    return child > 0 && ::kill(child, SIGKILL) == 0 && ::waitpid(child, nullptr, 0) == child && isWriting;
}

Result<> append(NewFile& file, std::string_view text) { return file.append(std::as_bytes(std::span{text})); }

std::string contentOf(const std::filesystem::path& path) { return readSmallFile(path, kMiB).value_or("unreadable"); }

} // namespace

/// Every test runs twice: with files that have no name before commit(), and with the hidden name of file systems that
/// cannot have such files.
void TestNewFile::initTestCase_data()
{
    QTest::addColumn<Way>("way");
    QTest::newRow("unnamed") << Way::Unnamed;
    QTest::newRow("hidden") << Way::Hidden;
}

void TestNewFile::appearsWithCommit()
{
    const TemporaryFolder folder;
    const auto target = folder / "model";
    auto file = create(target);
    VERIFY_RESULT(file);
    VERIFY_RESULT(append(*file, "first "));
    VERIFY_RESULT(append(*file, ""));
    VERIFY_RESULT(append(*file, "second"));
    QVERIFY(!std::filesystem::exists(target));
    VERIFY_RESULT(file->commit(IfExists::Refuse));
    QCOMPARE(contentOf(target), std::string{"first second"});
    QCOMPARE(folder.entries(), std::set<std::string>{"model"});
}

void TestNewFile::canBeForTheOwnerAlone()
{
    const TemporaryFolder folder;
    QFETCH_GLOBAL(const Way, way);
    const auto make = way == Way::Unnamed ? NewFile::create : NewFile::createHidden;
    auto file = make(folder / "secret", Readers::Owner);
    VERIFY_RESULT(file);
    VERIFY_RESULT(append(*file, "secret"));
    VERIFY_RESULT(file->commit(IfExists::Refuse));
    QVERIFY(std::filesystem::status(folder / "secret").permissions()
        == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

void TestNewFile::disappearsWithoutCommit()
{
    const TemporaryFolder folder;
    const test::ResourceUse before = test::currentResources();
    {
        auto file = create(folder / "model");
        VERIFY_RESULT(file);
        VERIFY_RESULT(append(*file, "half"));
        QCOMPARE(folder.entries().size(), entriesWhileWriting(folder));
    }
    QVERIFY(folder.entries().empty());
    VERIFY_NOTHING_LEFT(before);
}

void TestNewFile::aKilledWriterLeavesNothing()
{
    const TemporaryFolder folder;
    const std::size_t left = entriesWhileWriting(folder);
    QVERIFY(killWhileWriting(folder));
    QCOMPARE(folder.entries().size(), left);
}

void TestNewFile::knowsWhatIsThere()
{
    const TemporaryFolder folder;
    VERIFY_RESULT(expectNothingAt(folder / "model"));
    VERIFY_RESULT(expectNothingAt(folder / "none" / "model"));
    std::filesystem::create_symlink("nowhere", folder / "link");
    for (const auto& path : {folder.write("model", ""), folder.path(), folder / "link"}) {
        const auto isFree = expectNothingAt(path);
        VERIFY_ERROR(isFree, ErrorCode::AlreadyExists);
        QCOMPARE(isFree.error().context.path, path.string());
    }
}

void TestNewFile::refusesToReplace()
{
    const TemporaryFolder folder;
    const auto target = folder.write("model", "precious");
    {
        auto file = create(target);
        VERIFY_RESULT(file);
        VERIFY_RESULT(append(*file, "new"));
        VERIFY_ERROR(file->commit(IfExists::Refuse), ErrorCode::AlreadyExists);
    }
    QCOMPARE(contentOf(target), std::string{"precious"});
    QCOMPARE(folder.entries(), std::set<std::string>{"model"});
}

void TestNewFile::replacesWhenAsked()
{
    const TemporaryFolder folder;
    const auto target = folder.write("model", "old");
    auto file = create(target);
    VERIFY_RESULT(file);
    VERIFY_RESULT(append(*file, "new"));
    QCOMPARE(contentOf(target), std::string{"old"});
    VERIFY_RESULT(file->commit(IfExists::Replace));
    QCOMPARE(contentOf(target), std::string{"new"});
}

/// Threads that write the same target at once: each has a temporary file of its own, one gets the name.
void TestNewFile::oneOfManyWins()
{
    const TemporaryFolder folder;
    std::atomic<int> winners{0};
    std::atomic<int> refused{0};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&folder, &winners, &refused, i] {
                auto file = create(folder / "model");
                if (!file || !append(*file, std::string(1000, static_cast<char>('a' + i))))
                    return;
                const auto committed = file->commit(IfExists::Refuse);
                winners += committed ? 1 : 0;
                refused += !committed && committed.error().code == ErrorCode::AlreadyExists ? 1 : 0;
            });
        }
    }
    QCOMPARE(winners.load(), 1);
    QCOMPARE(refused.load(), 7);
    const std::string content = contentOf(folder / "model");
    QCOMPARE(content, std::string(1000, content.front()));
    QCOMPARE(folder.entries(), std::set<std::string>{"model"});
}

void TestNewFile::moves()
{
    const TemporaryFolder folder;
    auto file = create(folder / "model");
    VERIFY_RESULT(file);
    {
        NewFile moved{std::move(*file)};
        VERIFY_RESULT(append(moved, "content"));
        VERIFY_RESULT(moved.commit(IfExists::Refuse));
    }
    QCOMPARE(contentOf(folder / "model"), std::string{"content"});
}

void TestNewFile::takesTheRoomFirst()
{
    const TemporaryFolder folder;
    auto file = create(folder / "model");
    VERIFY_RESULT(file);
    VERIFY_RESULT(file->reserve(Bytes{0}));
    VERIFY_RESULT(file->reserve(Bytes{7}));
    VERIFY_RESULT(append(*file, "content"));
    VERIFY_RESULT(file->commit(IfExists::Refuse));
    QCOMPARE(contentOf(folder / "model"), std::string{"content"});
    auto huge = create(folder / "huge");
    VERIFY_RESULT(huge);
    // More than any disk has, and than a file offset can say.
    for (const Bytes size : {Bytes{1ULL << 62U}, Bytes{~0ULL}})
        VERIFY_ERROR(huge->reserve(size), ErrorCode::DiskFull);
}

void TestNewFile::fullDiskLeavesNothing()
{
    const TemporaryFolder folder;
    {
        auto file = create(folder / "model");
        VERIFY_RESULT(file);
        const std::string content(10'000, 'x');
        const auto outcome = [&] {
            const test::FileSizeLimit limit{5'000};
            return std::pair{append(*file, content), file->reserve(Bytes{10'000})};
        }();
        VERIFY_ERROR(outcome.first, ErrorCode::DiskFull);
        VERIFY_ERROR(outcome.second, ErrorCode::DiskFull);
        QCOMPARE(outcome.second.error().context.required, std::optional{Bytes{10'000}});
    }
    QVERIFY(folder.entries().empty());
}

/// As any program's files, not private as mkstemp's: a shared model folder is read by others.
void TestNewFile::hasTheModeThatUsersChose()
{
    const TemporaryFolder folder;
    auto file = create(folder / "model");
    VERIFY_RESULT(file);
    VERIFY_RESULT(file->commit(IfExists::Refuse));
    const auto expected = std::filesystem::status(folder.write("plain", "")).permissions();
    QCOMPARE(std::filesystem::status(folder / "model").permissions(), expected);
}

void TestNewFile::failsWhereNothingCanBeWritten()
{
    const TemporaryFolder folder;
    VERIFY_ERROR(create(folder / "none" / "model"), ErrorCode::NotFound);
    VERIFY_ERROR(create("/proc/model"), ErrorCode::NotFound);
    folder.write("file", "");
    VERIFY_ERROR(create(folder / "file" / "model"), ErrorCode::NotFound);
}

QTEST_APPLESS_MAIN(TestNewFile)
#include "test_new_file.moc"
