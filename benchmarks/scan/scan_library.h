// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"

#include <filesystem>
#include <vector>

namespace weightroom::benchmarks {

/// How many of the files describe their tensors with the same bytes.
enum class TensorTables {
    /// As collections look: most LoRAs come from a few trainers with a few usual settings, most checkpoints from a few
    /// tools. Nine files of ten have one of 40 tables, the tenth has one of its own. That is a guess and not counted in
    /// real collections; the other library is there because of that.
    Shared,
    Distinct, ///< every file has one of its own: nothing can be known from another file
};

struct ScanLibrary {
    std::vector<std::filesystem::path> files;
    std::size_t tables = 0; ///< different ones
};

/// Writes `count` model files with the headers of real models (the exact names, types and shapes of SD 1.5, SDXL and
/// Flux checkpoints, LoRAs, a ControlNet, a VAE and a text encoder, in the mixture of a large library) into folders of
/// kFilesInAFolder. Each file has metadata of its own. Their data are holes: the files have the size of real ones and
/// take only their headers on the disk. A library that is there already is taken as it is. Errors: those of writing.
[[nodiscard]] engine::Result<ScanLibrary> makeScanLibrary(
    const std::filesystem::path& folder, std::size_t count, TensorTables tables);
inline constexpr std::size_t kFilesInAFolder = 100;

/// The same with the smallest headers that are models, and one table: for libraries of which only the number of files
/// matters.
[[nodiscard]] engine::Result<ScanLibrary> makeSmallLibrary(const std::filesystem::path& folder, std::size_t count);

} // namespace weightroom::benchmarks
