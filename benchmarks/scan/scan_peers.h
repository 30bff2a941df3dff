// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"

#include <filesystem>
#include <vector>

namespace weightroom::benchmarks {

/// What a program cannot do without: opens each file and reads its header into memory, one after the other, without a
/// look at what it says. Gives the seconds.
[[nodiscard]] engine::Result<double> readHeadersBarely(const std::vector<std::filesystem::path>& files);

/// The same, and parses them with simdjson without a look at the result: what a program that reads JSON cannot do
/// without. Gives the seconds.
[[nodiscard]] engine::Result<double> parseHeadersBarely(const std::vector<std::filesystem::path>& files);

/// Walks all folders and asks for the state of each file, one after the other. Gives the seconds.
[[nodiscard]] engine::Result<double> walkWithStat(const std::filesystem::path& folder);

/// Python's safetensors.safe_open on all files of a folder: names, shapes and types of all tensors, in a fresh process,
/// whose start and imports do not count. Gives the seconds. Errors: IoError, when it could not be run.
[[nodiscard]] engine::Result<double> readWithSafeOpen(
    const std::filesystem::path& python, const std::filesystem::path& folder);

/// InvokeAI's classification, as it is done for a model that is installed, of `files` files of a folder, in a fresh
/// process, whose start and imports do not count, nor does a hash of the content. Gives the seconds of one file.
/// Errors: IoError, when it could not be run.
[[nodiscard]] engine::Result<double> classifyWithInvoke(
    const std::filesystem::path& python, const std::filesystem::path& folder, std::size_t files);

} // namespace weightroom::benchmarks
