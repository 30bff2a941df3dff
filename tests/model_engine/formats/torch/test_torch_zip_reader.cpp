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
using engine::Dtype;
using engine::ErrorCode;
using engine::Shape;
using engine::TensorEntry;
using test::MemorySource;
using test::ZipBuilder;

namespace {

const TensorEntry& entryOf(const engine::TensorIndex& index, std::string_view name)
{
    const auto* entry = engine::TensorLookup{index}.find(name);
    if (entry == nullptr)
        throw std::runtime_error("no tensor " + std::string{name});
    return *entry;
}

/// An archive with a storage of any size, in three parts: what stands before the storage's bytes, how many they are,
/// and what stands behind.
struct LargeArchive {
    std::string head;
    std::uint64_t size = 0;
    std::string tail;
};

/// As torch.save writes it for a storage above 4 GiB, by the sizes in the descriptor and in the zip64 field.
LargeArchive archiveOf(std::uint64_t size)
{
    using test::littleEndian;
    const std::string pickle = test::pickleOf({.type = "ByteStorage",
        .elements = static_cast<std::int64_t>(size),
        .size = {static_cast<std::int64_t>(size)},
        .stride = {1}});
    const std::string small = ZipBuilder().add("a/data.pkl", pickle).build();
    const std::size_t directory = small.find("PK\x01\x02");
    const std::string record = small.substr(directory, small.find("PK\x06\x06") - directory);
    const std::string name = "a/data/0";
    const std::string zero = littleEndian(0, 4);
    LargeArchive archive{.head = small.substr(0, directory), .size = size, .tail = {}};
    const std::uint64_t headerBegin = archive.head.size();
    archive.head += "PK\x03\x04" + littleEndian(0, 2) + littleEndian(0x0808, 2) + littleEndian(0, 2) + zero + zero
        + zero + zero + littleEndian(name.size(), 2) + littleEndian(0, 2) + name;
    archive.tail = "PK\x07\x08" + zero + littleEndian(size, 8) + littleEndian(size, 8);
    const std::uint64_t directoryBegin = archive.head.size() + size + archive.tail.size();
    const std::string field = littleEndian(1, 2) + littleEndian(16, 2) + littleEndian(size, 8) + littleEndian(size, 8);
    const std::string large = "PK\x01\x02" + littleEndian(0, 4) + littleEndian(0x0808, 2) + littleEndian(0, 2) + zero
        + zero + "\xff\xff\xff\xff\xff\xff\xff\xff" + littleEndian(name.size(), 2) + littleEndian(field.size(), 2)
        + littleEndian(0, 2) + littleEndian(0, 4) + zero + littleEndian(headerBegin, 4) + name + field;
    const std::uint64_t directorySize = record.size() + large.size();
    archive.tail += record + large + "PK\x06\x06" + littleEndian(44, 8) + littleEndian(0, 4) + littleEndian(0, 8)
        + littleEndian(2, 8) + littleEndian(2, 8) + littleEndian(directorySize, 8) + littleEndian(directoryBegin, 8)
        + "PK\x06\x07" + zero + littleEndian(directoryBegin + directorySize, 8) + littleEndian(1, 4) + "PK\x05\x06"
        + littleEndian(0, 4) + littleEndian(2, 2) + littleEndian(2, 2) + littleEndian(directorySize, 4)
        + "\xff\xff\xff\xff" + littleEndian(0, 2);
    return archive;
}

} // namespace

class TestTorchZipReader : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsNamesTypesShapesAndPlaces();
    void isReadThroughTheDoor();
    void sortsByPosition();
    void refusesEveryTruncation();
    void failsCleanlyAtEveryRead();
    void namesThePath();
    void readsNoStorage();
    void listsAStorageOf64GiB();
    void acceptsAnArchiveWithoutAByteOrder();
    void acceptsStoragesOfNoTensor();
    void acceptsAFileWithoutTensors();
    void acceptsSmallExpansions();
    void refusesAPickleAboveTheLimit();
    void readsManyTensors();
};

void TestTorchZipReader::readsNamesTypesShapesAndPlaces()
{
    const std::string file = test::smallTorchZip();
    const auto index = engine::readTorchArchive(MemorySource{file});
    VERIFY_RESULT(index);
    QCOMPARE(index->format, engine::FileFormat::TorchZip);
    QCOMPARE(index->tensors.size(), std::size_t{7});
    QVERIFY(index->metadata == (std::map<std::string, std::string, std::less<>>{{"epoch", "3"}}));
    QCOMPARE(index->dataSize, Bytes{24 + 24 + 12 + 8 + 8 + 0 + 4});
    QCOMPARE(test::brokenPromise(*index, Bytes{file.size()}), std::string{});

    const TensorEntry& weight = entryOf(*index, "weight");
    QCOMPARE(weight.dtype, Dtype::F32);
    QCOMPARE(weight.shape, (Shape{2, 3}));
    QVERIFY(weight.isContiguous());
    QCOMPARE(file.substr(weight.range.begin, weight.range.size.value), test::tensorPattern("0", 24));

    const TensorEntry& transposed = entryOf(*index, "weight.transposed");
    QCOMPARE(transposed.shape, (Shape{3, 2}));
    QCOMPARE(transposed.strides, (std::vector<std::uint64_t>{1, 3}));
    QCOMPARE(transposed.range, weight.range);

    const TensorEntry& last = entryOf(*index, "weight.last");
    QVERIFY(last.isContiguous());
    QCOMPARE(last.range, (engine::ByteRange{weight.range.begin + 12, Bytes{12}}));

    QCOMPARE(entryOf(*index, "half").dtype, Dtype::F16);
    QCOMPARE(entryOf(*index, "half").shape, (Shape{1, 4, 1}));
    QVERIFY(entryOf(*index, "half").isContiguous());
    QCOMPARE(entryOf(*index, "steps").shape, Shape{});
    QCOMPARE(entryOf(*index, "empty").range.size, Bytes{0});
    QCOMPARE(entryOf(*index, "eighth").dtype, Dtype::F8E4M3);
    const TensorEntry& steps = entryOf(*index, "steps");
    QCOMPARE(file.substr(steps.range.begin, steps.range.size.value), test::tensorPattern("2", 8));
}

void TestTorchZipReader::isReadThroughTheDoor()
{
    const auto index = engine::readTensorIndex(MemorySource{test::smallTorchZip()});
    VERIFY_RESULT(index);
    QCOMPARE(index->format, engine::FileFormat::TorchZip);
}

void TestTorchZipReader::sortsByPosition()
{
    const auto index = engine::readTorchArchive(MemorySource{test::smallTorchZip()});
    VERIFY_RESULT(index);
    QVERIFY(std::ranges::is_sorted(index->tensors, {}, [](const TensorEntry& entry) { return entry.range.begin; }));
    QCOMPARE(index->headerSize.value, index->tensors.front().range.begin);
}

void TestTorchZipReader::refusesEveryTruncation()
{
    const std::string file = test::smallTorchZip();
    for (std::size_t size = 0; size < file.size(); ++size)
        VERIFY_ERROR(engine::readTorchArchive(MemorySource{file.substr(0, size)}), ErrorCode::FileTruncated);
    VERIFY_RESULT(engine::readTorchArchive(MemorySource{file}));
}

void TestTorchZipReader::failsCleanlyAtEveryRead()
{
    const std::string file = test::smallTorchZip();
    const MemorySource good{file};
    VERIFY_RESULT(engine::readTorchArchive(good));
    QVERIFY(good.reads() > 10);
    for (std::size_t reads = 0; reads < good.reads(); ++reads)
        VERIFY_ERROR(engine::readTorchArchive(MemorySource(file, reads)), ErrorCode::IoError);
}

void TestTorchZipReader::namesThePath()
{
    const MemorySource source{test::torchZip(test::pickleOf({.offset = 1}), {{"0", std::string(24, 'd')}})};
    const auto index = engine::readTorchArchive(source);
    QVERIFY(!index);
    QCOMPARE(index.error().context.path, source.path().string());
}

void TestTorchZipReader::readsNoStorage()
{
    const LargeArchive archive = archiveOf(1'000'000);
    const test::RecordingSource source{archive.head, archive.size, archive.tail};
    const auto index = engine::readTorchArchive(source);
    VERIFY_RESULT(index);
    // The search for the end record goes back 64 KiB from the end of the file.
    engine::ByteRange storage = index->tensors.at(0).range;
    QCOMPARE(storage.size, Bytes{1'000'000});
    storage.size -= Bytes{66'000};
    QVERIFY(!source.hasRead(storage));
}

void TestTorchZipReader::listsAStorageOf64GiB()
{
    const LargeArchive archive = archiveOf(64 * engine::kGiB.value);
    const test::RecordingSource source{archive.head, archive.size, archive.tail};
    const auto index = engine::readTorchArchive(source);
    VERIFY_RESULT(index);
    QCOMPARE(index->dataSize, engine::kGiB * 64);
    QCOMPARE(index->tensors.at(0).range, (engine::ByteRange{archive.head.size(), engine::kGiB * 64}));
    QCOMPARE(test::brokenPromise(*index, source.size()), std::string{});
}

void TestTorchZipReader::acceptsAnArchiveWithoutAByteOrder()
{
    VERIFY_RESULT(engine::readTorchArchive(MemorySource{
        ZipBuilder().add("a/data.pkl", test::pickleOf({})).add("a/data/0", std::string(24, 'd')).build()}));
}

void TestTorchZipReader::acceptsStoragesOfNoTensor()
{
    const std::string storage(24, 'd');
    const auto index = engine::readTorchArchive(
        MemorySource{test::torchZip(test::pickleOf({}), {{"7", storage}, {"0", storage}, {"1", storage}})});
    VERIFY_RESULT(index);
    QCOMPARE(index->tensors.size(), std::size_t{1});
}

void TestTorchZipReader::acceptsAFileWithoutTensors()
{
    const std::string file = test::torchZip(test::Pickle().dict().stop(), {});
    const auto index = engine::readTorchArchive(MemorySource{file});
    VERIFY_RESULT(index);
    QCOMPARE(index->dataSize, Bytes{0});
    QCOMPARE(index->headerSize, Bytes{file.size()});
    QCOMPARE(test::brokenPromise(*index, Bytes{file.size()}), std::string{});
}

/// A mask that is one number, expanded: larger than its file and harmless.
void TestTorchZipReader::acceptsSmallExpansions()
{
    const std::int64_t most = 16 * 1024 * 1024 / 4;
    const auto read = [](std::int64_t elements) {
        return engine::readTorchArchive(MemorySource{
            test::torchZip(test::pickleOf({.size = {elements}, .stride = {0}}), {{"0", std::string(24, 'd')}})});
    };
    VERIFY_RESULT(read(most));
    VERIFY_ERROR(read(most + 1), ErrorCode::InvalidFormat);
}

void TestTorchZipReader::refusesAPickleAboveTheLimit()
{
    test::ZipItem pickle;
    pickle.name = "a/data.pkl";
    pickle.content = std::string(engine::kMaxTorchPickle.value + 1, ' ');
    pickle.crc = 0; // not looked at, and slow to make
    const auto index = engine::readTorchArchive(MemorySource{ZipBuilder().item(pickle).build()});
    VERIFY_ERROR(index, ErrorCode::HeaderTooLarge);
    QCOMPARE(index.error().context.available, std::optional{engine::kMaxTorchPickle});
}

void TestTorchZipReader::readsManyTensors()
{
    constexpr int kTensors = 20'000;
    test::Pickle pickle = test::Pickle().dict().mark();
    for (int i = 0; i < kTensors; ++i)
        pickle.text("model.diffusion_model.blocks." + std::to_string(i) + ".weight") << test::PickledTensor{};
    const MemorySource source{test::torchZip(pickle.setItems().stop(), {{"0", std::string(24, 'd')}})};
    const auto index = engine::readTorchArchive(source);
    VERIFY_RESULT(index);
    QCOMPARE(index->tensors.size(), std::size_t{kTensors});
    QCOMPARE(test::brokenPromise(*index, source.size()), std::string{});
    // Quadratic work would take minutes, and the time that a test has would be over.
}

QTEST_APPLESS_MAIN(TestTorchZipReader)
#include "test_torch_zip_reader.moc"
