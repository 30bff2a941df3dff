// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/clock.h"
#include "model_engine/device/device.h"

#include <filesystem>
#include <optional>
#include <stop_token>
#include <vector>

namespace weightroom::engine {

/// What to measure. Host copies always are.
struct LimitsRequest {
    std::filesystem::path file{}; ///< read from the disk; empty: no disk
    Device* device = nullptr; ///< copied to, from and within; null: no device. Must be idle
    // Caches and start-up do not count (10 ms and more), and a workstation that is in use can spare it.
    /// Of each copy; twice that is taken on the host, and on the device. Copies within a GPU are of 256 MiB at least,
    /// where there is room.
    Bytes copySize = kMiB * 256;
};

/// What this machine can do at most, in bytes per second: what loads are judged against. Limits move from hour to hour
/// (a disk is shared, a clock throttles): they are worth something beside a load that was measured in the same run.
struct MachineLimits {
    std::optional<double> diskRead; ///< past the page cache, 8 threads, blocks of 4 MiB, into touched memory
    std::optional<double> hostCopyOneThread; ///< memcpy into touched memory
    std::optional<double> hostCopyTwoThreads;
    std::optional<double> deviceUpload; ///< from touched memory, pinned where the device pins
    std::optional<double> deviceDownload;
    std::optional<double> deviceCopyWithin; ///< counted once, not as a read and a write
    std::vector<Error> missing; ///< why a limit that was asked for is absent
};

/// Measures on the calling thread and a few helpers; takes seconds, up to 512 MiB of host memory and 512 MiB of the
/// device, which are given back. Copies are repeated and the best one counts: a limit is what is possible. A cancel is
/// tested between the repetitions; what was measured until then is returned.
[[nodiscard]] MachineLimits measureMachineLimits(
    const LimitsRequest& request, const Clock& clock, const std::stop_token& stop);

} // namespace weightroom::engine
