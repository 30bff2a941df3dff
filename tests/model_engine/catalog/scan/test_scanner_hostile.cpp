// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/catalog/scan/scan_fixture.h"
#include "tests/support/broken_files.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/unprivileged_files.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <filesystem>
#include <map>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

namespace {

/// The one model in the result, or a record with a telling name.
ModelRecord onlyModel(const Result<ScanResult>& result)
{
    ModelRecord none;
    none.name = "not exactly one row";
    return result && result->models.size() == 1 ? *result->models.front() : none;
}

/// Leaves a path that other users may look into: folders of tests are closed to them.
void openToAll(const fs::path& folder)
{
    using enum fs::perms;
    fs::permissions(folder, group_read | group_exec | others_read | others_exec, fs::perm_options::add);
}

void makeSocket(const fs::path& path)
{
    const UniqueFd descriptor{::socket(AF_UNIX, SOCK_STREAM, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.native().copy(address.sun_path, sizeof(address.sun_path) - 1);
    QCOMPARE(::bind(descriptor.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
}

using Maker = void (*)(const fs::path&);
const std::map<std::string, Maker> kNoFiles{
    {"pipe", [](const fs::path& path) { QCOMPARE(::mkfifo(path.c_str(), 0600), 0); }},
    {"socket", makeSocket},
    {"folder", [](const fs::path& path) { fs::create_directory(path); }},
    {"link to a device", [](const fs::path& path) { fs::create_symlink("/dev/zero", path); }},
    {"link to nothing", [](const fs::path& path) { fs::create_symlink("nothing", path); }},
    {"link to itself", [](const fs::path& path) { fs::create_symlink(path.filename(), path); }},
    {"link to a folder",
        [](const fs::path& path) {
            fs::create_directory(path.parent_path() / "target");
            fs::create_directory_symlink("target", path);
        }},
};

} // namespace

Q_DECLARE_METATYPE(BrokenFile)
Q_DECLARE_METATYPE(Maker)

class TestScannerHostile final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void brokenFileIsOneRow_data();
    void brokenFileIsOneRow();
    void whatIsNoFileIsOneRow_data();
    void whatIsNoFileIsOneRow();
    void oneBadFileDoesNotHideOthers();
    void folderWithAModelsNameIsLookedInto();
    void linkedFoldersAreReadOnce();
    void loopsEnd();
    void sameFileIsOneModel();
    void oddNamesAreFound_data();
    void oddNamesAreFound();
    void deepFoldersAreFound();
    void tooLongPathsAreReported();
    void unreadableFolderIsReported();
    void unreadableDirectoryIsAnError();
    void unreadableFileIsTriedAgain();
    void hugeFileIsNotRead();
};

void TestScannerHostile::brokenFileIsOneRow_data()
{
    QTest::addColumn<BrokenFile>("file");
    for (const BrokenFile& file : allBrokenFiles())
        QTest::newRow(file.name.c_str()) << file;
}

void TestScannerHostile::brokenFileIsOneRow()
{
    QFETCH(BrokenFile, file);
    const TemporaryFolder folder;
    folder.write("broken.safetensors", file.content);
    const auto result = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(result);
    const ModelRecord model = onlyModel(result);
    QCOMPARE(model.name, std::string("broken"));
    QVERIFY(!model.isUsable());
    QCOMPARE(model.problem->code, file.code);
    QCOMPARE(model.identified.kind, ModelKind::Unknown);
    QCOMPARE(result->statistics.errors, std::uint64_t{1});
}

void TestScannerHostile::whatIsNoFileIsOneRow_data()
{
    QTest::addColumn<Maker>("make");
    for (const auto& [name, maker] : kNoFiles)
        QTest::newRow(name.c_str()) << maker;
}

void TestScannerHostile::whatIsNoFileIsOneRow()
{
    QFETCH(Maker, make);
    const TemporaryFolder folder;
    make(folder / "x.safetensors");
    const auto result = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(result);
    const ModelRecord model = onlyModel(result);
    QCOMPARE(model.name, std::string("x"));
    QVERIFY(!model.isUsable());
    QCOMPARE(model.problem->code, ErrorCode::NotRegularFile);
    QCOMPARE(result->statistics.filesRead, std::uint64_t{0});
    QCOMPARE(result->statistics.bytes, Bytes{0});
}

void TestScannerHostile::oneBadFileDoesNotHideOthers()
{
    const TemporaryFolder folder;
    const std::vector<BrokenFile> broken = allBrokenFiles();
    for (std::size_t i = 0; i < broken.size(); ++i)
        folder.write("broken-" + std::to_string(i) + ".safetensors", broken[i].content);
    for (const auto& [name, maker] : kNoFiles) {
        fs::create_directory(folder / name);
        maker(folder / name / "x.safetensors");
    }
    folder.write("good.safetensors", plainModel());
    const auto result = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(result);
    QCOMPARE(result->models.size(), broken.size() + kNoFiles.size() + 1);
    QCOMPARE(result->statistics.errors, std::uint64_t{broken.size() + kNoFiles.size()});
    QCOMPARE(std::ranges::count_if(result->models, [](const auto& model) { return model->isUsable(); }), 1);
}

void TestScannerHostile::folderWithAModelsNameIsLookedInto()
{
    const TemporaryFolder folder;
    folder.write("x.safetensors/y.safetensors", plainModel());
    const auto result = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(result);
    QCOMPARE(pathsBelow(folder.path(), *result), std::string("x.safetensors x.safetensors/y.safetensors"));
    QVERIFY(!result->models[0]->isUsable());
    QVERIFY(result->models[1]->isUsable());
}

void TestScannerHostile::linkedFoldersAreReadOnce()
{
    const TemporaryFolder folder;
    const TemporaryFolder other;
    folder.write("real/a.safetensors", plainModel());
    other.write("b.safetensors", plainModel());
    // Whatever order the file system lists them in, "real" gives the path.
    for (char letter = 'a'; letter <= 'z'; ++letter)
        fs::create_directory_symlink(folder / "real", folder / std::string(1, letter));
    fs::create_directory_symlink(other.path(), folder / "elsewhere");
    fs::create_directory_symlink(other.path(), folder / "elsewhere-too");
    const auto result = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(result);
    QCOMPARE(pathsBelow(folder.path(), *result), std::string("elsewhere/b.safetensors real/a.safetensors"));
    QCOMPARE(result->statistics.folders, std::uint64_t{3});
}

void TestScannerHostile::loopsEnd()
{
    const TemporaryFolder folder;
    folder.write("one/two/a.safetensors", plainModel());
    fs::create_directory_symlink("..", folder / "one/up");
    fs::create_directory_symlink(folder.path(), folder / "one/two/top");
    fs::create_directory_symlink(".", folder / "self");
    fs::create_directory_symlink("loop-b", folder / "loop-a");
    fs::create_directory_symlink("loop-a", folder / "loop-b");
    const auto result = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(result);
    QCOMPARE(pathsBelow(folder.path(), *result), std::string("one/two/a.safetensors"));
    QCOMPARE(result->statistics.folders, std::uint64_t{3});
    QVERIFY(result->folderProblems.empty());
}

void TestScannerHostile::sameFileIsOneModel()
{
    const TemporaryFolder folder;
    const fs::path real = folder.write("c.safetensors", plainModel());
    fs::create_hard_link(real, folder / "b.safetensors");
    fs::create_symlink(real, folder / "d.safetensors");
    folder.write("copy.safetensors", plainModel());
    const auto result = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(result);
    QCOMPARE(pathsBelow(folder.path(), *result), std::string("b.safetensors copy.safetensors"));
}

void TestScannerHostile::oddNamesAreFound_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::newRow("newline") << QByteArray("a\nb.safetensors");
    QTest::newRow("escape sequence") << QByteArray("\x1b[31mred\x1b[0m.safetensors");
    QTest::newRow("not UTF-8") << QByteArray("\xff\xfe\x80.safetensors");
    QTest::newRow("right to left") << QByteArray("\xe2\x80\xae"
                                                 "cod.safetensors");
    QTest::newRow("markup") << QByteArray("<b>bold<b>&amp;.safetensors");
    QTest::newRow("quotes and spaces") << QByteArray("  '\"$(x)`  .safetensors");
    QTest::newRow("255 bytes") << QByteArray(243, 'x') + ".safetensors";
    QTest::newRow("only the extension twice") << QByteArray("safetensors.safetensors");
}

void TestScannerHostile::oddNamesAreFound()
{
    QFETCH(QByteArray, name);
    const TemporaryFolder folder;
    folder.write(name.toStdString(), plainModel());
    folder.write(
        fs::path("folder " + name.chopped(12).toStdString().substr(0, 200)) / "inside.safetensors", plainModel());
    const auto result = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(result);
    QCOMPARE(result->models.size(), std::size_t{2});
    QVERIFY(std::ranges::any_of(
        result->models, [&](const ModelRecordPtr& model) { return model->path.filename() == name.toStdString(); }));
    QVERIFY(std::ranges::all_of(result->models, [](const ModelRecordPtr& model) { return model->isUsable(); }));
}

void TestScannerHostile::deepFoldersAreFound()
{
    constexpr std::uint32_t kDepth = 200;
    const TemporaryFolder folder;
    fs::path path;
    for (std::uint32_t level = 0; level < kDepth; ++level)
        path /= "d";
    folder.write(path / "a.safetensors", plainModel());
    ScanRequest request = requestFor(folder.path());
    request.maximumDepth = kDepth;
    const auto found = scanNow(request);
    VERIFY_RESULT(found);
    QCOMPARE(found->models.size(), std::size_t{1});
    request.maximumDepth = kDepth - 1;
    const auto notFound = scanNow(request);
    VERIFY_RESULT(notFound);
    QCOMPARE(notFound->models.size(), std::size_t{0});
}

void TestScannerHostile::tooLongPathsAreReported()
{
    // Longer than a path may be (4,096 bytes): made from within, as nobody can name it.
    const TemporaryFolder folder;
    folder.write("good.safetensors", plainModel());
    const fs::path start = fs::current_path();
    fs::current_path(folder.path());
    const std::string part(200, 'p');
    for (int level = 0; level < 25; ++level) {
        fs::create_directory(part);
        fs::current_path(part);
    }
    fs::current_path(start);
    ScanRequest request = requestFor(folder.path());
    request.maximumDepth = 100;
    const auto result = scanNow(request);
    VERIFY_RESULT(result);
    QCOMPARE(result->models.size(), std::size_t{1});
    QCOMPARE(result->folderProblems.size(), std::size_t{1});
    QCOMPARE(result->folderProblems[0].error.code, ErrorCode::IoError);
}

void TestScannerHostile::unreadableFolderIsReported()
{
    const TemporaryFolder folder;
    openToAll(folder.path());
    const fs::path good = folder.write("good/a.safetensors", plainModel());
    folder.write("closed/b.safetensors", plainModel());
    fs::permissions(folder / "closed", fs::perms::none);
    const Result<ScanResult> result = [&] {
        const UnprivilegedFiles unprivileged;
        return scanNow(requestFor(folder.path()));
    }();
    fs::permissions(folder / "closed", fs::perms::owner_all);
    VERIFY_RESULT(result);
    QCOMPARE(onlyModel(result).path, good);
    QCOMPARE(result->folderProblems.size(), std::size_t{1});
    QCOMPARE(result->folderProblems[0].path, folder / "closed");
    QCOMPARE(result->folderProblems[0].error.code, ErrorCode::PermissionDenied);
    QCOMPARE(result->statistics.errors, std::uint64_t{1});
}

void TestScannerHostile::unreadableDirectoryIsAnError()
{
    const TemporaryFolder folder;
    folder.write("closed/b.safetensors", plainModel());
    openToAll(folder.path());
    fs::permissions(folder / "closed", fs::perms::none);
    const Result<ScanResult> result = [&] {
        const UnprivilegedFiles unprivileged;
        return scanNow(requestFor(folder / "closed"));
    }();
    fs::permissions(folder / "closed", fs::perms::owner_all);
    VERIFY_ERROR(result, ErrorCode::PermissionDenied);
}

void TestScannerHostile::unreadableFileIsTriedAgain()
{
    const TemporaryFolder folder;
    openToAll(folder.path());
    const fs::path file = folder.write("a.safetensors", plainModel());
    fs::permissions(file, fs::perms::none);
    const Result<ScanResult> refused = [&] {
        const UnprivilegedFiles unprivileged;
        return scanNow(requestFor(folder.path()));
    }();
    VERIFY_RESULT(refused);
    QCOMPARE(onlyModel(refused).name, std::string("a"));
    QCOMPARE(onlyModel(refused).problem->code, ErrorCode::PermissionDenied);
    // Root may read what nobody may, so that nothing about the file has changed, not even the time of its status.
    if (::geteuid() != 0)
        fs::permissions(file, fs::perms::owner_all);
    ScanRequest again = requestFor(folder.path());
    again.known = refused->models;
    const auto read = scanNow(again);
    VERIFY_RESULT(read);
    QCOMPARE(read->statistics.filesRead, std::uint64_t{1});
    QVERIFY(onlyModel(read).isUsable());
}

void TestScannerHostile::hugeFileIsNotRead()
{
    const std::uint64_t size = 64 * kGiB.value;
    const TemporaryFolder folder;
    const std::string header = SafetensorsBuilder().entry("huge", "U8", {size}, 0, size).build();
    const fs::path file = folder.write("huge.safetensors", header);
    fs::resize_file(file, header.size() + size);
    const auto result = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(result);
    QVERIFY(onlyModel(result).isUsable());
    QCOMPARE(onlyModel(result).identified.parameters, size);
}

QTEST_APPLESS_MAIN(TestScannerHostile)
#include "test_scanner_hostile.moc"
