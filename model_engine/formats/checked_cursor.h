// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/formats/byte_source.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// Walks through a binary header from front to back. It alone knows how much is left: each step is checked by
/// subtraction against the end of the file and against the longest header that is accepted, before memory is taken for
/// it or a byte is read. Reads the source in blocks, so that a step costs no system call. Used by one thread.
///
/// `what` names the thing that is read, for the text of errors ("the number of tensors"). Errors of every step:
/// HeaderTooLarge or FileTruncated, with the bytes that would be needed and those that there are, and those of the
/// source.
class CheckedCursor {
public:
    /// As much as Linux reads ahead for a file by default: a smaller block would not make the disk do less.
    static constexpr Bytes kBlock = kKiB * 128;

    /// Borrows the source. No step goes beyond `limit` bytes from the start of the file.
    CheckedCursor(const ByteSource& source, Bytes limit, Bytes block = kBlock);

    /// Bytes from the start of the file.
    [[nodiscard]] std::uint64_t position() const { return m_position; }

    /// Fails unless `count` things that take at least `smallest` bytes each can follow. Asked before memory is taken
    /// for that many things.
    [[nodiscard]] Result<> expect(std::uint64_t count, Bytes smallest, std::string_view what) const;

    /// A little-endian number of `size` bytes, at most 8.
    [[nodiscard]] Result<std::uint64_t> readNumber(std::size_t size, std::string_view what);
    [[nodiscard]] Result<std::string> readText(std::uint64_t length, std::string_view what);
    /// Goes on without reading.
    [[nodiscard]] Result<> skip(std::uint64_t length, std::string_view what);

private:
    Result<> fill();
    Result<> copy(std::span<std::byte> destination);

    const ByteSource& m_source;
    std::uint64_t m_limit;
    std::uint64_t m_end; ///< of the file or of the longest header: what comes first
    std::size_t m_blockSize;
    std::vector<std::byte> m_block;
    std::uint64_t m_blockBegin = 0; ///< where m_block lies in the file
    std::uint64_t m_position = 0; ///< never behind m_end
};

} // namespace weightroom::engine
