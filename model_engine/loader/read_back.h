// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/device/device.h"

#include <functional>
#include <span>
#include <stop_token>
#include <vector>

namespace weightroom::engine {

/// Reads what lies on a device, block by block. On the device's transfer thread.
class ReadBack {
public:
    ReadBack(Device& device, std::stop_token stop)
        : m_device(device)
        , m_stop(std::move(stop))
    {
    }

    /// Called with each block; what it fails with ends the reading.
    using Sink = std::function<Result<>(std::uint64_t begin, std::span<const std::byte> block)>;
    /// Errors: Cancelled, and those of the device and of the sink.
    [[nodiscard]] Result<> read(std::uint64_t address, Bytes size, const Sink& sink);
    /// Whether a block is as it should be.
    using Test = std::function<Result<bool>(std::uint64_t begin, std::span<const std::byte> block)>;
    /// Whether all blocks are; ends at the first that is not. Errors: Cancelled, and those of the device and the test.
    [[nodiscard]] Result<bool> areAll(std::uint64_t address, Bytes size, const Test& test);
    /// Whether the bytes at `address` are `expected`. Errors: as read().
    [[nodiscard]] Result<bool> holds(std::uint64_t address, std::span<const std::byte> expected);

private:
    [[nodiscard]] Result<std::span<const std::byte>> block(std::uint64_t address, Bytes size);

    Device& m_device;
    const std::stop_token m_stop;
    std::vector<std::byte> m_block;
};

/// Bytes that are read back from a device at a time: a cancel is heard within milliseconds, and a call costs little.
inline constexpr Bytes kReadBackBlock = kMiB * 16;

} // namespace weightroom::engine
