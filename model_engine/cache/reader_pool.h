// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/files/file.h"
#include "model_engine/core/result.h"
#include "model_engine/core/settings/feature_flags.h"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <thread>
#include <vector>

namespace weightroom::engine {

/// A range of a file and where its bytes go.
struct ReadPiece {
    std::uint64_t fileOffset = 0;
    std::span<std::byte> destination;
};

/// How the bytes came in. Shown to the user: a network file system that refuses O_DIRECT, say, is slower for a reason.
struct ReadStatistics {
    Bytes fromPageCache;
    Bytes direct; ///< past the page cache (O_DIRECT)
    Bytes buffered; ///< from the disk, through the page cache: the file system refused O_DIRECT, or it is off

    ReadStatistics& operator+=(const ReadStatistics& other)
    {
        fromPageCache += other.fromPageCache;
        direct += other.direct;
        buffered += other.buffered;
        return *this;
    }
};

class ChunkReader;

/// Reads files into memory with several threads.
///
///     file     |....aaaaaaaaa|bbbb|cccccccccccccccc....|       pieces a, b, c go to places of their own
///     chunks   |  4 MiB  |  4 MiB  |  4 MiB  |  4 MiB  |       one chunk is one task for one thread
///
/// What lies in the page cache is copied from there; what does not
/// is read past it: O_DIRECT into the pieces' own places where these lie in step with the file (see direct_placing.h),
/// else into a thread's aligned block and from there to the pieces. A file system that refuses O_DIRECT is read through
/// the page cache, and the statistics say so.
///
/// Threads: read() blocks its caller and may be called by several at once; their chunks are read in the order of the
/// calls.
class ReaderPool {
public:
    /// Called after each run of bytes that reached its destination, on a reader thread, several at once.
    using OnRead = std::function<void(const ReadPiece&)>;

    /// Called before bytes are written into memory, on a reader thread, several at once; its error ends the request.
    using BeforeWrite = std::function<Result<>(std::span<std::byte>)>;

    /// `directIo`: whether files are read past the page cache; it hears how that went.
    explicit ReaderPool(unsigned threads, BeforeWrite beforeWrite = {}, FeatureSwitch directIo = {});
    ~ReaderPool();
    ReaderPool(const ReaderPool&) = delete;
    ReaderPool& operator=(const ReaderPool&) = delete;

    /// Fills all pieces, which lie inside the file and are not empty. When it returns, with or without an error, no
    /// thread touches the destinations any more. Cancel is tested per chunk. Errors: Cancelled, FileChanged (also when
    /// only the time stamp moved), FileTruncated, IoError, OutOfHostMemory.
    [[nodiscard]] Result<ReadStatistics> read(
        const InputFile& file, std::vector<ReadPiece> pieces, std::stop_token stop, const OnRead& onRead);

    // Eight threads with blocks of 4 MiB: on the 2-core machine of docs/performance.md depth 8 reached the disk's
    // limit, and 1 MiB blocks lost 10 %.
    static constexpr unsigned kDefaultThreads = 8;
    static constexpr Bytes kChunkSize = kMiB * 4;

private:
    struct Chunk;
    struct Request;
    enum class TaskUse : std::uint8_t { Read, Skip };
    struct Task {
        Request* request = nullptr;
        std::size_t chunk = 0; ///< number within the request
        TaskUse use = TaskUse::Read; ///< Skip: the request was cancelled or has failed
    };
    std::optional<Task> takeTask(const std::stop_token& stop);
    void finishTask(Request& request, Result<ReadStatistics> result);
    Result<ReadStatistics> readChunk(std::optional<ChunkReader>& reader, const Request& request, const Chunk& chunk);
    [[nodiscard]] Result<> prepare(std::span<const ReadPiece> pieces) const;
    void workerLoop(const std::stop_token& stop);
    void enqueue(Request& request);

    const BeforeWrite m_beforeWrite;
    const FeatureSwitch m_directIo;
    std::mutex m_mutex; ///< guards m_waiting and the counters of requests
    std::condition_variable_any m_wakeup;
    std::deque<Request*> m_waiting; ///< those with chunks that no thread has taken; in the order of the calls
    std::vector<std::jthread> m_workers; ///< last: joined before the rest goes
};

} // namespace weightroom::engine
