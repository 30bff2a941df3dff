// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"

#include <filesystem>
#include <string>
#include <vector>

namespace weightroom::engine {

/// The file that makes a folder a diffusers pipeline.
inline constexpr std::string_view kPipelineIndexName = "model_index.json";

/// A component that a pipeline names.
struct PipelineComponent {
    std::string name; ///< of its folder: "unet", "text_encoder_2"
    std::string className; ///< "UNet2DConditionModel"
    bool hasWeights = true; ///< false for what is configuration alone: schedulers, tokenizers, processors
};

/// What model_index.json says.
struct PipelineIndex {
    std::string className; ///< "StableDiffusionXLPipeline"
    std::vector<PipelineComponent> components; ///< those that are there, in the order of the file
};

/// Reads a model_index.json. Errors: those of reading a small file; InvalidJson; InvalidFormat when it is no object, a
/// component is no pair of texts, or its name leads out of the folder.
[[nodiscard]] Result<PipelineIndex> readPipelineIndex(const std::filesystem::path& file);

} // namespace weightroom::engine
