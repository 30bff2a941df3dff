// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"

#include <filesystem>
#include <vector>

namespace weightroom::benchmarks {

/// Writes `count` model files with the headers of real models (the exact names, types and shapes of SD 1.5, SDXL and
/// Flux checkpoints, LoRAs, a ControlNet, a VAE and a text encoder, in the mixture of a large library) into folders of
/// up to a hundred. Their data are holes: the files have the size of real ones and take only their headers on the disk.
/// Gives their paths. A library that is there already is taken as it is. Errors: those of writing.
[[nodiscard]] engine::Result<std::vector<std::filesystem::path>> makeScanLibrary(
    const std::filesystem::path& folder, std::size_t count);

/// The same with the smallest headers that are models: for libraries of which only the number of files matters.
[[nodiscard]] engine::Result<std::vector<std::filesystem::path>> makeSmallLibrary(
    const std::filesystem::path& folder, std::size_t count);

} // namespace weightroom::benchmarks
