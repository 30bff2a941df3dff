// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>

namespace weightroom::test {

enum class FailingReads : std::uint8_t { None = 0, PastThePageCache, All };

/// While it lives, reads of model files (*.safetensors) fail in this process as those of a broken disk do (EIO): all of
/// them, or those of descriptors that were opened past the page cache; `most` of these at most. One at a time. For
/// tests that name tests/support/failing_reads.cpp among their sources: it stands in for functions of the C library.
class ReadFaults {
public:
    explicit ReadFaults(FailingReads which, std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
    ReadFaults(const ReadFaults&) = delete;
    ReadFaults& operator=(const ReadFaults&) = delete;
    ~ReadFaults();

    /// Reads that have failed so far.
    [[nodiscard]] static std::uint64_t failed();
};

} // namespace weightroom::test
