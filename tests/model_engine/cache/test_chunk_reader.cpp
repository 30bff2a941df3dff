// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/chunk_reader.h"
#include "model_engine/cache/direct_placing.h"
#include "model_engine/cache/page_residency.h"
#include "model_engine/core/settings/feature_flags.h"
#include "tests/support/file_time.h"
#include "tests/support/manual_clock.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <cstdlib>
#include <linux/magic.h>
#include <memory>
#include <sys/vfs.h>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

enum class Way : int { PageCache, Direct, Buffered };

/// A part of the file that is wanted.
struct Wanted {
    std::uint64_t offset;
    std::size_t size;
};

/// Bytes of `wanted` as a chunk reader reads them, and how they came in.
struct Outcome {
    Result<> result;
    std::vector<std::string> bytes;
    ReadStatistics statistics;
};

Outcome readParts(
    const InputFile& file, int directDescriptor, const std::vector<Wanted>& wanted, FeatureSwitch directIo = {})
{
    Outcome outcome;
    std::vector<ReadPiece> pieces;
    for (const Wanted& part : wanted)
        outcome.bytes.emplace_back(part.size, '\0');
    for (std::size_t i = 0; i < wanted.size(); ++i)
        pieces.push_back({wanted[i].offset, std::as_writable_bytes(std::span{outcome.bytes[i]})});
    ChunkReader reader;
    const PageResidency residency{file};
    outcome.result = reader.read({file, residency, directDescriptor, directIo}, pieces, outcome.statistics);
    return outcome;
}

/// Memory in which each part has a place in step with the file, and bytes around it that nobody may touch.
class PlacesInStep {
public:
    explicit PlacesInStep(const std::vector<Wanted>& wanted)
    {
        std::size_t size = 0;
        for (const Wanted& part : wanted)
            size += alignUp(part.size, kDirectAlignment) + kBefore + kDirectAlignment;
        m_memory.reset(static_cast<std::byte*>(std::aligned_alloc(kDirectAlignment, size)));
        m_all = {m_memory.get(), size};
        std::ranges::fill(m_all, kUntouched);
        std::size_t position = 0;
        for (const Wanted& part : wanted) {
            const std::size_t begin = position + kBefore + part.offset % kDirectAlignment;
            m_pieces.push_back({part.offset, m_all.subspan(begin, part.size)});
            position = alignUp(begin + part.size, kDirectAlignment);
        }
    }
    [[nodiscard]] const std::vector<ReadPiece>& pieces() const { return m_pieces; }
    /// After the contents of the pieces have been looked at.
    [[nodiscard]] bool isRestUntouched()
    {
        for (const ReadPiece& piece : m_pieces)
            std::ranges::fill(piece.destination, kUntouched);
        return std::ranges::all_of(m_all, [](std::byte byte) { return byte == kUntouched; });
    }

private:
    struct Free {
        void operator()(std::byte* memory) const { std::free(memory); } // NOLINT: from aligned_alloc
    };
    static constexpr std::byte kUntouched{0xA5};
    static constexpr std::size_t kBefore = kDirectAlignment;
    std::unique_ptr<std::byte, Free> m_memory;
    std::span<std::byte> m_all;
    std::vector<ReadPiece> m_pieces;
};

Bytes sumOf(const std::vector<Wanted>& wanted)
{
    Bytes sum;
    for (const Wanted& part : wanted)
        sum += Bytes{part.size};
    return sum;
}

bool isInMemory(const std::filesystem::path& path)
{
    struct statfs status { };
    return ::statfs(path.c_str(), &status) == 0 && status.f_type == TMPFS_MAGIC;
}

std::vector<Wanted> adjacent(std::uint64_t begin, std::size_t size, std::size_t count)
{
    std::vector<Wanted> parts;
    for (std::size_t i = 0; i < count; ++i)
        parts.push_back({begin + i * size, size});
    return parts;
}

} // namespace

class TestChunkReader : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void readsWhatIsWanted_data();
    void readsWhatIsWanted();
    void readsAWholeChunk();
    void readsIntoPlacesInStep_data();
    void readsIntoPlacesInStep();
    void fallsBackWhereDirectReadsAreRefused();
    void tellsOfDirectReadsThatFail();
    void readsNothingDirectlyWhenThatIsOff();
    void refusesWhatLiesBehindTheEnd_data();
    void refusesWhatLiesBehindTheEnd();
};

void TestChunkReader::readsWhatIsWanted_data()
{
    struct Case {
        const char* name;
        std::size_t fileSize;
        std::vector<Wanted> wanted;
    };
    const std::vector<Case> cases{
        {"one byte", 1, {{0, 1}}},
        {"less than a block", 300, {{10, 7}, {17, 200}}},
        {"across a block's border", 9000, {{4090, 10}}},
        {"the last bytes", 9001, {{8999, 2}}},
        {"exact blocks", 16384, {{4096, 8192}}},
        {"with holes", 20000, {{3, 5}, {100, 1}, {4095, 2}, {12000, 8000}}},
        {"more tiny pieces than a call takes", 20000, adjacent(11, 3, 1000)},
        {"one more than a call takes", 20000, adjacent(4000, 9, 65)},
    };
    QTest::addColumn<std::size_t>("fileSize");
    QTest::addColumn<std::vector<Wanted>>("wanted");
    QTest::addColumn<Way>("way");
    for (const Case& row : cases) {
        QTest::addRow("%s, from the page cache", row.name) << row.fileSize << row.wanted << Way::PageCache;
        QTest::addRow("%s, past it", row.name) << row.fileSize << row.wanted << Way::Direct;
        QTest::addRow("%s, through it", row.name) << row.fileSize << row.wanted << Way::Buffered;
    }
}

void TestChunkReader::readsWhatIsWanted()
{
    QFETCH(std::size_t, fileSize);
    QFETCH(std::vector<Wanted>, wanted);
    QFETCH(Way, way);
    const TemporaryFolder folder;
    if (way != Way::PageCache && isInMemory(folder.path()))
        QSKIP("the temporary folder is in memory: nothing there is ever read from a disk");
    const std::string content = tensorPattern("file", fileSize);
    const auto path = folder.write("file", content);
    const auto file = InputFile::open(path);
    VERIFY_RESULT(file);
    const UniqueFd direct{::open(path.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC)};
    QVERIFY(direct.isOpen());
    if (way != Way::PageCache)
        dropFromPageCache(path);

    const Outcome outcome = readParts(*file, way == Way::Direct ? direct.get() : -1, wanted);
    VERIFY_RESULT(outcome.result);
    for (std::size_t i = 0; i < wanted.size(); ++i)
        QCOMPARE(outcome.bytes[i], content.substr(wanted[i].offset, wanted[i].size));
    const ReadStatistics& statistics = outcome.statistics;
    QCOMPARE(statistics.fromPageCache + statistics.direct + statistics.buffered, sumOf(wanted));
    QCOMPARE(statistics.fromPageCache == sumOf(wanted), way == Way::PageCache);
    QCOMPARE(statistics.direct, way == Way::Direct ? sumOf(wanted) : Bytes{});
    // Through the page cache the system reads ahead: a later piece may lie there already.
    QCOMPARE(statistics.buffered > Bytes{}, way == Way::Buffered);
    if (way == Way::Direct)
        QVERIFY(!PageResidency{*file}.holds(wanted.front().offset, Bytes{1})); // nothing was read on the side
}

void TestChunkReader::readsAWholeChunk()
{
    const TemporaryFolder folder;
    const std::string content = tensorPattern("file", ReaderPool::kChunkSize.value * 2);
    const auto path = folder.write("file", content);
    const auto file = InputFile::open(path);
    VERIFY_RESULT(file);
    dropFromPageCache(path);
    const UniqueFd direct{::open(path.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC)};
    // Beginning and ending inside a block of the disk: the reader's own block must hold two more.
    const std::vector<Wanted> wanted{{4095, ReaderPool::kChunkSize.value}};
    const Outcome outcome = readParts(*file, direct.get(), wanted);
    VERIFY_RESULT(outcome.result);
    QVERIFY(outcome.bytes[0] == content.substr(4095, ReaderPool::kChunkSize.value));
}

void TestChunkReader::readsIntoPlacesInStep_data()
{
    constexpr std::size_t kLarge = 100'000;
    QTest::addColumn<std::vector<Wanted>>("wanted");
    QTest::newRow("whole blocks") << std::vector<Wanted>{{8192, 131'072}};
    QTest::newRow("beginning and ending in a block") << std::vector<Wanted>{{5, kLarge}};
    QTest::newRow("two that share a block") << std::vector<Wanted>{{5, kLarge}, {5 + kLarge, kLarge}};
    QTest::newRow("small ones before, between and behind") << std::vector<Wanted>{
        {90, 10}, {100, kLarge}, {100 + kLarge, 7}, {107 + kLarge, kLarge}, {107 + 2 * kLarge, 5000}};
    QTest::newRow("too small for it") << std::vector<Wanted>{{4096, 8192}};
    QTest::newRow("up to the end of the file") << std::vector<Wanted>{{1'000'001 - kLarge, kLarge}};
    QTest::newRow("with a hole") << std::vector<Wanted>{{77, kLarge}, {2 * kLarge, kLarge}};
}

void TestChunkReader::readsIntoPlacesInStep()
{
    QFETCH(std::vector<Wanted>, wanted);
    const TemporaryFolder folder;
    const std::string content = tensorPattern("file", 1'000'001);
    const auto path = folder.write("file", content);
    const auto file = InputFile::open(path);
    VERIFY_RESULT(file);
    const UniqueFd direct{::open(path.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC)};
    const UniqueFd refuses{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    for (const int descriptor : {direct.get(), refuses.get(), -1}) {
        dropFromPageCache(path);
        PlacesInStep places{wanted};
        ReadStatistics statistics;
        ChunkReader reader;
        const PageResidency residency{*file};
        VERIFY_RESULT(reader.read({*file, residency, descriptor}, places.pieces(), statistics));
        for (const ReadPiece& piece : places.pieces()) {
            const auto expected = std::as_bytes(std::span{content}.subspan(piece.fileOffset, piece.destination.size()));
            QVERIFY(std::ranges::equal(piece.destination, expected));
        }
        QVERIFY(places.isRestUntouched());
        QCOMPARE(statistics.fromPageCache + statistics.direct + statistics.buffered, sumOf(wanted));
        if (descriptor == direct.get() && !isInMemory(folder.path()))
            QCOMPARE(statistics.direct, sumOf(wanted));
    }
}

void TestChunkReader::fallsBackWhereDirectReadsAreRefused()
{
    const TemporaryFolder folder;
    const std::string content = tensorPattern("file", 10000);
    const auto path = folder.write("file", content);
    const auto file = InputFile::open(path);
    VERIFY_RESULT(file);
    dropFromPageCache(path);
    // Some file systems take O_DIRECT at open() and refuse the read; a descriptor that cannot be read does the same.
    const UniqueFd refuses{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    QVERIFY(refuses.isOpen());
    const Outcome outcome = readParts(*file, refuses.get(), {{1, 9999}});
    VERIFY_RESULT(outcome.result);
    QVERIFY(outcome.bytes[0] == content.substr(1));
    QCOMPARE(outcome.statistics.direct, Bytes{});
}

void TestChunkReader::tellsOfDirectReadsThatFail()
{
    const TemporaryFolder folder;
    if (isInMemory(folder.path()))
        QSKIP("the temporary folder is in memory: nothing there is ever read from a disk");
    const auto path = folder.write("file", tensorPattern("file", 10000));
    const auto file = InputFile::open(path);
    VERIFY_RESULT(file);
    const UniqueFd fails{::open(path.c_str(), O_WRONLY | O_CLOEXEC)}; // EBADF
    const ManualClock clock;
    NullLog log;
    FeatureFlags flags{Settings{}, clock, log};
    const FeatureSwitch directIo{flags, Feature::DirectIo};
    for (std::uint32_t i = 0; i < 3; ++i) {
        QCOMPARE(flags.status(Feature::DirectIo).failures, i);
        dropFromPageCache(path);
        VERIFY_RESULT(readParts(*file, fails.get(), {{1, 9999}}, directIo).result);
    }
    QVERIFY(!directIo.isOn());
    QCOMPARE(flags.status(Feature::DirectIo).reason->context.path, path.string());
    // Where the file is too short for both ways, the direct one is not to blame.
    flags.forgive(Feature::DirectIo);
    VERIFY_ERROR(readParts(*file, fails.get(), {{100'000, 10}}, directIo).result, ErrorCode::FileTruncated);
    QCOMPARE(flags.status(Feature::DirectIo).failures, 0U);
}

void TestChunkReader::readsNothingDirectlyWhenThatIsOff()
{
    const TemporaryFolder folder;
    if (isInMemory(folder.path()))
        QSKIP("the temporary folder is in memory: nothing there is ever read from a disk");
    const auto path = folder.write("file", tensorPattern("file", 10000));
    const auto file = InputFile::open(path);
    VERIFY_RESULT(file);
    const UniqueFd direct{::open(path.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC)};
    const ManualClock clock;
    NullLog log;
    Settings settings;
    settings.directIo = false;
    FeatureFlags flags{settings, clock, log};
    dropFromPageCache(path);
    const Outcome outcome = readParts(*file, direct.get(), {{1, 9999}}, {flags, Feature::DirectIo});
    VERIFY_RESULT(outcome.result);
    QCOMPARE(outcome.statistics.direct, Bytes{});
    QCOMPARE(outcome.statistics.buffered, Bytes{9999});
}

void TestChunkReader::refusesWhatLiesBehindTheEnd_data()
{
    QTest::addColumn<bool>("isDirect");
    QTest::newRow("past the page cache") << true;
    QTest::newRow("through it") << false;
}

void TestChunkReader::refusesWhatLiesBehindTheEnd()
{
    QFETCH(bool, isDirect);
    const TemporaryFolder folder;
    const auto path = folder.write("file", tensorPattern("file", 5000));
    auto file = InputFile::open(path);
    VERIFY_RESULT(file);
    const UniqueFd direct{::open(path.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC)};
    const int descriptor = isDirect ? direct.get() : -1;
    for (const Wanted& part : {Wanted{4999, 2}, Wanted{5000, 1}, Wanted{4096, 4096}, Wanted{100'000, 10}})
        VERIFY_ERROR(readParts(*file, descriptor, {part}).result, ErrorCode::FileTruncated);
    const PlacesInStep large{{{0, 200'000}}};
    ReadStatistics statistics;
    const PageResidency residency{*file};
    VERIFY_ERROR(
        ChunkReader{}.read({*file, residency, descriptor}, large.pieces(), statistics), ErrorCode::FileTruncated);
    passTimestampOf(path);
    std::filesystem::resize_file(path, 4500);
    VERIFY_ERROR(readParts(*file, descriptor, {{4000, 1000}}).result, ErrorCode::FileChanged);
}

QTEST_APPLESS_MAIN(TestChunkReader)
#include "test_chunk_reader.moc"
