// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/cache/reader_pool.h"
#include "model_engine/core/settings/feature_flags.h"

#include <memory>

namespace weightroom::engine {

class PageResidency;

/// A file and the ways in which its bytes can be read.
struct ReadSource {
    const InputFile& file;
    const PageResidency& residency; ///< of the same file
    int directDescriptor; ///< the file, opened past the page cache; < 0: the file system refused that
    FeatureSwitch directIo{}; ///< off: read through the page cache all the same
};

/// Reads the runs of one chunk; owned by one reader thread, with its aligned block.
class ChunkReader {
public:
    ChunkReader();

    /// `pieces` are sorted by offset and span at most ReaderPool::kChunkSize of the file. Adds to `statistics`.
    [[nodiscard]] Result<> read(
        const ReadSource& source, std::span<const ReadPiece> pieces, ReadStatistics& statistics);

private:
    struct AlignedDeleter {
        void operator()(std::byte* block) const noexcept;
    };
    /// False when not all of it came in this way; then the pieces are undefined, and errno, if it was 0 before, has
    /// what the system said.
    [[nodiscard]] bool readDirect(int descriptor, std::span<const ReadPiece> pieces);

    std::unique_ptr<std::byte[], AlignedDeleter> m_block;
};

} // namespace weightroom::engine
