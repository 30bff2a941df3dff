// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/torch/crc32.h"
#include "model_engine/formats/torch/zip_entries.h"

#include "tests/support/memory_source.h"
#include "tests/support/recording_source.h"
#include "tests/support/verify_result.h"
#include "tests/support/zip_builder.h"

#include <QTest>

using namespace weightroom;
using engine::Bytes;
using engine::ErrorCode;
using engine::ZipDirectory;
using test::MemorySource;
using test::ZipBuilder;
using test::ZipDescriptor;
using test::ZipEnd;
using test::ZipItem;

Q_DECLARE_METATYPE(test::ZipDescriptor)

namespace {

engine::Result<ZipDirectory> readAndLocate(const engine::ByteSource& source)
{
    auto directory = engine::readZipDirectory(source);
    if (!directory)
        return directory;
    if (auto located = engine::locateZipEntries(source, *directory); !located)
        return engine::fail(std::move(located).error());
    return directory;
}

std::string zip64Field(std::uint64_t size, std::uint64_t stored)
{
    return test::littleEndian(1, 2) + test::littleEndian(16, 2) + test::littleEndian(size, 8)
        + test::littleEndian(stored, 8);
}

} // namespace

/// Right archives, and the limits; the wrong ones are the tables of tests/support/broken_zip_archives.cpp.
class TestZipDirectory : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void findsEntriesAndTheirData();
    void readsWhatIsInAnEntry();
    void refusesAWrongChecksum();
    void acceptsDescriptors_data();
    void acceptsDescriptors();
    void acceptsEntriesWithoutADescriptor();
    void acceptsSizesInZip64Fields();
    void acceptsArchivesWithoutZip64Records();
    void acceptsACommentWithoutARecord();
    void acceptsFolders();
    void acceptsAnyOrderOfTheDirectory();
    void refusesEveryTruncation();
    void failsCleanlyAtEveryRead();
    void readsNoData();
    void readsSixtyThousandEntries();
    void refusesMoreEntriesThanTheLimit();
    void refusesADirectoryAboveTheLimit();
    void checksumIsThatOfZip();
};

void TestZipDirectory::findsEntriesAndTheirData()
{
    const std::string file =
        ZipBuilder().add("root/first", "one").add("root/folder/second", "").add("root/third", "three").build();
    const auto directory = readAndLocate(MemorySource{file});
    VERIFY_RESULT(directory);
    QCOMPARE(directory->entries.size(), std::size_t{3});
    for (const engine::ZipEntry& entry : directory->entries)
        QCOMPARE(entry.data.size, entry.size);
    QCOMPARE(file.substr(directory->entries[0].data.begin, 3), std::string{"one"});
    QCOMPARE(file.substr(directory->entries[2].data.begin, 5), std::string{"three"});
    QCOMPARE(directory->entries[0].data.begin % 64, std::uint64_t{0});
    QCOMPARE(directory->find("root/folder/second"), &directory->entries[1]);
    QCOMPARE(directory->find("root/folder"), nullptr);
    QVERIFY(file.substr(directory->begin).starts_with("PK\x01\x02"));
}

void TestZipDirectory::readsWhatIsInAnEntry()
{
    const MemorySource source{ZipBuilder().add("a/first", "one").add("a/second", "").build()};
    const auto directory = readAndLocate(source);
    VERIFY_RESULT(directory);
    QCOMPARE(engine::readZipEntry(source, directory->entries[0]).value(), std::string{"one"});
    QCOMPARE(engine::readZipEntry(source, directory->entries[1]).value(), std::string{});
}

void TestZipDirectory::refusesAWrongChecksum()
{
    ZipItem item;
    item.name = "a/x";
    item.content = "content";
    item.crc = 7;
    const MemorySource source{ZipBuilder().item(item).build()};
    const auto directory = readAndLocate(source);
    VERIFY_RESULT(directory);
    VERIFY_ERROR(engine::readZipEntry(source, directory->entries[0]), ErrorCode::InvalidFormat);
}

void TestZipDirectory::acceptsDescriptors_data()
{
    QTest::addColumn<ZipDescriptor>("descriptor");
    QTest::newRow("short") << ZipDescriptor::Short;
    QTest::newRow("short with mark") << ZipDescriptor::ShortWithMark;
    QTest::newRow("long") << ZipDescriptor::Long;
    QTest::newRow("long with mark") << ZipDescriptor::LongWithMark;
}

void TestZipDirectory::acceptsDescriptors()
{
    QFETCH(ZipDescriptor, descriptor);
    ZipItem item;
    item.name = "a/x";
    item.content = "content";
    item.descriptor = descriptor;
    VERIFY_RESULT(readAndLocate(MemorySource{ZipBuilder().item(item).add("a/y", "behind").build()}));
    VERIFY_RESULT(readAndLocate(MemorySource{ZipBuilder().add("a/y", "before").item(item).build()}));
}

void TestZipDirectory::acceptsEntriesWithoutADescriptor()
{
    ZipItem item;
    item.name = "a/x";
    item.content = "content";
    item.flags = 0;
    VERIFY_RESULT(readAndLocate(MemorySource{ZipBuilder().item(item).build()}));
}

void TestZipDirectory::acceptsSizesInZip64Fields()
{
    ZipItem item;
    item.name = "a/x";
    item.content = "content";
    item.flags = 0;
    item.size = 0xFFFFFFFF;
    item.centralExtra = "ab" + test::littleEndian(2, 2) + "cd" + zip64Field(7, 7);
    item.localSize = 0xFFFFFFFF;
    item.localExtra = zip64Field(7, 7);
    const auto directory = readAndLocate(MemorySource{ZipBuilder().item(item).build()});
    VERIFY_RESULT(directory);
    QCOMPARE(directory->entries[0].size, Bytes{7});
}

void TestZipDirectory::acceptsArchivesWithoutZip64Records()
{
    ZipEnd end;
    end.hasZip64 = false;
    VERIFY_RESULT(readAndLocate(MemorySource{ZipBuilder().add("a/x", "content").end(end).build()}));
}

void TestZipDirectory::acceptsACommentWithoutARecord()
{
    ZipEnd end;
    end.comment = std::string(0xFFFF, 'c');
    VERIFY_RESULT(readAndLocate(MemorySource{ZipBuilder().add("a/x", "content").end(end).build()}));
}

void TestZipDirectory::acceptsFolders()
{
    ZipItem folder;
    folder.name = "a/";
    folder.flags = 0;
    VERIFY_RESULT(readAndLocate(MemorySource{ZipBuilder().item(folder).add("a/x", "content").build()}));
}

/// What counts is where the entries lie, not in which order they are listed.
void TestZipDirectory::acceptsAnyOrderOfTheDirectory()
{
    const std::string file = ZipBuilder().add("a/x", "content").add("a/y", "more").build();
    const std::size_t first = file.find("PK\x01\x02");
    const std::size_t second = file.find("PK\x01\x02", first + 1);
    const std::size_t end = file.find("PK\x06\x06");
    const std::string swapped = file.substr(0, first) + file.substr(second, end - second)
        + file.substr(first, second - first) + file.substr(end);
    const auto directory = readAndLocate(MemorySource{swapped});
    VERIFY_RESULT(directory);
    QCOMPARE(directory->entries[0].name, std::string{"a/y"});
    QVERIFY(directory->entries[1].data.begin < directory->entries[0].data.begin);
}

void TestZipDirectory::refusesEveryTruncation()
{
    const std::string file = ZipBuilder().add("a/x", "content").add("a/y", "more").build();
    for (std::size_t size = 0; size < file.size(); ++size)
        VERIFY_ERROR(readAndLocate(MemorySource{file.substr(0, size)}), ErrorCode::FileTruncated);
}

void TestZipDirectory::failsCleanlyAtEveryRead()
{
    const std::string file = ZipBuilder().add("a/x", "content").add("a/y", "more").build();
    const MemorySource good{file};
    VERIFY_RESULT(readAndLocate(good));
    QVERIFY(good.reads() > 4);
    for (std::size_t reads = 0; reads < good.reads(); ++reads)
        VERIFY_ERROR(readAndLocate(MemorySource(file, reads)), ErrorCode::IoError);
}

void TestZipDirectory::readsNoData()
{
    // Long enough that the search for the end record does not come across it.
    const test::RecordingSource source{
        ZipBuilder().add("a/x", std::string(100'000, 'd')).add("a/y", std::string(100'000, 'e')).build()};
    const auto directory = readAndLocate(source);
    VERIFY_RESULT(directory);
    QVERIFY(!source.hasRead(directory->entries[0].data));
}

void TestZipDirectory::readsSixtyThousandEntries()
{
    ZipBuilder builder;
    for (int i = 0; i < 60'000; ++i)
        builder.add("archive/data/" + std::to_string(i), "data");
    const MemorySource source{builder.build()};
    const auto directory = readAndLocate(source);
    VERIFY_RESULT(directory);
    QCOMPARE(directory->entries.size(), std::size_t{60'000});
    // Quadratic work would take minutes, and the time that a test has would be over.
}

void TestZipDirectory::refusesMoreEntriesThanTheLimit()
{
    ZipBuilder builder;
    for (std::uint64_t i = 0; i < engine::kMostZipEntries; ++i)
        builder.add("a/" + std::to_string(i), "");
    VERIFY_RESULT(engine::readZipDirectory(MemorySource{builder.build()}));
    builder.add("a/one more", "");
    VERIFY_ERROR(engine::readZipDirectory(MemorySource{builder.build()}), ErrorCode::HeaderTooLarge);
}

void TestZipDirectory::refusesADirectoryAboveTheLimit()
{
    const std::string name(60'000, 'n');
    ZipBuilder builder;
    for (std::uint64_t size = 0; size <= engine::kMaxZipDirectory.value; size += name.size())
        builder.add(name, "");
    const auto directory = engine::readZipDirectory(MemorySource{builder.build()});
    VERIFY_ERROR(directory, ErrorCode::HeaderTooLarge);
    QCOMPARE(directory.error().context.available, std::optional{engine::kMaxZipDirectory});
}

void TestZipDirectory::checksumIsThatOfZip()
{
    QCOMPARE(engine::crc32(""), std::uint32_t{0});
    QCOMPARE(engine::crc32("123456789"), std::uint32_t{0xCBF43926}); // the check value of the standard
    const std::string all = [] {
        std::string bytes;
        for (int byte = 0; byte < 256; ++byte)
            bytes.push_back(static_cast<char>(byte));
        return bytes;
    }();
    QCOMPARE(engine::crc32(all), test::slowCrc32(all));
}

QTEST_APPLESS_MAIN(TestZipDirectory)
#include "test_zip_directory.moc"
