// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"

#include <string>
#include <vector>

namespace weightroom::benchmarks {

/// Runs a program with its arguments, none of which has a quote, and reads `count` numbers that it prints, one a line.
/// Errors: IoError, when it could not be run or printed something else.
[[nodiscard]] engine::Result<std::vector<double>> numbersFrom(
    const std::vector<std::string>& command, std::size_t count);

} // namespace weightroom::benchmarks
