// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>

namespace weightroom::engine {

/// A number that differs when a scan of the folder would find something else: over names, sizes and times of the model
/// files below it. For where nobody tells of changes. What cannot be read counts as empty. Waits for the disk, or for
/// the network; 0 when it was stopped.
[[nodiscard]] std::uint64_t fingerprintOf(const std::filesystem::path& root, const std::stop_token& stop);

} // namespace weightroom::engine
