// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/reader_pool.h"
#include "tests/support/file_time.h"
#include "tests/support/resource_check.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <stdexcept>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

constexpr std::size_t kChunk = ReaderPool::kChunkSize.value;

/// Pieces of a file with a destination each, of its exact size, so that AddressSanitizer sees a byte too many.
class Destinations {
public:
    void add(std::uint64_t offset, std::size_t size)
    {
        m_blocks.push_back(std::make_unique<std::byte[]>(size));
        m_pieces.push_back({offset, {m_blocks.back().get(), size}});
    }
    [[nodiscard]] const std::vector<ReadPiece>& pieces() const { return m_pieces; }
    [[nodiscard]] Bytes size() const
    {
        Bytes sum;
        for (const ReadPiece& piece : m_pieces)
            sum += Bytes{piece.destination.size()};
        return sum;
    }
    [[nodiscard]] bool equals(std::string_view content) const
    {
        return std::ranges::all_of(m_pieces, [&](const ReadPiece& piece) { return isFilled(piece, content); });
    }
    [[nodiscard]] static bool isFilled(const ReadPiece& piece, std::string_view content)
    {
        const auto expected = content.substr(piece.fileOffset, piece.destination.size());
        return expected.size() == piece.destination.size()
            && std::memcmp(piece.destination.data(), expected.data(), expected.size()) == 0;
    }

private:
    std::vector<std::unique_ptr<std::byte[]>> m_blocks;
    std::vector<ReadPiece> m_pieces;
};

Destinations wholeFile(std::size_t size)
{
    Destinations destinations;
    destinations.add(0, size);
    return destinations;
}

/// Pieces of all sizes in any order; about every fifth range of the file is left out.
Destinations randomPieces(std::size_t fileSize, std::mt19937& random)
{
    const auto upTo = [&](std::size_t most) { return std::uniform_int_distribution<std::size_t>{1, most}(random); };
    std::vector<std::pair<std::uint64_t, std::size_t>> ranges;
    for (std::size_t begin = 0; begin < fileSize;) {
        const std::size_t size = std::min(fileSize - begin, upTo(upTo(10) == 1 ? kChunk * 2 : 5000));
        if (upTo(5) != 1)
            ranges.emplace_back(begin, size);
        begin += size;
    }
    std::ranges::shuffle(ranges, random);
    Destinations destinations;
    for (const auto& [offset, size] : ranges)
        destinations.add(offset, size);
    return destinations;
}

const ReaderPool::OnRead kNothing = [](const ReadPiece&) {};

Bytes total(const ReadStatistics& statistics)
{
    return statistics.fromPageCache + statistics.direct + statistics.buffered;
}

} // namespace

class TestReaderPool : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void readsRandomPieces_data();
    void readsRandomPieces();
    void tellsOfEveryByteOnce();
    void readsNothing();
    void readsFromMemoryFileSystems();
    void servesSeveralCallersAtOnce();
    void endsAtACancel_data();
    void endsAtACancel();
    void noticesWhatHappensToTheFile_data();
    void noticesWhatHappensToTheFile();
    void neverAcceptsMixedBytes();
    void refusesWhatLiesBehindTheEnd();
    void turnsExceptionsOfTheListenerIntoErrors();

private:
    ResourceUse m_before;
};

void TestReaderPool::readsRandomPieces_data()
{
    QTest::addColumn<std::size_t>("size");
    QTest::addColumn<bool>("isCold");
    for (const std::size_t size : {std::size_t{1}, std::size_t{511}, std::size_t{4095}, std::size_t{4096},
             std::size_t{4097}, kChunk - 1, kChunk, kChunk + 1, kChunk * 3 + 123}) {
        QTest::addRow("%zu bytes, cached", size) << size << false;
        QTest::addRow("%zu bytes, not cached", size) << size << true;
    }
}

void TestReaderPool::readsRandomPieces()
{
    QFETCH(std::size_t, size);
    QFETCH(bool, isCold);
    const TemporaryFolder folder;
    const std::string content = tensorPattern("file", size);
    const auto path = folder.write("file", content);
    const auto file = InputFile::open(path);
    VERIFY_RESULT(file);
    ReaderPool pool{3};
    for (unsigned seed = 0; seed < 3; ++seed) {
        std::mt19937 random{seed};
        const Destinations destinations = randomPieces(size, random);
        if (isCold)
            dropFromPageCache(path);
        const auto read = pool.read(*file, destinations.pieces(), {}, kNothing);
        VERIFY_RESULT(read);
        QVERIFY2(destinations.equals(content), std::to_string(seed).c_str());
        QCOMPARE(total(*read), destinations.size());
        if (!isCold)
            QCOMPARE(read->fromPageCache, destinations.size());
    }
}

void TestReaderPool::tellsOfEveryByteOnce()
{
    const TemporaryFolder folder;
    const std::string content = tensorPattern("file", kChunk * 2 + 77);
    const auto file = InputFile::open(folder.write("file", content));
    VERIFY_RESULT(file);
    std::mt19937 random{7};
    const Destinations destinations = randomPieces(content.size(), random);
    std::atomic<std::uint64_t> heard = 0;
    std::atomic<int> early = 0;
    ReaderPool pool{3};
    const auto read = pool.read(*file, destinations.pieces(), {}, [&](const ReadPiece& piece) {
        heard += piece.destination.size();
        early += Destinations::isFilled(piece, content) ? 0 : 1;
    });
    VERIFY_RESULT(read);
    QCOMPARE(Bytes{heard}, destinations.size());
    QCOMPARE(early.load(), 0);
}

void TestReaderPool::readsNothing()
{
    const TemporaryFolder folder;
    const auto file = InputFile::open(folder.write("file", ""));
    VERIFY_RESULT(file);
    ReaderPool pool{1};
    const auto read = pool.read(*file, {}, {}, kNothing);
    VERIFY_RESULT(read);
    QCOMPARE(total(*read), Bytes{});
}

void TestReaderPool::readsFromMemoryFileSystems()
{
    // Many kernels refuse O_DIRECT there, and do not know RWF_NOWAIT.
    const std::filesystem::path shm{"/dev/shm"};
    if (!std::filesystem::is_directory(shm))
        QSKIP("there is no /dev/shm");
    const TemporaryFolder folder{shm};
    const std::string content = tensorPattern("file", kChunk + 4097);
    const auto file = InputFile::open(folder.write("file", content));
    VERIFY_RESULT(file);
    ReaderPool pool{2};
    const Destinations destinations = wholeFile(content.size());
    const auto read = pool.read(*file, destinations.pieces(), {}, kNothing);
    VERIFY_RESULT(read);
    QVERIFY(destinations.equals(content));
    QCOMPARE(total(*read), Bytes{content.size()});
}

void TestReaderPool::servesSeveralCallersAtOnce()
{
    const TemporaryFolder folder;
    ReaderPool pool{3};
    std::atomic<int> failures = 0;
    {
        std::vector<std::jthread> callers;
        for (unsigned number = 0; number < 5; ++number) {
            callers.emplace_back([&, number] {
                const std::string name = "file-" + std::to_string(number);
                const std::string content = tensorPattern(name, kChunk + number * 1001);
                const auto file = InputFile::open(folder.write(name, content));
                std::mt19937 random{number};
                const Destinations destinations = randomPieces(content.size(), random);
                const auto read = file ? pool.read(*file, destinations.pieces(), {}, kNothing)
                                       : Result<ReadStatistics>(fail(file.error()));
                failures += read && destinations.equals(content) ? 0 : 1;
            });
        }
    }
    QCOMPARE(failures.load(), 0);
}

void TestReaderPool::endsAtACancel_data()
{
    QTest::addColumn<int>("pieces");
    for (const int pieces : {0, 1, 3, 6})
        QTest::addRow("after %d", pieces) << pieces;
}

void TestReaderPool::endsAtACancel()
{
    QFETCH(int, pieces);
    const TemporaryFolder folder;
    const std::size_t size = kChunk * 6;
    const auto file = InputFile::open(folder.write("file", std::string(size, 'a')));
    VERIFY_RESULT(file);
    std::stop_source stop;
    if (pieces == 0)
        stop.request_stop();
    std::atomic<int> heard = 0;
    constexpr int kThreads = 2;
    ReaderPool pool{kThreads};
    {
        const Destinations destinations = wholeFile(size);
        VERIFY_ERROR(pool.read(*file, destinations.pieces(), stop.get_token(),
                         [&](const ReadPiece&) {
                             if (++heard == pieces)
                                 stop.request_stop();
                         }),
            ErrorCode::Cancelled);
    } // a thread that still wrote to the destinations would be seen by AddressSanitizer
    QVERIFY(heard >= pieces);
    QVERIFY2(heard < pieces + kThreads + (pieces ? 0 : 1), std::to_string(heard).c_str());
    // The pool is as good as before.
    const Destinations again = wholeFile(size);
    VERIFY_RESULT(pool.read(*file, again.pieces(), {}, kNothing));
}

void TestReaderPool::noticesWhatHappensToTheFile_data()
{
    using Change = std::function<void(const std::filesystem::path&)>;
    const auto rename = [](const std::filesystem::path& path) {
        const std::filesystem::path other = path.string() + ".new";
        std::ofstream{other, std::ios::binary} << std::string(kChunk * 3, 'x');
        std::filesystem::rename(other, path);
    };
    const auto overwrite = [](const std::filesystem::path& path) {
        std::fstream stream{path, std::ios::binary | std::ios::in | std::ios::out};
        stream.seekp(static_cast<std::streamoff>(kChunk * 2));
        stream << "other bytes";
    };
    const auto append = [](const std::filesystem::path& path) {
        std::ofstream{path, std::ios::binary | std::ios::app} << "more";
    };
    const auto setTime = [](const std::filesystem::path& path) {
        std::filesystem::last_write_time(path, std::filesystem::last_write_time(path) - std::chrono::hours{1});
    };
    QTest::addColumn<Change>("change");
    QTest::newRow("emptied") << Change{[](const auto& path) { std::filesystem::resize_file(path, 0); }};
    QTest::newRow("cut") << Change{[](const auto& path) { std::filesystem::resize_file(path, kChunk * 2 + 5); }};
    QTest::newRow("cut after what was wanted")
        << Change{[](const auto& path) { std::filesystem::resize_file(path, kChunk * 3 - 1); }};
    QTest::newRow("grown") << Change{append};
    QTest::newRow("overwritten") << Change{overwrite};
    QTest::newRow("replaced") << Change{rename};
    QTest::newRow("deleted") << Change{[](const auto& path) { std::filesystem::remove(path); }};
    QTest::newRow("touched") << Change{setTime};
}

void TestReaderPool::noticesWhatHappensToTheFile()
{
    QFETCH(std::function<void(const std::filesystem::path&)>, change);
    for (const bool isCold : {false, true}) {
        const TemporaryFolder folder;
        const auto path = folder.write("file", std::string(kChunk * 3, 'a'));
        const auto file = InputFile::open(path);
        VERIFY_RESULT(file);
        passTimestampOf(path);
        if (isCold)
            dropFromPageCache(path);
        ReaderPool pool{1}; // one chunk after another: the change comes after the first
        const Destinations destinations = wholeFile(kChunk * 3 - 10);
        bool isChanged = false;
        const auto read = pool.read(*file, destinations.pieces(), {}, [&](const ReadPiece&) {
            if (!std::exchange(isChanged, true))
                change(path);
        });
        VERIFY_ERROR(read, ErrorCode::FileChanged);
        QCOMPARE(read.error().context.path, path.string());
    }
}

void TestReaderPool::neverAcceptsMixedBytes()
{
    // Somebody saves the file again and again while it is read: each read gives one of its states, or an error.
    const TemporaryFolder folder;
    const std::size_t size = 200'000;
    const auto path = folder.write("file", std::string(size, 'a'));
    int accepted = 0;
    {
        const std::jthread writer{[&](const std::stop_token& stop) {
            for (char state = 'b'; !stop.stop_requested(); state = state == 'z' ? 'a' : static_cast<char>(state + 1)) {
                passTimestampOf(path);
                folder.write("file", std::string(size, state)); // empties it first, then fills it
            }
        }};
        ReaderPool pool{3};
        for (int round = 0; round < 1000; ++round) {
            const auto file = InputFile::open(path);
            VERIFY_RESULT(file);
            const std::size_t sizeNow = file->identity().size.value;
            std::string bytes(sizeNow, '-');
            const auto read = pool.read(*file, {{0, std::as_writable_bytes(std::span{bytes})}}, {}, kNothing);
            if (!read) {
                VERIFY_ERROR(read, ErrorCode::FileChanged);
                continue;
            }
            QCOMPARE(bytes, std::string(sizeNow, sizeNow > 0 ? bytes.front() : '-'));
            ++accepted;
        }
    }
    QVERIFY(accepted > 0);
}

void TestReaderPool::refusesWhatLiesBehindTheEnd()
{
    const TemporaryFolder folder;
    const auto file = InputFile::open(folder.write("file", std::string(5000, 'x')));
    VERIFY_RESULT(file);
    ReaderPool pool{2};
    const Destinations destinations = wholeFile(5001);
    VERIFY_ERROR(pool.read(*file, destinations.pieces(), {}, kNothing), ErrorCode::FileTruncated);
}

void TestReaderPool::turnsExceptionsOfTheListenerIntoErrors()
{
    const TemporaryFolder folder;
    const auto file = InputFile::open(folder.write("file", std::string(kChunk * 2, 'x')));
    VERIFY_RESULT(file);
    ReaderPool pool{2};
    const Destinations destinations = wholeFile(kChunk * 2);
    VERIFY_ERROR(pool.read(*file, destinations.pieces(), {},
                     [](const ReadPiece&) { throw std::runtime_error("from the listener"); }),
        ErrorCode::Internal);
    VERIFY_ERROR(pool.read(*file, destinations.pieces(), {}, [](const ReadPiece&) { throw std::bad_alloc{}; }),
        ErrorCode::OutOfHostMemory);
    VERIFY_RESULT(pool.read(*file, destinations.pieces(), {}, kNothing));
}

QTEST_APPLESS_MAIN(TestReaderPool)
#include "test_reader_pool.moc"
