// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

namespace weightroom::test {

/// While it lives, the system gives this process at most so many bytes more than it has now in mappings of a mebibyte
/// or more (as slabs are): beyond that mmap() fails as where memory is short (ENOMEM). What is unmapped can be had
/// again. One at a time. For tests that name tests/support/short_memory.cpp among their sources: it stands in for
/// functions of the C library.
class ShortMemory {
public:
    explicit ShortMemory(std::size_t more);
    ShortMemory(const ShortMemory&) = delete;
    ShortMemory& operator=(const ShortMemory&) = delete;
    ~ShortMemory();

    /// Mappings that were refused so far.
    [[nodiscard]] static std::size_t refused();
};

} // namespace weightroom::test
