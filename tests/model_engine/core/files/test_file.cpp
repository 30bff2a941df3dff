// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/files/file.h"

#include "tests/support/file_size_limit.h"
#include "tests/support/resource_check.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/unprivileged_files.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace weightroom;
using namespace weightroom::engine;
using test::TemporaryFolder;

class TestFile : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsAnyPart();
    void opensWhatALinkLeadsTo();
    void refusesWhatIsNoRegularFile_data();
    void refusesWhatIsNoRegularFile();
    void refusesPathsThatAreNotThere();
    void refusesWhatMayNotBeRead();
    void readBehindTheEndNamesTheSize();
    void readOfNothingIsFine();
    void truncatedMeanwhileIsChanged();
    void noticesEveryChange();
    void identitiesDiffer();
    void descriptorsAreClosedOnce();
    void translatesSystemErrors_data();
    void translatesSystemErrors();
    void writesAtomically();
    void createsFolders();
    void failedWriteKeepsTheOldFile();
    void neverWritesThroughALink();
    void readsSmallFiles();
};

namespace {

Result<std::string> read(const InputFile& file, std::uint64_t offset, std::size_t size)
{
    std::string bytes(size, '\0');
    if (auto done = file.readAt(offset, std::as_writable_bytes(std::span{bytes})); !done)
        return fail(done.error());
    return bytes;
}

/// Makes one of the things that are not regular files; false when the system does not let us.
bool make(const std::string& kind, const std::filesystem::path& path)
{
    if (kind == "pipe")
        return ::mkfifo(path.c_str(), 0600) == 0;
    if (kind == "folder")
        return std::filesystem::create_directory(path);
    if (kind == "socket") {
        const UniqueFd descriptor{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.string().copy(address.sun_path, sizeof address.sun_path - 1);
        return ::bind(descriptor.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    const std::filesystem::path target = kind == "link to a device" ? "/dev/zero"
        : kind == "loop of links"                                   ? path
                                                                    : "nothing";
    std::filesystem::create_symlink(target, path);
    return true;
}

} // namespace

void TestFile::readsAnyPart()
{
    const TemporaryFolder folder;
    const auto file = InputFile::open(folder.write("model", "0123456789"));
    VERIFY_RESULT(file);
    QCOMPARE(file->identity().size, Bytes{10});
    for (std::size_t offset = 0; offset <= 10; ++offset)
        for (std::size_t size = 0; size <= 10 - offset; ++size)
            QCOMPARE(read(*file, offset, size).value_or("failed"), std::string{"0123456789"}.substr(offset, size));
}

void TestFile::opensWhatALinkLeadsTo()
{
    const TemporaryFolder folder;
    const auto target = folder.write("blob", "content");
    std::filesystem::create_symlink(target, folder / "model");
    const auto link = InputFile::open(folder / "model");
    const auto file = InputFile::open(target);
    VERIFY_RESULT(link);
    VERIFY_RESULT(file);
    QVERIFY(link->identity() == file->identity());
}

void TestFile::refusesWhatIsNoRegularFile_data()
{
    QTest::addColumn<std::string>("kind");
    for (const char* kind : {"pipe", "folder", "socket", "link to a device", "loop of links", "dangling link"})
        QTest::newRow(kind) << std::string{kind};
}

/// A pipe that nobody writes to would keep a plain open() waiting for ever.
void TestFile::refusesWhatIsNoRegularFile()
{
    QFETCH(std::string, kind);
    const TemporaryFolder folder;
    QVERIFY(make(kind, folder / "thing"));
    const test::ResourceUse before = test::currentResources();
    const auto file = InputFile::open(folder / "thing");
    VERIFY_ERROR(file, ErrorCode::NotRegularFile);
    QCOMPARE(file.error().context.path, (folder / "thing").string());
    VERIFY_NOTHING_LEFT(before);
}

void TestFile::refusesPathsThatAreNotThere()
{
    const TemporaryFolder folder;
    folder.write("file", "");
    for (const char* path : {"none", "none/file", "file/below"})
        VERIFY_ERROR(InputFile::open(folder / path), ErrorCode::NotFound);
    VERIFY_ERROR(InputFile::open({}), ErrorCode::NotFound);
}

void TestFile::refusesWhatMayNotBeRead()
{
    const TemporaryFolder folder;
    std::filesystem::permissions(folder.path(), std::filesystem::perms{0755});
    const auto path = folder.write("model", "public");
    const auto secret = folder.write("secret", "secret");
    std::filesystem::permissions(secret, std::filesystem::perms::none);
    const test::UnprivilegedFiles unprivileged;
    VERIFY_RESULT(InputFile::open(path));
    VERIFY_ERROR(InputFile::open(secret), ErrorCode::PermissionDenied);
}

void TestFile::readBehindTheEndNamesTheSize()
{
    const TemporaryFolder folder;
    const auto file = InputFile::open(folder.write("model", "0123456789"));
    VERIFY_RESULT(file);
    const auto part = read(*file, 8, 5);
    VERIFY_ERROR(part, ErrorCode::FileTruncated);
    QVERIFY(part.error().detail.find("ends at 10") != std::string::npos);
    QVERIFY(part.error().detail.find("13") != std::string::npos);
    VERIFY_ERROR(read(*file, 11, 1), ErrorCode::FileTruncated);
    QVERIFY(!read(*file, ~0ULL, 1));
    QVERIFY(!read(*file, 1ULL << 63U, 1));
}

void TestFile::readOfNothingIsFine()
{
    const TemporaryFolder folder;
    const auto file = InputFile::open(folder.write("model", ""));
    VERIFY_RESULT(file);
    VERIFY_RESULT(read(*file, 0, 0));
    VERIFY_ERROR(read(*file, 0, 1), ErrorCode::FileTruncated);
}

void TestFile::truncatedMeanwhileIsChanged()
{
    const TemporaryFolder folder;
    const auto path = folder.write("model", "0123456789");
    const auto file = InputFile::open(path);
    VERIFY_RESULT(file);
    std::filesystem::resize_file(path, 4);
    VERIFY_RESULT(read(*file, 0, 4));
    const auto part = read(*file, 0, 10);
    VERIFY_ERROR(part, ErrorCode::FileChanged);
    QVERIFY(part.error().detail.find("10") != std::string::npos);
    QVERIFY(part.error().detail.find("4 now") != std::string::npos);
}

void TestFile::noticesEveryChange()
{
    const TemporaryFolder folder;
    const auto path = folder.write("model", "0123456789");
    const auto file = InputFile::open(path);
    VERIFY_RESULT(file);
    VERIFY_RESULT(file->checkUnchanged());

    std::filesystem::resize_file(path, 11);
    VERIFY_ERROR(file->checkUnchanged(), ErrorCode::FileChanged);
    const auto again = InputFile::open(path);
    VERIFY_RESULT(again);
    // The same size, and a time that says it is older: what a restored backup looks like.
    const std::array<timespec, 2> longAgo{timespec{1000, 0}, timespec{1000, 0}};
    QCOMPARE(::utimensat(AT_FDCWD, path.c_str(), longAgo.data(), 0), 0);
    VERIFY_ERROR(again->checkUnchanged(), ErrorCode::FileChanged);
}

void TestFile::identitiesDiffer()
{
    const TemporaryFolder folder;
    const auto a = InputFile::open(folder.write("a", "same"));
    const auto b = InputFile::open(folder.write("b", "same"));
    VERIFY_RESULT(a);
    VERIFY_RESULT(b);
    QVERIFY(a->identity() != b->identity());
}

void TestFile::descriptorsAreClosedOnce()
{
    const TemporaryFolder folder;
    const auto path = folder.write("model", "x");
    const test::ResourceUse before = test::currentResources();
    {
        auto first = InputFile::open(path);
        auto second = InputFile::open(path);
        VERIFY_RESULT(first);
        VERIFY_RESULT(second);
        InputFile moved = std::move(*first);
        moved = std::move(*second);
        QCOMPARE(read(moved, 0, 1).value_or("failed"), std::string{"x"});
        UniqueFd empty;
        QVERIFY(!empty.isOpen());
    }
    VERIFY_NOTHING_LEFT(before);
}

void TestFile::translatesSystemErrors_data()
{
    QTest::addColumn<int>("number");
    QTest::addColumn<weightroom::engine::ErrorCode>("code");
    QTest::newRow("ENOENT") << ENOENT << ErrorCode::NotFound;
    QTest::newRow("ENOTDIR") << ENOTDIR << ErrorCode::NotFound;
    QTest::newRow("EACCES") << EACCES << ErrorCode::PermissionDenied;
    QTest::newRow("EPERM") << EPERM << ErrorCode::PermissionDenied;
    QTest::newRow("EROFS") << EROFS << ErrorCode::PermissionDenied;
    QTest::newRow("ENOSPC") << ENOSPC << ErrorCode::DiskFull;
    QTest::newRow("EDQUOT") << EDQUOT << ErrorCode::DiskFull;
    QTest::newRow("EFBIG") << EFBIG << ErrorCode::DiskFull;
    QTest::newRow("EEXIST") << EEXIST << ErrorCode::AlreadyExists;
    QTest::newRow("ENOMEM") << ENOMEM << ErrorCode::OutOfHostMemory;
    QTest::newRow("ELOOP") << ELOOP << ErrorCode::NotRegularFile;
    QTest::newRow("EIO") << EIO << ErrorCode::IoError;
    QTest::newRow("EMFILE") << EMFILE << ErrorCode::IoError;
}

void TestFile::translatesSystemErrors()
{
    QFETCH(int, number);
    QFETCH(weightroom::engine::ErrorCode, code);
    const Error error = systemError(number, "read", "/models/x");
    QCOMPARE(error.code, code);
    QCOMPARE(error.context.path, std::string{"/models/x"});
    QCOMPARE(error.context.systemCode, std::optional<std::int64_t>{number});
    QVERIFY(error.detail.starts_with("could not read '/models/x': "));
}

void TestFile::writesAtomically()
{
    const TemporaryFolder folder;
    const auto path = folder / "settings.json";
    for (const std::string& content : {std::string{"first"}, std::string(100'000, 'x'), std::string{}}) {
        VERIFY_RESULT(writeFileAtomically(path, content));
        QCOMPARE(readSmallFile(path, kMiB).value_or("unreadable"), content);
        QCOMPARE(folder.entries(), std::set<std::string>{"settings.json"});
    }
}

void TestFile::createsFolders()
{
    const TemporaryFolder folder;
    VERIFY_RESULT(writeFileAtomically(folder / "a" / "b" / "settings.json", "x"));
    QCOMPARE(readSmallFile(folder / "a" / "b" / "settings.json", kMiB).value_or("unreadable"), std::string{"x"});
    folder.write("file", "");
    VERIFY_ERROR(writeFileAtomically(folder / "file" / "settings.json", "x"), ErrorCode::NotFound);
}

void TestFile::failedWriteKeepsTheOldFile()
{
    const TemporaryFolder folder;
    const auto path = folder.write("settings.json", "old");
    const auto written = [&path] {
        const test::FileSizeLimit limit{1000};
        return writeFileAtomically(path, std::string(100'000, 'x'));
    }();
    VERIFY_ERROR(written, ErrorCode::DiskFull);
    QCOMPARE(readSmallFile(path, kMiB).value_or("unreadable"), std::string{"old"});
    QCOMPARE(folder.entries(), std::set<std::string>{"settings.json"});
}

void TestFile::neverWritesThroughALink()
{
    const TemporaryFolder folder;
    const auto target = folder.write("target", "precious");
    std::filesystem::create_symlink(target, folder / "settings.json");
    VERIFY_RESULT(writeFileAtomically(folder / "settings.json", "new"));
    QCOMPARE(readSmallFile(target, kMiB).value_or("unreadable"), std::string{"precious"});
    QVERIFY(!std::filesystem::is_symlink(folder / "settings.json"));
}

void TestFile::readsSmallFiles()
{
    const TemporaryFolder folder;
    const auto path = folder.write("settings.json", "0123456789");
    QCOMPARE(readSmallFile(path, Bytes{10}).value_or("unreadable"), std::string{"0123456789"});
    const auto tooLarge = readSmallFile(path, Bytes{9});
    VERIFY_ERROR(tooLarge, ErrorCode::InvalidValue);
    QCOMPARE(tooLarge.error().context.required, std::optional{Bytes{10}});
    QCOMPARE(tooLarge.error().context.available, std::optional{Bytes{9}});
    QCOMPARE(readSmallFile(folder.write("empty", ""), Bytes{0}).value_or("unreadable"), std::string{});
    VERIFY_ERROR(readSmallFile(folder / "none", kMiB), ErrorCode::NotFound);
    VERIFY_ERROR(readSmallFile(folder.path(), kMiB), ErrorCode::NotRegularFile);
}

QTEST_APPLESS_MAIN(TestFile)
#include "test_file.moc"
