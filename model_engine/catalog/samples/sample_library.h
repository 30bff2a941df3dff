// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/blueprints/models.h"
#include "model_engine/catalog/model_record.h"
#include "model_engine/core/result.h"

#include <functional>
#include <stop_token>

namespace weightroom::engine {

struct SampleOptions {
    ModelSize size = ModelSize::Small; ///< Small: about 100 MB in all; Full: the sizes of the real files, about 35 GB
    std::vector<ModelKind> kinds; ///< empty: all
};

struct SampleProgress {
    Bytes done;
    Bytes total;
};

struct SampleReport {
    std::vector<std::filesystem::path> files; ///< in the order in which they were written
    Bytes bytes;
};

/// The bytes that writeSampleLibrary() will write, headers not counted.
[[nodiscard]] Bytes sampleLibrarySize(const SampleOptions& options);

/// Writes a library to try Weightroom with: one valid file of each kind, with the names and shapes of real models and
/// with random weights, in the folders "base-models", "loras", "controlnet", "vaes" and "text-encoders" below
/// `directory`. The same options give the same bytes; what is one part in reality (the VAE in the SDXL checkpoint and
/// the VAE file) has equal bytes. Blocks; any thread; `progress` is called on it, at most 20 times a second and at the
/// end. Nothing is left when it fails or is cancelled: files and folders that it made are removed, others are never
/// touched. Errors: AlreadyExists before the first byte when a file of it is there, Cancelled, and those of
/// writeSafetensors().
[[nodiscard]] Result<SampleReport> writeSampleLibrary(const std::filesystem::path& directory,
    const SampleOptions& options, std::stop_token stop, const std::function<void(SampleProgress)>& progress);

} // namespace weightroom::engine
