// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/format_reader.h"
#include "model_engine/formats/torch/torch_archive.h"

#include "tests/support/index_property.h"
#include "tests/support/memory_source.h"
#include "tests/support/recording_source.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/torch_archive_builder.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom;
using engine::Bytes;
using engine::ErrorCode;
using test::MemorySource;
using test::Pickle;
using test::PickledTensor;
using test::TorchForm;

class TestTorchLegacyReader : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsTheSameAsFromZip();
    void isReadThroughTheDoor();
    void storagesFollowTheListOfKeys();
    void refusesEveryTruncation();
    void truncationNamesBothSizes();
    void failsCleanlyAtEveryRead();
    void readsPicklesOfAnyLength();
    void readsLittleOfTheStorages();
    void refusesAPickleAboveTheLimit();
    void acceptsAllProtocols_data();
    void acceptsAllProtocols();
};

void TestTorchLegacyReader::readsTheSameAsFromZip()
{
    const std::string file = test::smallTorchLegacy();
    const auto index = engine::readTorchArchive(MemorySource{file});
    VERIFY_RESULT(index);
    QCOMPARE(index->format, engine::FileFormat::TorchLegacy);
    QCOMPARE(test::brokenPromise(*index, Bytes{file.size()}), std::string{});
    const auto zip = engine::readTorchArchive(MemorySource{test::smallTorchZip()});
    VERIFY_RESULT(zip);
    QCOMPARE(index->tensors.size(), zip->tensors.size());
    QCOMPARE(index->dataSize, zip->dataSize);
    QVERIFY(index->metadata == zip->metadata);
    const engine::TensorLookup lookup{*zip};
    for (const engine::TensorEntry& entry : index->tensors) {
        const engine::TensorEntry* other = lookup.find(entry.name);
        QVERIFY(other != nullptr);
        QCOMPARE(entry.dtype, other->dtype);
        QCOMPARE(entry.shape, other->shape);
        QCOMPARE(entry.strides, other->strides);
        QCOMPARE(entry.range.size, other->range.size);
    }
    const engine::TensorEntry* weight = engine::TensorLookup{*index}.find("weight");
    QCOMPARE(file.substr(weight->range.begin, 24), test::tensorPattern("0", 24));
}

void TestTorchLegacyReader::isReadThroughTheDoor()
{
    const auto index = engine::readTensorIndex(MemorySource{test::smallTorchLegacy()});
    VERIFY_RESULT(index);
    QCOMPARE(index->format, engine::FileFormat::TorchLegacy);
}

/// Not the order in which the tensors refer to them.
void TestTorchLegacyReader::storagesFollowTheListOfKeys()
{
    Pickle pickle = Pickle().dict().mark();
    for (const char* key : {"second", "first"})
        pickle.text(key) << PickledTensor{.key = key, .form = TorchForm::Legacy};
    const std::string file = test::torchLegacy(pickle.setItems().stop(),
        {{"first", 6, test::tensorPattern("first", 24)}, {"second", 6, test::tensorPattern("second", 24)}});
    const auto index = engine::readTorchArchive(MemorySource{file});
    VERIFY_RESULT(index);
    QCOMPARE(index->tensors.at(0).name, std::string{"first"});
    for (const engine::TensorEntry& entry : index->tensors)
        QCOMPARE(file.substr(entry.range.begin, 24), test::tensorPattern(entry.name, 24));
}

void TestTorchLegacyReader::refusesEveryTruncation()
{
    const std::string file = test::smallTorchLegacy();
    for (std::size_t size = 0; size < file.size(); ++size)
        VERIFY_ERROR(engine::readTorchArchive(MemorySource{file.substr(0, size)}), ErrorCode::FileTruncated);
    VERIFY_RESULT(engine::readTorchArchive(MemorySource{file}));
}

void TestTorchLegacyReader::truncationNamesBothSizes()
{
    const std::string file = test::smallTorchLegacy();
    for (std::size_t size = 0; size < file.size(); ++size) {
        const auto index = engine::readTorchArchive(MemorySource{file.substr(0, size)});
        QVERIFY(!index);
        QCOMPARE(index.error().context.available, std::optional{Bytes{size}});
        QVERIFY(index.error().context.required.value() > Bytes{size});
        QVERIFY(index.error().context.required.value() <= Bytes{file.size()});
    }
}

void TestTorchLegacyReader::failsCleanlyAtEveryRead()
{
    const std::string file = test::smallTorchLegacy();
    const MemorySource good{file};
    VERIFY_RESULT(engine::readTorchArchive(good));
    QVERIFY(good.reads() > 5);
    for (std::size_t reads = 0; reads < good.reads(); ++reads)
        VERIFY_ERROR(engine::readTorchArchive(MemorySource(file, reads)), ErrorCode::IoError);
}

/// Around the size of the blocks, where the pickle is begun again.
void TestTorchLegacyReader::readsPicklesOfAnyLength()
{
    constexpr std::size_t kBlock = 64 * 1024;
    for (const std::size_t size :
        {kBlock - 200, kBlock - 100, kBlock, kBlock + 1, 4 * kBlock - 100, 4 * kBlock, 20 * kBlock}) {
        for (std::size_t more = 0; more < 100; more += 7) {
            Pickle pickle = Pickle().dict().mark().text("notes").text(std::string(size + more, 'n')).text("x");
            pickle << PickledTensor{.form = TorchForm::Legacy};
            const auto index = engine::readTorchArchive(
                MemorySource{test::torchLegacy(pickle.setItems().stop(), {{"0", 6, test::tensorPattern("0", 24)}})});
            VERIFY_RESULT(index);
            QCOMPARE(index->tensors.size(), std::size_t{1});
        }
    }
}

void TestTorchLegacyReader::readsLittleOfTheStorages()
{
    const std::uint64_t size = 64 * engine::kGiB.value;
    const std::string pickle = test::pickleOf({.type = "ByteStorage",
        .elements = static_cast<std::int64_t>(size),
        .size = {static_cast<std::int64_t>(size)},
        .stride = {1},
        .form = TorchForm::Legacy});
    const std::string head = test::torchLegacy(pickle, {{"0", size, ""}});
    const test::RecordingSource source{head, size};
    const auto index = engine::readTorchArchive(source);
    VERIFY_RESULT(index);
    QCOMPARE(index->dataSize, Bytes{size});
    QVERIFY(source.furthest() <= head.size() + 64 * 1024);
    const test::RecordingSource tooShort{head, size - 1};
    VERIFY_ERROR(engine::readTorchArchive(tooShort), ErrorCode::FileTruncated);
}

void TestTorchLegacyReader::refusesAPickleAboveTheLimit()
{
    const std::string head =
        test::legacyBeginning() + Pickle().bytes("B" + test::littleEndian(engine::kMaxTorchPickle.value, 4)).open();
    const test::RecordingSource source{head, engine::kMaxTorchPickle.value * 2};
    const auto index = engine::readTorchArchive(source);
    VERIFY_ERROR(index, ErrorCode::HeaderTooLarge);
    QVERIFY(source.furthest() <= head.size() + 64 * 1024);
}

void TestTorchLegacyReader::acceptsAllProtocols_data()
{
    QTest::addColumn<int>("protocol");
    for (const int protocol : {2, 3, 4, 5})
        QTest::newRow(std::to_string(protocol).c_str()) << protocol;
}

void TestTorchLegacyReader::acceptsAllProtocols()
{
    QFETCH(int, protocol);
    std::string file = test::smallTorchLegacy();
    file[1] = static_cast<char>(protocol);
    VERIFY_RESULT(engine::readTensorIndex(MemorySource{file}));
}

QTEST_APPLESS_MAIN(TestTorchLegacyReader)
#include "test_torch_legacy_reader.moc"
