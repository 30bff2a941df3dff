// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "model_engine/core/result.h"

#include <filesystem>
#include <iosfwd>

namespace weightroom::benchmarks {

/// Bytes.
struct ScanMemory {
    double beside = 0; ///< the highest use of memory during the scan, above what is used with its result alone
    double kept = 0; ///< by the result
};

/// A number a line: what scanMemoryOfChild() reads.
void printTable(const ScanMemory& memory, std::ostream& out);
[[nodiscard]] engine::Json toJson(const ScanMemory& memory);

/// Scans the first `models` files of a library, and looks at the memory of this process. What was allocated before
/// blurs it: to be called first in a fresh process.
[[nodiscard]] engine::Result<ScanMemory> measureScanMemory(const std::filesystem::path& library, std::size_t models);

/// The same in a process of its own, which runs this program with kMemoryOption. Errors: IoError when it could not.
[[nodiscard]] engine::Result<ScanMemory> scanMemoryOfChild(const std::filesystem::path& library, std::size_t models);
inline constexpr const char* kMemoryOption = "--memory-of";

} // namespace weightroom::benchmarks
