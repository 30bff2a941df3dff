// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/device/device.h"

#include <functional>
#include <span>
#include <stop_token>

namespace weightroom::engine {

/// A cancel is tested once per block, so this is what may still be copied after it: 64 MiB take 3 ms over PCIe 4 and 30
/// ms through pageable memory.
inline constexpr Bytes kLargestCopyBlock = kMiB * 64;

/// Calls `copy` for all steps in blocks of at most kLargestCopyBlock, in order, until it fails or `stop` is requested;
/// then the answer is that error, or Cancelled.
[[nodiscard]] Result<> forEachBlock(
    std::span<const CopyStep> steps, const std::stop_token& stop, const std::function<Result<>(const CopyStep&)>& copy);

/// Adds up what was copied and reports it in useful portions: thousands of small tensors are not thousands of calls.
class CopyProgress {
public:
    explicit CopyProgress(const std::function<void(Bytes)>& report)
        : m_report(report)
    {
    }
    void add(Bytes copied)
    {
        m_copied += copied;
        if (m_copied >= kPortion)
            flush();
    }
    void flush()
    {
        if (m_copied > Bytes{} && m_report)
            m_report(m_copied);
        m_copied = {};
    }

private:
    // 20 reports a second are enough for any display; 16 MiB take 1 ms at the speed of a host copy.
    static constexpr Bytes kPortion = kMiB * 16;
    const std::function<void(Bytes)>& m_report;
    Bytes m_copied;
};

} // namespace weightroom::engine
