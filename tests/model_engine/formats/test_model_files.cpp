// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/format_reader.h"
#include "model_engine/formats/model_files.h"
#include "tests/support/memory_source.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

std::string fileWith(const std::string& tensor, std::uint64_t size)
{
    return SafetensorsBuilder().metadata("format", "pt").tensor(tensor, "U8", {size}).build();
}

} // namespace

class TestModelFiles : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void oneFileIsItsIndex();
    void putsShardsTogether();
    void putsPrefixesInFront();
    void refusesATensorInTwoShards();
    void tellsWhichFileIsBroken();
};

void TestModelFiles::oneFileIsItsIndex()
{
    const MemorySource source{smallSafetensorsFile()};
    const auto alone = readTensorIndex(source);
    const auto index = readModelFiles(std::vector<ModelSource>{{source, ""}});
    VERIFY_RESULT(index);
    QVERIFY(index->format == alone->format);
    QCOMPARE(index->tensors.size(), alone->tensors.size());
    QVERIFY(index->metadata == alone->metadata);
    QCOMPARE(index->headerSize, alone->headerSize);
    QCOMPARE(index->dataSize, alone->dataSize);
}

void TestModelFiles::putsShardsTogether()
{
    const MemorySource first{fileWith("a", 3)};
    const MemorySource second{fileWith("b", 5)};
    const auto index = readModelFiles(std::vector<ModelSource>{{first, ""}, {second, ""}});
    VERIFY_RESULT(index);
    QVERIFY(index->format == FileFormat::Safetensors);
    QCOMPARE(index->tensors.size(), 2U);
    QCOMPARE(index->tensors[1].name, std::string{"b"});
    QCOMPARE(index->tensors[1].file, 1U);
    QCOMPARE(index->dataSize, Bytes{8});
    QCOMPARE(index->headerSize + index->dataSize, first.size() + second.size());
    QCOMPARE(index->metadata.size(), 1U);
}

void TestModelFiles::putsPrefixesInFront()
{
    const MemorySource first{fileWith("weight", 3)};
    const MemorySource second{fileWith("weight", 5)};
    const auto index = readModelFiles(std::vector<ModelSource>{{first, "unet/"}, {second, "vae/"}});
    VERIFY_RESULT(index);
    QVERIFY(index->format == FileFormat::Diffusers);
    QCOMPARE(index->tensors[0].name, std::string{"unet/weight"});
    QCOMPARE(index->tensors[1].name, std::string{"vae/weight"});
}

void TestModelFiles::refusesATensorInTwoShards()
{
    const MemorySource first{fileWith("a", 3)};
    const MemorySource second{fileWith("a", 3)};
    const auto index = readModelFiles(std::vector<ModelSource>{{first, ""}, {second, ""}});
    VERIFY_ERROR(index, ErrorCode::InvalidFormat);
    QVERIFY(index.error().detail.find("'a'") != std::string::npos);
}

void TestModelFiles::tellsWhichFileIsBroken()
{
    const MemorySource good{fileWith("a", 3)};
    const TemporaryFolder folder;
    const auto path = folder.write("second", "not a model");
    const auto file = InputFile::open(path);
    VERIFY_RESULT(file);
    const FileSource broken{*file};
    const auto index = readModelFiles(std::vector<ModelSource>{{good, ""}, {broken, ""}});
    VERIFY_ERROR(index, ErrorCode::UnknownFormat);
    QCOMPARE(index.error().context.path, path.string());
}

QTEST_APPLESS_MAIN(TestModelFiles)
#include "test_model_files.moc"
