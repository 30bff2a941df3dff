// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/jobs/helper_threads.h"
#include "model_engine/formats/precision.h"

#include <cstdint>
#include <span>

namespace weightroom::engine {

/// How the elements of one tensor are brought to another type a block at a time, so that a block can be copied on while
/// the next one is converted. A value; it holds no memory.
///
///   stored      |  block 0  |  block 1  |  block 2  | 3 |
///   converted   | block 0 | block 1 | block 2 | 3 |         at most blockSize bytes each
class TensorConversion {
public:
    /// A block of both sides, in bytes from the tensor's beginning: whole elements, and whole blocks of a GGUF type.
    struct Block {
        std::uint64_t storedBegin = 0;
        Bytes storedSize;
        std::uint64_t begin = 0; ///< as converted
        Bytes size;
    };

    /// `blockSize` is that of the converted side, in which a load copies. Less than kSmallestBlock is taken for it.
    /// Errors: Unsupported for types that convertElements() does not know; InvalidValue when the elements do not fill
    /// whole blocks of their type, or have more bytes than can be counted.
    [[nodiscard]] static Result<TensorConversion> plan(
        Dtype from, Dtype to, std::uint64_t elements, Bytes blockSize = kBlockSize);

    [[nodiscard]] Bytes storedSize() const { return m_storedSize; }
    [[nodiscard]] Bytes size() const { return m_size; }
    [[nodiscard]] std::uint64_t blockCount() const;
    /// Block number `index`, below blockCount().
    [[nodiscard]] Block block(std::uint64_t index) const;

    /// Converts the bytes of one block, on the caller's thread and with `helpers`; blocks of less than kLeastForAThread
    /// for each get fewer. Nothing is allocated but what starting a thread takes. Adds to the loss; it is the same
    /// however many threads there were, but for the rounding of PrecisionLoss::errorSum.
    /// Errors: InvalidValue when the sizes are not those of the block.
    [[nodiscard]] Result<> convert(const Block& block, std::span<const std::byte> stored,
        std::span<std::byte> converted, HelperThreads& helpers, PrecisionLoss& loss) const;

    /// 8 MiB stay in the last-level cache between the conversion and the copy on most machines, and are enough for the
    /// bus to run at its full speed.
    static constexpr Bytes kBlockSize{std::uint64_t{8} << 20U};
    /// Whole blocks of every type.
    static constexpr Bytes kSmallestBlock{std::uint64_t{64} << 10U};
    /// Waking a helper takes as long as converting some 100 KB.
    static constexpr Bytes kLeastForAThread{std::uint64_t{1} << 20U};
    static constexpr unsigned kMostThreads = 16;

private:
    TensorConversion(Dtype from, Dtype to)
        : m_from(from)
        , m_to(to)
    {
    }

    Dtype m_from;
    Dtype m_to;
    Bytes m_storedSize;
    Bytes m_size;
    std::uint64_t m_elementsPerBlock = 0;
};

} // namespace weightroom::engine
