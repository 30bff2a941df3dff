// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/format_reader.h"

#include "tests/support/broken_files.h"
#include "tests/support/broken_gguf.h"
#include "tests/support/index_property.h"
#include "tests/support/memory_source.h"
#include "tests/support/resource_check.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom;
using engine::ErrorCode;
using test::MemorySource;

namespace {

/// Made once: some of them are large.
const std::vector<test::BrokenFile>& brokenFiles()
{
    static const std::vector<test::BrokenFile> files = test::allBrokenFiles();
    return files;
}

using engine::FileFormat;

void addRows(const std::vector<test::UnusualFile>& files, FileFormat format)
{
    for (const test::UnusualFile& file : files)
        QTest::newRow(file.name.c_str()) << file.content << file.tensors << format;
}

} // namespace

/// The door: what every file is taken for.
class TestFormatReader : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void refusesEveryBrokenFile_data();
    void refusesEveryBrokenFile();
    void refusesThemFromDiskAndLeavesNothing();
    void namesThePath();
    void readsUnusualFiles_data();
    void readsUnusualFiles();
    void decidesByContent_data();
    void decidesByContent();
    void failsCleanlyAtEveryRead();
};

void TestFormatReader::refusesEveryBrokenFile_data()
{
    QTest::addColumn<std::size_t>("row");
    const auto& files = brokenFiles();
    for (std::size_t row = 0; row < files.size(); ++row)
        QTest::newRow(files[row].name.c_str()) << row;
}

void TestFormatReader::refusesEveryBrokenFile()
{
    QFETCH(std::size_t, row);
    const test::BrokenFile& file = brokenFiles().at(row);
    const auto index = engine::readTensorIndex(MemorySource{file.content});
    VERIFY_ERROR(index, file.code);
    QVERIFY(!file.mentions.empty());
    for (const std::string& mention : file.mentions) {
        const std::string& detail = index.error().detail;
        QVERIFY2(detail.find(mention) != std::string::npos, (mention + " is not in: " + detail).c_str());
    }
}

void TestFormatReader::refusesThemFromDiskAndLeavesNothing()
{
    const test::TemporaryFolder folder;
    const test::ResourceUse before = test::currentResources();
    for (const test::BrokenFile& broken : brokenFiles()) {
        const auto file = engine::InputFile::open(folder.write(broken.name + ".safetensors", broken.content));
        VERIFY_RESULT(file);
        VERIFY_ERROR(engine::readTensorIndex(engine::FileSource{*file}), broken.code);
    }
    VERIFY_NOTHING_LEFT(before);
}

void TestFormatReader::namesThePath()
{
    for (const test::BrokenFile& broken : brokenFiles()) {
        const MemorySource source{broken.content};
        const auto index = engine::readTensorIndex(source);
        QVERIFY(!index);
        QCOMPARE(index.error().context.path, source.path().string());
    }
}

void TestFormatReader::readsUnusualFiles_data()
{
    QTest::addColumn<std::string>("content");
    QTest::addColumn<std::size_t>("tensors");
    QTest::addColumn<engine::FileFormat>("format");
    addRows(test::unusualSafetensors(), FileFormat::Safetensors);
    addRows(test::unusualGguf(), FileFormat::Gguf);
}

void TestFormatReader::readsUnusualFiles()
{
    QFETCH(std::string, content);
    QFETCH(std::size_t, tensors);
    QFETCH(engine::FileFormat, format);
    const MemorySource source{content};
    const auto index = engine::readTensorIndex(source);
    VERIFY_RESULT(index);
    QCOMPARE(index->format, format);
    QCOMPARE(index->tensors.size(), tensors);
    QCOMPARE(test::brokenPromise(*index, source.size()), std::string{});
}

/// Headers whose length, as bytes, reads like the mark of another format.
void TestFormatReader::decidesByContent_data()
{
    QTest::addColumn<std::size_t>("headerLength");
    QTest::newRow("pickle protocol 2") << std::size_t{0x0280};
    QTest::newRow("pickle protocol 5") << std::size_t{0x0580};
    QTest::newRow("gzip") << std::size_t{0x088b1f};
    QTest::newRow("white space") << std::size_t{0x2020};
}

void TestFormatReader::decidesByContent()
{
    QFETCH(std::size_t, headerLength);
    std::string header = "{}";
    header.resize(headerLength, ' ');
    VERIFY_RESULT(engine::readTensorIndex(MemorySource{test::safetensorsFile(header)}));
}

void TestFormatReader::failsCleanlyAtEveryRead()
{
    const std::string content = test::smallSafetensorsFile();
    const MemorySource good{content};
    VERIFY_RESULT(engine::readTensorIndex(good));
    QVERIFY(good.reads() > 1);
    for (std::size_t reads = 0; reads < good.reads(); ++reads)
        VERIFY_ERROR(engine::readTensorIndex(MemorySource(content, reads)), ErrorCode::IoError);
}

QTEST_APPLESS_MAIN(TestFormatReader)
#include "test_format_reader.moc"
