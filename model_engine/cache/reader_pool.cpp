// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/reader_pool.h"

#include "model_engine/cache/chunk_reader.h"
#include "model_engine/cache/page_residency.h"
#include "model_engine/core/jobs/thread_priority.h"

#include <algorithm>
#include <exception>
#include <fcntl.h>
#include <new>

namespace weightroom::engine {

/// Pieces that one thread reads in one go: indices into the request's pieces.
struct ReaderPool::Chunk {
    std::size_t firstPiece = 0;
    std::size_t pieceCount = 0;
};

/// One call of read(): lives on the caller's stack until the last of its chunks is done.
struct ReaderPool::Request {
    const InputFile& file;
    UniqueFd direct; ///< the same file, opened past the page cache; not open when that was refused
    PageResidency residency{file};
    std::vector<ReadPiece> pieces{};
    std::vector<Chunk> chunks{};
    std::stop_token stop{};
    const OnRead& onRead;

    // Guarded by the pool's mutex
    std::size_t nextChunk = 0; ///< the first that no thread has taken
    std::size_t chunksLeft = 0; ///< not done yet
    ReadStatistics statistics{};
    std::optional<Error> error{}; ///< the first one; later chunks are skipped
    std::condition_variable_any done{};
};

namespace {

/// Cuts pieces at the borders of chunks, so that no piece spans two of them.
std::vector<ReadPiece> cutAtChunks(std::vector<ReadPiece> pieces)
{
    std::vector<ReadPiece> cut;
    cut.reserve(pieces.size());
    for (ReadPiece piece : pieces) {
        while (!piece.destination.empty()) {
            const std::uint64_t border =
                alignDown(piece.fileOffset, ReaderPool::kChunkSize.value) + ReaderPool::kChunkSize.value;
            const std::size_t length = std::min<std::uint64_t>(piece.destination.size(), border - piece.fileOffset);
            cut.push_back({piece.fileOffset, piece.destination.first(length)});
            piece = {piece.fileOffset + length, piece.destination.subspan(length)};
        }
    }
    std::ranges::sort(cut, {}, &ReadPiece::fileOffset);
    return cut;
}

/// The same file again, for reads past the page cache. By way of /proc, so that it is the same file even if its path
/// now names another one.
UniqueFd openDirect(const InputFile& file)
{
    const std::string path = "/proc/self/fd/" + std::to_string(file.descriptor());
    return UniqueFd{::open(path.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC)};
}

} // namespace

ReaderPool::ReaderPool(unsigned threads, BeforeWrite beforeWrite, FeatureSwitch directIo)
    : m_beforeWrite(std::move(beforeWrite))
    , m_directIo(directIo)
{
    m_workers.reserve(threads);
    for (unsigned i = 0; i < threads; ++i)
        m_workers.emplace_back([this](const std::stop_token& stop) { workerLoop(stop); });
}

ReaderPool::~ReaderPool() = default;

Result<ReadStatistics> ReaderPool::read(
    const InputFile& file, std::vector<ReadPiece> pieces, std::stop_token stop, const OnRead& onRead)
{
    Request request{.file = file, .direct = m_directIo.isOn() ? openDirect(file) : UniqueFd{}, .onRead = onRead};
    request.pieces = cutAtChunks(std::move(pieces));
    request.stop = std::move(stop);
    for (std::size_t i = 0; i < request.pieces.size(); ++i) {
        const auto chunkOf = [&](std::size_t piece) { return request.pieces[piece].fileOffset / kChunkSize.value; };
        if (i == 0 || chunkOf(i) != chunkOf(i - 1))
            request.chunks.push_back({i, 0});
        ++request.chunks.back().pieceCount;
    }
    enqueue(request);
    {
        std::unique_lock lock{m_mutex};
        request.done.wait(lock, [&] { return request.chunksLeft == 0; });
    }
    if (request.error)
        return fail(std::move(*request.error));
    if (request.stop.stop_requested())
        return fail(ErrorCode::Cancelled, "reading '" + file.path().string() + "' was cancelled",
            {.path = file.path().string()});
    if (auto unchanged = file.checkUnchanged(); !unchanged)
        return fail(std::move(unchanged).error());
    return request.statistics;
}

void ReaderPool::enqueue(Request& request)
{
    request.chunksLeft = request.chunks.size();
    if (request.chunks.empty())
        return;
    {
        const std::lock_guard lock{m_mutex};
        m_waiting.push_back(&request);
    }
    m_wakeup.notify_all();
}

/// What one thread does with one chunk. Its `reader`, a block of memory, is made when there is something to read.
Result<ReadStatistics> ReaderPool::readChunk(
    std::optional<ChunkReader>& reader, const Request& request, const Chunk& chunk)
try {
    if (!reader)
        reader.emplace();
    ReadStatistics statistics;
    const auto pieces = std::span{request.pieces}.subspan(chunk.firstPiece, chunk.pieceCount);
    if (auto prepared = prepare(pieces); !prepared)
        return fail(std::move(prepared).error());
    const ReadSource source{request.file, request.residency, request.direct.get(), m_directIo};
    if (auto read = reader->read(source, pieces, statistics); !read)
        return fail(std::move(read).error());
    for (const ReadPiece& piece : pieces)
        request.onRead(piece);
    return statistics;
} catch (const std::bad_alloc&) {
    return fail(ErrorCode::OutOfHostMemory, "no memory to read into", {.memoryType = "system"});
} catch (const std::exception& error) {
    return fail(ErrorCode::Internal, error.what());
}

Result<> ReaderPool::prepare(std::span<const ReadPiece> pieces) const
{
    if (!m_beforeWrite)
        return {};
    for (const ReadPiece& piece : pieces) {
        if (auto prepared = m_beforeWrite(piece.destination); !prepared)
            return prepared;
    }
    return {};
}

/// The next chunk; nothing when the pool ends. On a reader thread.
std::optional<ReaderPool::Task> ReaderPool::takeTask(const std::stop_token& stop)
{
    std::unique_lock lock{m_mutex};
    if (!m_wakeup.wait(lock, stop, [this] { return !m_waiting.empty(); }))
        return std::nullopt;
    Request* const request = m_waiting.front();
    const std::size_t number = request->nextChunk++;
    if (request->nextChunk == request->chunks.size())
        m_waiting.pop_front();
    return Task{request, number, request->error || request->stop.stop_requested() ? TaskUse::Skip : TaskUse::Read};
}

void ReaderPool::finishTask(Request& request, Result<ReadStatistics> result)
{
    const std::lock_guard lock{m_mutex};
    if (result)
        request.statistics += *result;
    else if (!request.error)
        request.error = std::move(result).error();
    // Notified under the lock: the caller may destroy the request as soon as it can take it.
    if (--request.chunksLeft == 0)
        request.done.notify_all();
}

void ReaderPool::workerLoop(const std::stop_token& stop)
{
    giveWayToOthers();
    std::optional<ChunkReader> reader;
    while (const auto task = takeTask(stop)) {
        Request& request = *task->request;
        if (task->use == TaskUse::Skip) {
            finishTask(request, ReadStatistics{});
            continue;
        }
        finishTask(request, readChunk(reader, request, request.chunks[task->chunk]));
    }
}

} // namespace weightroom::engine
