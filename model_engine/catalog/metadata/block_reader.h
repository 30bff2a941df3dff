// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/files/file.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace weightroom::engine {

/// What reading a whole file does to the page cache.
enum class PageCacheUse : std::uint8_t {
    None = 0,
    Fill, ///< as every reader: somebody asked about the model and may load it next
    /// Idle work must not push out what is in use: the file is read past the page cache, and what lies there stays.
    /// Where the file system refuses that, the pages that were read go again.
    Spare,
    SpareThroughIt ///< as Spare where nothing is to be read past the page cache
};

/// Reads a file block by block, in 1 MiB of memory. Borrows the file; used by one thread.
class BlockReader {
public:
    static constexpr Bytes kBlock = kMiB;
    /// Blocks begin at multiples of this: what O_DIRECT wants on disks with sectors of 512 and of 4096 bytes.
    static constexpr std::uint64_t kAlignment = 4096;

    BlockReader(const InputFile& file, PageCacheUse use);

    /// `size` bytes from `offset` on, at most kBlock; they stay until the next call. Errors: those of
    /// InputFile::readAt().
    [[nodiscard]] Result<std::span<const std::byte>> read(std::uint64_t offset, std::size_t size);

private:
    [[nodiscard]] bool readDirect(std::uint64_t offset, std::size_t size);
    [[nodiscard]] Result<> readBuffered(std::uint64_t offset, std::size_t size);

    struct Free {
        void operator()(std::byte* block) const noexcept;
    };

    const InputFile& m_file;
    PageCacheUse m_use;
    UniqueFd m_direct; ///< not open: read through the page cache
    std::unique_ptr<std::byte, Free> m_block;
};

} // namespace weightroom::engine
