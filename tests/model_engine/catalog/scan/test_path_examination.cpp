// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/scan/path_examination.h"

#include "model_engine/catalog/scan/open_files.h"
#include "tests/model_engine/catalog/scan/scan_fixture.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

namespace {

std::string tensor(const std::string& name) { return SafetensorsBuilder().tensor(name, "F16", {4}).build(); }

void writePipeline(const TemporaryFolder& folder)
{
    folder.write("p/model_index.json", R"({"unet": ["d", "UNet"], "vae": ["d", "Autoencoder"]})");
    folder.write("p/unet/a-00001-of-00002.safetensors", tensor("u1"));
    folder.write("p/unet/a-00002-of-00002.safetensors", tensor("u2"));
    folder.write("p/vae/b.safetensors", tensor("v"));
}

} // namespace

class TestPathExamination : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void findsWhatAScanFinds_data();
    void findsWhatAScanFinds();
    void tellsWhatIsMissing();
    void opensWhatWasExamined();
    void noticesAFileThatWasReplaced();
};

void TestPathExamination::findsWhatAScanFinds_data()
{
    QTest::addColumn<QString>("named");
    QTest::addColumn<QString>("model");
    QTest::addColumn<int>("files");
    QTest::newRow("a file") << "x.safetensors"
                            << "x.safetensors" << 1;
    QTest::newRow("the first shard") << "s-00001-of-00002.safetensors"
                                     << "s-00001-of-00002.safetensors" << 2;
    QTest::newRow("another shard") << "s-00002-of-00002.safetensors"
                                   << "s-00001-of-00002.safetensors" << 2;
    QTest::newRow("a pipeline") << "p"
                                << "p" << 3;
    QTest::newRow("a pipeline with a slash") << "p/"
                                             << "p" << 3;
    QTest::newRow("with dots") << "p/../x.safetensors"
                               << "x.safetensors" << 1;
}

void TestPathExamination::findsWhatAScanFinds()
{
    QFETCH(QString, named);
    QFETCH(QString, model);
    QFETCH(int, files);
    const TemporaryFolder folder;
    folder.write("x.safetensors", tensor("x"));
    folder.write("s-00001-of-00002.safetensors", tensor("s1"));
    folder.write("s-00002-of-00002.safetensors", tensor("s2"));
    writePipeline(folder);
    const ModelRecordPtr record = examinePath(folder.path() / named.toStdString());
    QVERIFY(record->isUsable());
    QCOMPARE(record->path, folder / model.toStdString());
    QCOMPARE(record->files.size(), static_cast<std::size_t>(files));
    const auto scanned = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(scanned);
    const auto same = std::ranges::find(scanned->models, record->id, [](const auto& one) { return one->id; });
    QVERIFY(same != scanned->models.end());
    QVERIFY((*same)->files == record->files);
}

void TestPathExamination::tellsWhatIsMissing()
{
    const TemporaryFolder folder;
    folder.write("s-00001-of-00002.safetensors", tensor("s1"));
    folder.write("p/model_index.json", R"({"unet": ["d", "UNet"]})");
    fs::create_directory(folder / "empty");
    QCOMPARE(examinePath(folder / "s-00001-of-00002.safetensors")->problem.value().code, ErrorCode::NotFound);
    QCOMPARE(examinePath(folder / "p")->problem.value().code, ErrorCode::NotFound);
    QCOMPARE(examinePath(folder / "none.safetensors")->problem.value().code, ErrorCode::NotFound);
    QCOMPARE(examinePath(folder / "none/s-00001-of-00002.safetensors")->problem.value().code, ErrorCode::NotFound);
    QCOMPARE(examinePath(folder / "empty")->problem.value().code, ErrorCode::NotRegularFile);
}

void TestPathExamination::opensWhatWasExamined()
{
    const TemporaryFolder folder;
    writePipeline(folder);
    const auto opened = openModel(*examinePath(folder / "p"));
    VERIFY_RESULT(opened);
    QCOMPARE(opened->index.format, FileFormat::Diffusers);
    QCOMPARE(opened->index.tensors.back().name, std::string{"vae/v"});
    QCOMPARE(opened->files.source(opened->index.tensors.back().file).path(), folder / "p/vae/b.safetensors");
    VERIFY_RESULT(opened->files.checkUnchanged());
    fs::resize_file(folder / "p/vae/b.safetensors", 10);
    VERIFY_ERROR(opened->files.checkUnchanged(), ErrorCode::FileChanged);
}

void TestPathExamination::noticesAFileThatWasReplaced()
{
    const TemporaryFolder folder;
    const fs::path file = folder.write("x.safetensors", tensor("x"));
    const ModelRecordPtr record = examinePath(file);
    folder.write("other", tensor("other"));
    fs::rename(folder / "other", file);
    VERIFY_ERROR(openModel(*record), ErrorCode::FileChanged);
    fs::remove(file);
    VERIFY_ERROR(openModel(*record), ErrorCode::NotFound);
}

QTEST_APPLESS_MAIN(TestPathExamination)
#include "test_path_examination.moc"
