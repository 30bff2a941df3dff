// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/core/files/file.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace weightroom::engine {

/// Which bytes of a file lie in the page cache, without reading any: asking preadv2(RWF_NOWAIT) instead makes the
/// kernel read ahead, so that a cold file would be read twice and push other files out of the cache.
///
/// Holds a mapping of the file that is only asked about (mincore) and never touched, so a file that shrinks meanwhile
/// cannot hurt. Any thread; the file may be closed meanwhile.
class PageResidency {
public:
    explicit PageResidency(const InputFile& file);
    ~PageResidency();
    PageResidency(const PageResidency&) = delete;
    PageResidency& operator=(const PageResidency&) = delete;

    /// True when all of these bytes lie in the page cache. About files that are neither the user's nor writable to
    /// them the kernel answers true for everything; where a file cannot be mapped the answer is false.
    [[nodiscard]] bool holds(std::uint64_t offset, Bytes size) const;
    /// How many of the pages in which these bytes lie are there; absent where the file cannot be mapped or asked about,
    /// and for bytes that it does not have.
    [[nodiscard]] std::optional<std::size_t> pagesHeld(std::uint64_t offset, Bytes size) const;

private:
    /// The pages in which these bytes lie; nothing as above.
    [[nodiscard]] std::optional<std::span<std::byte>> pagesOf(std::uint64_t offset, Bytes size) const;

    std::byte* m_begin = nullptr; ///< nullptr: the file could not be mapped
    Bytes m_size; ///< when it was opened
};

} // namespace weightroom::engine
