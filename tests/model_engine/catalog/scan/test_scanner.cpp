// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/model_matching.h"
#include "tests/model_engine/catalog/scan/scan_fixture.h"
#include "tests/support/gguf_builder.h"
#include "tests/support/resource_check.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <set>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// Every look at it is a tenth of a second later, so that no report of progress is left out.
class TickingClock final : public Clock {
public:
    [[nodiscard]] Steady now() const override { return Steady{std::chrono::milliseconds{100 * ++m_ticks}}; }
    [[nodiscard]] Wall wallTime() const override { return Wall{std::chrono::hours{1}}; }

private:
    mutable std::atomic<int> m_ticks{0};
};

ScanRequest withDepth(std::uint32_t maximumDepth)
{
    ScanRequest request;
    request.maximumDepth = maximumDepth;
    return request;
}

ScanRequest withExtensions(std::vector<std::string> extensions)
{
    ScanRequest request;
    request.extensions = std::move(extensions);
    return request;
}

ScanRequest withoutSubdirectories()
{
    ScanRequest request;
    request.includeSubdirectories = false;
    return request;
}

} // namespace

Q_DECLARE_METATYPE(ScanRequest)

class TestScanner final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void followsTheOptions_data();
    void followsTheOptions();
    void skipsHiddenFilesAndDownloads();
    void describesWhatItFound();
    void identifiesGgufFilesByTheSameRules();
    void theNameOfAFileNeverMatters();
    void countsInStatistics();
    void readsUnchangedFilesOnce();
    void readsChangedFilesAgain();
    void aThousandFiles();
    void reportsProgress();
    void cancelsBeforeAndWhileReading();
    void leavesNothingBehind();
    void namesEachDirectoryThatFailed();
    void saysWhichDirectoryFailed_data();
    void saysWhichDirectoryFailed();
    void oneReadableDirectoryIsEnough();
    void noDirectoryIsNoModel();
    void overlappingDirectoriesAreScannedOnce();
    void spellsFoldersInOneWay();
    void idsAreStableAndPlain();
};

void TestScanner::followsTheOptions_data()
{
    QTest::addColumn<ScanRequest>("request");
    QTest::addColumn<QString>("found");
    QTest::newRow("all") << ScanRequest{}
                         << "B.SAFETENSORS a.safetensors c.sft f.gguf one/d.safetensors one/two/e.safetensors";
    QTest::newRow("no subdirectories") << withoutSubdirectories() << "B.SAFETENSORS a.safetensors c.sft f.gguf";
    QTest::newRow("depth 0") << withDepth(0) << "B.SAFETENSORS a.safetensors c.sft f.gguf";
    QTest::newRow("depth 1") << withDepth(1) << "B.SAFETENSORS a.safetensors c.sft f.gguf one/d.safetensors";
    QTest::newRow("one extension") << withExtensions({".sft"}) << "c.sft";
    QTest::newRow("another extension") << withExtensions({".txt"}) << "note.txt";
    QTest::newRow("no extension") << withExtensions({}) << "";
}

void TestScanner::followsTheOptions()
{
    QFETCH(ScanRequest, request);
    QFETCH(QString, found);
    const TemporaryFolder folder;
    for (const char* name : {"a.safetensors", "B.SAFETENSORS", "c.sft", "f.gguf", "note.txt", "safetensors",
             "one/d.safetensors", "one/two/e.safetensors"})
        folder.write(name, plainModel());
    request.directories = {folder.path()};
    const auto result = scanNow(request);
    VERIFY_RESULT(result);
    QCOMPARE(QString::fromStdString(pathsBelow(folder.path(), *result)), found);
}

void TestScanner::skipsHiddenFilesAndDownloads()
{
    const TemporaryFolder folder;
    folder.write("good.safetensors", plainModel());
    for (const char* name : {".hidden.safetensors", ".git/a.safetensors", "a.safetensors.part",
             "a.safetensors.incomplete", "a.safetensors.tmp", "a.safetensors.crdownload", "a.safetensors.ARIA2"})
        folder.write(name, plainModel());
    ScanRequest request = requestFor(folder.path());
    request.extensions = {".safetensors", ".part", ".tmp", ".incomplete", ".crdownload", ".aria2"};
    const auto result = scanNow(request);
    VERIFY_RESULT(result);
    QCOMPARE(pathsBelow(folder.path(), *result), std::string("good.safetensors"));
}

void TestScanner::describesWhatItFound()
{
    const TemporaryFolder folder;
    const std::string content = loraModel();
    const std::filesystem::path path = folder.write("loras/My style.safetensors", content);
    const auto result = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(result);
    const ModelRecord& model = *result->models.at(0);
    QCOMPARE(model.path, path);
    QCOMPARE(model.name, std::string("My style"));
    QCOMPARE(model.fileSize(), Bytes{content.size()});
    QCOMPARE(model.format, FileFormat::Safetensors);
    QCOMPARE(model.identified.kind, ModelKind::Lora);
    QCOMPARE(model.identified.architecture, Architecture::Sd1);
    QVERIFY(model.isUsable());
    QVERIFY(model.id == modelIdFor(path));
    QVERIFY(examineFile(path)->id == model.id);
}

/// The rules see shapes outermost dimension first, whatever the order of the file.
void TestScanner::identifiesGgufFilesByTheSameRules()
{
    const TemporaryFolder folder;
    const std::string layer = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k";
    folder.write("style.gguf",
        GgufBuilder()
            .text("general.architecture", "sd1")
            .tensor(layer + ".lora_down.weight", ggml::kF16, {768, 4})
            .tensor(layer + ".lora_up.weight", ggml::kF16, {4, 320})
            .build());
    const auto result = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(result);
    const ModelRecord& model = *result->models.at(0);
    QCOMPARE(model.format, FileFormat::Gguf);
    QCOMPARE(model.identified.kind, ModelKind::Lora);
    QCOMPARE(model.identified.architecture, Architecture::Sd1);
    QVERIFY(model.isUsable());
}

void TestScanner::theNameOfAFileNeverMatters()
{
    const TemporaryFolder folder;
    for (const char* name :
        {"sdxl_base_checkpoint.safetensors", "vaes/flux-ae.safetensors", "controlnet/control_sd15_canny.sft"})
        folder.write(name, loraModel());
    const auto result = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(result);
    QCOMPARE(result->models.size(), std::size_t{3});
    for (const ModelRecordPtr& model : result->models) {
        QCOMPARE(model->identified.kind, ModelKind::Lora);
        QCOMPARE(model->identified.architecture, Architecture::Sd1);
    }
}

void TestScanner::countsInStatistics()
{
    const TemporaryFolder folder;
    folder.write("a.safetensors", plainModel());
    folder.write("one/b.safetensors", "broken");
    folder.write("one/two/c.txt", "text");
    const TickingClock clock;
    NullLog log;
    const auto result = scan(requestFor(folder.path()), clock, log, {}, {});
    VERIFY_RESULT(result);
    const ScanStatistics& statistics = result->statistics;
    QCOMPARE(statistics.folders, std::uint64_t{3});
    QCOMPARE(statistics.files, std::uint64_t{2});
    QCOMPARE(statistics.filesRead, std::uint64_t{2});
    QCOMPARE(statistics.errors, std::uint64_t{1});
    QCOMPARE(statistics.bytes, Bytes{plainModel().size() + 6});
    QVERIFY(statistics.elapsed.count() > 0);
    QVERIFY(statistics.finishedAt == clock.wallTime());
}

void TestScanner::readsUnchangedFilesOnce()
{
    const TemporaryFolder folder;
    folder.write("good.safetensors", plainModel());
    folder.write("broken.safetensors", "broken");
    std::filesystem::create_symlink("nowhere", folder / "dangling.safetensors");
    const auto first = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(first);
    QCOMPARE(first->statistics.filesRead, std::uint64_t{2});

    ScanRequest again = requestFor(folder.path());
    again.known = first->models;
    const auto second = scanNow(again);
    VERIFY_RESULT(second);
    QCOMPARE(second->statistics.filesRead, std::uint64_t{0});
    QCOMPARE(second->statistics.files, std::uint64_t{3});
    QCOMPARE(second->models.size(), first->models.size());
    for (std::size_t i = 0; i < first->models.size(); ++i)
        QVERIFY(second->models[i]->id == first->models[i]->id);
    QVERIFY(second->models[0] == first->models[0]);
    QVERIFY(second->models[2] == first->models[2]);
}

void TestScanner::readsChangedFilesAgain()
{
    const TemporaryFolder folder;
    folder.write("changed.safetensors", plainModel());
    folder.write("same.safetensors", plainModel());
    folder.write("removed.safetensors", plainModel());
    const auto first = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(first);

    folder.write("changed.safetensors", loraModel());
    std::filesystem::remove(folder / "removed.safetensors");
    ScanRequest again = requestFor(folder.path());
    again.known = first->models;
    const auto second = scanNow(again);
    VERIFY_RESULT(second);
    QCOMPARE(second->statistics.filesRead, std::uint64_t{1});
    QCOMPARE(pathsBelow(folder.path(), *second), std::string("changed.safetensors same.safetensors"));
    QCOMPARE(second->models[0]->identified.kind, ModelKind::Lora);
    QVERIFY(second->models[0]->id == first->models[0]->id);
    QVERIFY(second->models[0]->identity() != first->models[0]->identity());
}

void TestScanner::aThousandFiles()
{
    constexpr int kFiles = 1000;
    const TemporaryFolder folder;
    for (int i = 0; i < kFiles; ++i)
        folder.write("folder-" + std::to_string(i % 40) + "/model-" + std::to_string(i) + ".safetensors",
            i % 2 == 0 ? plainModel() : loraModel());
    const auto result = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(result);
    std::set<std::string> ids;
    for (const ModelRecordPtr& model : result->models)
        ids.insert(model->id.text);
    QCOMPARE(ids.size(), std::size_t{kFiles});
    QCOMPARE(result->statistics.folders, std::uint64_t{41});
    QCOMPARE(std::ranges::count_if(
                 result->models, [](const auto& model) { return model->identified.kind == ModelKind::Lora; }),
        kFiles / 2);
    QVERIFY(std::ranges::is_sorted(result->models, {}, [](const ModelRecordPtr& model) { return model->path; }));
}

void TestScanner::reportsProgress()
{
    const TemporaryFolder folder;
    for (int i = 0; i < 50; ++i)
        folder.write(std::to_string(i) + ".safetensors", plainModel());
    std::atomic<int> inside{0};
    bool overlapped = false;
    std::vector<ScanProgress> seen;
    const TickingClock clock;
    NullLog log;
    const auto result = scan(requestFor(folder.path()), clock, log, {}, [&](ScanProgress progress) {
        overlapped |= ++inside != 1;
        seen.push_back(progress);
        --inside;
    });
    VERIFY_RESULT(result);
    QVERIFY(!overlapped);
    QVERIFY(seen.size() > 1);
    QVERIFY(std::ranges::is_sorted(seen, {}, &ScanProgress::filesDone));
    QVERIFY(std::ranges::all_of(seen, [](const ScanProgress& progress) { return progress.filesFound == 50; }));
    QCOMPARE(seen.back().filesDone, std::uint64_t{50});
}

void TestScanner::cancelsBeforeAndWhileReading()
{
    const TemporaryFolder folder;
    for (int i = 0; i < 50; ++i)
        folder.write(std::to_string(i) + ".safetensors", plainModel());
    const TickingClock clock;
    NullLog log;
    std::stop_source before;
    before.request_stop();
    VERIFY_ERROR(scan(requestFor(folder.path()), clock, log, before.get_token(), {}), ErrorCode::Cancelled);

    std::stop_source during;
    std::uint64_t done = 0;
    const auto cancelled = scan(requestFor(folder.path()), clock, log, during.get_token(), [&](ScanProgress progress) {
        done = progress.filesDone;
        during.request_stop();
    });
    VERIFY_ERROR(cancelled, ErrorCode::Cancelled);
    QVERIFY(done > 0 && done < 50);
}

void TestScanner::leavesNothingBehind()
{
    const TemporaryFolder folder;
    for (int i = 0; i < 20; ++i)
        folder.write(std::to_string(i) + "/m.safetensors", i % 2 == 0 ? plainModel() : "broken");
    VERIFY_RESULT(scanNow(requestFor(folder.path())));
    const ResourceUse before = currentResources();
    VERIFY_RESULT(scanNow(requestFor(folder.path())));
    VERIFY_ERROR(scanNow(requestFor(folder / "missing")), ErrorCode::NotFound);
    VERIFY_NOTHING_LEFT(before);
}

void TestScanner::namesEachDirectoryThatFailed()
{
    const TemporaryFolder folder;
    ScanRequest request = requestFor(folder / "one");
    request.directories.push_back(folder / "two");
    const auto failed = scanNow(request);
    VERIFY_ERROR(failed, ErrorCode::NotFound);
    for (const char* name : {"one", "two"})
        QVERIFY(failed.error().detail.find((folder / name).string()) != std::string::npos);
    request.directories.push_back(folder.path());
    const auto result = scanNow(request); // one that can be read is enough
    VERIFY_RESULT(result);
    QCOMPARE(result->folderProblems.size(), std::size_t{2});
}

void TestScanner::saysWhichDirectoryFailed_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<ErrorCode>("code");
    QTest::newRow("missing") << "missing" << ErrorCode::NotFound;
    QTest::newRow("a file") << "file.safetensors" << ErrorCode::NotRegularFile;
    QTest::newRow("below a file") << "file.safetensors/folder" << ErrorCode::NotFound;
    QTest::newRow("dangling link") << "dangling" << ErrorCode::NotFound;
    QTest::newRow("link to itself") << "loop" << ErrorCode::NotRegularFile;
}

void TestScanner::saysWhichDirectoryFailed()
{
    QFETCH(QString, name);
    QFETCH(ErrorCode, code);
    const TemporaryFolder folder;
    folder.write("file.safetensors", plainModel());
    std::filesystem::create_symlink("nowhere", folder / "dangling");
    std::filesystem::create_symlink("loop", folder / "loop");
    const std::filesystem::path path = folder / name.toStdString();
    const auto result = scanNow(requestFor(path));
    VERIFY_ERROR(result, code);
    QCOMPARE(result.error().context.path, path.string());
}

void TestScanner::oneReadableDirectoryIsEnough()
{
    const TemporaryFolder folder;
    folder.write("good/a.safetensors", plainModel());
    ScanRequest request;
    request.directories = {folder / "missing", folder / "good"};
    const auto result = scanNow(request);
    VERIFY_RESULT(result);
    QCOMPARE(result->models.size(), std::size_t{1});
    QCOMPARE(result->folderProblems.size(), std::size_t{1});
    QCOMPARE(result->folderProblems[0].path, folder / "missing");
    QCOMPARE(result->folderProblems[0].error.code, ErrorCode::NotFound);
    QCOMPARE(result->statistics.errors, std::uint64_t{1});
}

void TestScanner::noDirectoryIsNoModel()
{
    const auto result = scanNow({});
    VERIFY_RESULT(result);
    QVERIFY(result->models.empty());
    QCOMPARE(result->statistics.folders, std::uint64_t{0});
}

void TestScanner::overlappingDirectoriesAreScannedOnce()
{
    const TemporaryFolder folder;
    folder.write("a.safetensors", plainModel());
    folder.write("sub/b.safetensors", plainModel());
    ScanRequest request;
    request.directories = {folder.path(), folder / "sub", folder / "sub/", folder / "sub/../sub", folder.path()};
    const auto result = scanNow(request);
    VERIFY_RESULT(result);
    QCOMPARE(pathsBelow(folder.path(), *result), std::string("a.safetensors sub/b.safetensors"));
    QCOMPARE(result->statistics.folders, std::uint64_t{2});
}

void TestScanner::spellsFoldersInOneWay()
{
    const TemporaryFolder folder;
    folder.write("real/deep/x", "");
    const std::filesystem::path deep = folder / "real/deep";
    QCOMPARE(normalFolder(folder / "real/./deep//"), deep);
    QCOMPARE(normalFolder(folder / "real/deep/."), deep);
    std::filesystem::create_directory_symlink(deep, folder / "link");
    QCOMPARE(normalFolder(folder / "link"), folder / "link");
    // The folder above what the link leads to, and not the one that the link lies in.
    QCOMPARE(normalFolder(folder / "link/.."), folder / "real");
    QCOMPARE(normalFolder("/"), std::filesystem::path("/"));
    QCOMPARE(normalFolder("models"), std::filesystem::current_path() / "models");
}

void TestScanner::idsAreStableAndPlain()
{
    const ModelId id = modelIdFor("/models/sd_xl_base_1.0.safetensors");
    QVERIFY(id == modelIdFor("/models/sd_xl_base_1.0.safetensors"));
    QVERIFY(id.text.starts_with("sd_xl_base_1.0-"));
    QCOMPARE(id.text.size(), std::string_view("sd_xl_base_1.0-").size() + 16);
    QVERIFY(id != modelIdFor("/other/sd_xl_base_1.0.safetensors"));

    for (const char* name : {"/m/a b\n\x1b[31m\xff.safetensors", "/m/-rf.safetensors", "/m/..safetensors",
             "/m/.safetensors", "/m/\xe6\xa8\xa1.sft"}) {
        const std::string text = modelIdFor(name).text;
        const std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
        QVERIFY2(text.find_first_not_of(plain) == std::string::npos, text.c_str());
        QVERIFY2(!text.starts_with('-') && !text.starts_with('.'), text.c_str());
    }
    QVERIFY(modelIdFor("/m/" + std::string(250, 'x') + ".safetensors").text.size() < 70);
}

QTEST_APPLESS_MAIN(TestScanner)
#include "test_scanner.moc"
