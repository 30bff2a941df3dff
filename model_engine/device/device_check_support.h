// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/device/device.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weightroom::engine {

/// Bytes that no other seed or offset has: what a check writes and expects to read.
[[nodiscard]] std::vector<std::byte> patternOf(std::uint64_t seed, Bytes size);

/// VerificationFailed with the first byte that differs.
[[nodiscard]] Result<> expectEqual(std::span<const std::byte> found, std::span<const std::byte> expected);
/// Internal with `promise` unless `holds`.
[[nodiscard]] Result<> expectThat(bool holds, std::string_view promise);

/// Unsupported when fewer than `size` bytes are left on the device.
[[nodiscard]] Result<> needRoom(Device& device, Bytes size);
/// A place of its own.
[[nodiscard]] Result<Allocation> allocateOne(Device& device, Bytes size);
/// Uploads without cancel and progress.
[[nodiscard]] Result<> write(Device& device, std::uint64_t address, std::span<const std::byte> bytes);
/// Reads back and compares.
[[nodiscard]] Result<> expectContent(Device& device, std::uint64_t address, std::span<const std::byte> expected);

} // namespace weightroom::engine
