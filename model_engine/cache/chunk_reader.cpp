// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/chunk_reader.h"

#include "model_engine/cache/direct_placing.h"
#include "model_engine/cache/page_residency.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

namespace weightroom::engine {
namespace {

/// Buffers per system call: well below the kernel's UIO_MAXIOV of 1024, and enough for a chunk of small tensors.
constexpr std::size_t kVectorsPerCall = 64;
/// Huge pages of x86-64. The kernel cuts a direct read where the memory is not contiguous too often: into memory of
/// small pages it sends requests of 1 MiB, and a disk that is rented by the request took 2.6 times as long for them
/// (2-core virtual machine, November 2026: 0.99 against 2.61 GB/s, and 0.08 against 0.02 CPU seconds per GB).
constexpr std::size_t kHugePage = kMiB.value * 2;
/// A chunk may begin and end inside a block of the disk.
constexpr std::size_t kBlockSize = ReaderPool::kChunkSize.value + 2 * kDirectAlignment;
/// Below, a copy costs less than what the kernel does for two buffers more.
constexpr std::uint64_t kSmallestInPlace = kKiB.value * 64;

/// The part of a run of adjacent pieces that one system call takes.
struct VectorRun {
    std::array<iovec, kVectorsPerCall> vectors{};
    int count = 0;
    std::uint64_t offset = 0;
    std::size_t bytes = 0;
};

/// Pieces that follow each other in the file without a hole, from `pieces.front()` on.
VectorRun firstRun(std::span<const ReadPiece> pieces)
{
    VectorRun run;
    run.offset = pieces.front().fileOffset;
    for (const ReadPiece& piece : pieces) {
        if (piece.fileOffset != run.offset + run.bytes || run.count == static_cast<int>(kVectorsPerCall))
            break;
        run.vectors[static_cast<std::size_t>(run.count++)] = {piece.destination.data(), piece.destination.size()};
        run.bytes += piece.destination.size();
    }
    return run;
}

/// True when all of the run was in the page cache and is copied now; anything else (not cached, dropped a moment ago,
/// or RWF_NOWAIT not known to the file system) is false and leaves the run to the other ways.
bool readFromPageCache(const ReadSource& source, const VectorRun& run)
{
    if (!source.residency.holds(run.offset, Bytes{run.bytes}))
        return false;
    const ssize_t count =
        ::preadv2(source.file.descriptor(), run.vectors.data(), run.count, static_cast<off_t>(run.offset), RWF_NOWAIT);
    return count >= 0 && static_cast<std::size_t>(count) == run.bytes;
}

Result<> readBuffered(const InputFile& file, std::span<const ReadPiece> pieces)
{
    for (const ReadPiece& piece : pieces) {
        if (auto read = file.readAt(piece.fileOffset, piece.destination); !read)
            return read;
    }
    return {};
}

/// Of a direct read that did not bring all: what it failed with, by errno. Nothing where the file system only refuses,
/// and where a read ended early (perhaps after an interrupted one), which is for the buffered way to understand.
std::optional<Error> directFailure(int errorNumber, const InputFile& file)
{
    constexpr std::array kHarmless{0, EINTR, EINVAL, EOPNOTSUPP};
    if (std::ranges::find(kHarmless, errorNumber) != kHarmless.end())
        return std::nullopt;
    return systemError(errorNumber, "read past the page cache", file.path());
}

/// The bytes of a file from `begin` to `end`.
struct FileRange {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

/// The whole blocks of the disk that the disk can write where the piece wants them; an empty range when it cannot, or
/// when that is not worth it.
FileRange inPlaceOf(const ReadPiece& piece)
{
    const std::uint64_t pieceEnd = piece.fileOffset + piece.destination.size();
    const FileRange blocks{alignUp(piece.fileOffset, kDirectAlignment), alignDown(pieceEnd, kDirectAlignment)};
    const bool isUsed = blocks.end >= blocks.begin + kSmallestInPlace && isInStep(piece.destination, piece.fileOffset);
    return isUsed ? blocks : FileRange{pieceEnd, pieceEnd};
}

/// One direct read of a run of adjacent pieces. What whole blocks of the disk hold of a piece that lies in step with
/// the file goes into its place; all the rest goes into the thread's aligned block, and is copied from there.
///
///     disk     |----|----|----|----|----|----|----|
///     pieces   ...aaaaaaaaaaaaaaaaaaaabbbbcccc......
///     goes to  [blk ][place of a    ][   blk      ]
class ScatteredRead {
public:
    /// `block` has kBlockSize bytes.
    ScatteredRead(std::span<const ReadPiece> pieces, std::byte* block)
        : m_pieces(pieces)
        , m_block(block)
        , m_begin(alignDown(pieces.front().fileOffset, kDirectAlignment))
        , m_wantedEnd(pieces.back().fileOffset + pieces.back().destination.size())
    {
        std::uint64_t position = m_begin;
        for (const ReadPiece& piece : pieces) {
            const FileRange blocks = inPlaceOf(piece);
            if (blocks.begin == blocks.end)
                continue;
            add(inBlock(position), blocks.begin - position);
            add(piece.destination.data() + (blocks.begin - piece.fileOffset), blocks.end - blocks.begin);
            position = blocks.end;
        }
        add(inBlock(position), alignUp(m_wantedEnd, kDirectAlignment) - position);
    }

    /// False when not all of it came in this way; the pieces are undefined then.
    [[nodiscard]] bool carryOut(int descriptor)
    {
        std::uint64_t position = m_begin;
        std::span<iovec> rest = std::span{m_vectors}.first(m_count);
        while (position < m_wantedEnd) {
            const ssize_t count =
                ::preadv(descriptor, rest.data(), static_cast<int>(rest.size()), static_cast<off_t>(position));
            if (count < 0 && errno == EINTR)
                continue;
            // EINVAL: the file system took the flag at open() and refuses it here. A short read that ends inside a
            // block leaves an unaligned rest. Both, and the end of the file, are for the buffered way, which tells
            // them apart.
            if (count <= 0)
                return false;
            position += static_cast<std::uint64_t>(count);
            if (static_cast<std::uint64_t>(count) % kDirectAlignment != 0)
                return position >= m_wantedEnd;
            rest = withoutFirst(rest, static_cast<std::size_t>(count));
        }
        return true;
    }

    /// After carryOut(): what came into the block.
    void copyTheRest() const
    {
        for (const ReadPiece& piece : m_pieces) {
            const FileRange blocks = inPlaceOf(piece);
            copy(piece, {piece.fileOffset, blocks.begin});
            copy(piece, {blocks.end, piece.fileOffset + piece.destination.size()});
        }
    }

private:
    [[nodiscard]] std::byte* inBlock(std::uint64_t fileOffset) const { return m_block + (fileOffset - m_begin); }

    void add(std::byte* to, std::uint64_t size)
    {
        if (size > 0)
            m_vectors[m_count++] = {to, size};
    }

    static std::span<iovec> withoutFirst(std::span<iovec> vectors, std::size_t bytes)
    {
        while (!vectors.empty() && bytes >= vectors.front().iov_len) {
            bytes -= vectors.front().iov_len;
            vectors = vectors.subspan(1);
        }
        if (bytes > 0) {
            vectors.front().iov_base = static_cast<std::byte*>(vectors.front().iov_base) + bytes;
            vectors.front().iov_len -= bytes;
        }
        return vectors;
    }

    void copy(const ReadPiece& piece, const FileRange& range) const
    {
        if (range.begin < range.end) {
            std::memcpy(piece.destination.data() + (range.begin - piece.fileOffset), inBlock(range.begin),
                range.end - range.begin);
        }
    }

    const std::span<const ReadPiece> m_pieces;
    std::byte* const m_block;
    const std::uint64_t m_begin; ///< in the file; of the first block of the disk
    const std::uint64_t m_wantedEnd;
    std::array<iovec, 2 * kVectorsPerCall + 1> m_vectors{}; ///< before, and in, each piece; and behind the last
    std::size_t m_count = 0;
};

} // namespace

void ChunkReader::AlignedDeleter::operator()(std::byte* block) const noexcept
{
    std::free(block);
} // NOLINT: from aligned_alloc

ChunkReader::ChunkReader()
    : m_block(static_cast<std::byte*>(std::aligned_alloc(kHugePage, alignUp(kBlockSize, kHugePage))))
{
    if (!m_block)
        throw std::bad_alloc{};
    // What is behind the chunk is rarely touched, and stays small pages. A system without huge pages reads slower.
    ::madvise(m_block.get(), ReaderPool::kChunkSize.value, MADV_HUGEPAGE);
}

Result<> ChunkReader::read(const ReadSource& source, std::span<const ReadPiece> pieces, ReadStatistics& statistics)
{
    while (!pieces.empty()) {
        const VectorRun run = firstRun(pieces);
        const auto part = pieces.first(static_cast<std::size_t>(run.count));
        pieces = pieces.subspan(part.size());
        if (readFromPageCache(source, run)) {
            statistics.fromPageCache += Bytes{run.bytes};
            continue;
        }
        const bool isDirect = source.directDescriptor >= 0 && source.directIo.isOn();
        errno = 0;
        if (isDirect && readDirect(source.directDescriptor, part)) {
            source.directIo.noteSuccess();
            statistics.direct += Bytes{run.bytes};
            continue;
        }
        const auto failure = directFailure(isDirect ? errno : 0, source.file);
        if (auto read = readBuffered(source.file, part); !read)
            return read;
        if (failure) // where the other way fails too, it is the disk or the file
            source.directIo.noteFailure(*failure);
        statistics.buffered += Bytes{run.bytes};
    }
    return {};
}

bool ChunkReader::readDirect(int descriptor, std::span<const ReadPiece> pieces)
{
    ScatteredRead read{pieces, m_block.get()};
    if (!read.carryOut(descriptor))
        return false;
    read.copyTheRest();
    return true;
}

} // namespace weightroom::engine
