// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"
#include "model_engine/core/result.h"

#include <span>
#include <string_view>

namespace weightroom::engine {

/// How the tensors of a part are called in single files and in folders.
enum class PartKind : std::uint8_t {
    None = 0,
    Unet,
    Vae,
    Clip, ///< the same names in both
    OpenClip ///< those of OpenCLIP in single files, those of transformers in folders
};

/// A part of a pipeline, in a single file and in a folder.
struct PipelinePart {
    PartKind kind = PartKind::None;
    std::string_view prefix; ///< of its tensors in a single file
    std::string_view folder; ///< with the slash: as the index of a folder has it in front of the names
    std::string_view file; ///< that its weights have in the folder
};

/// The parts of a model that can be a folder as well as a single file: SD1, SD2 and SDXL, also those for inpainting.
/// Errors: Unsupported, saying what it is and what is supported.
[[nodiscard]] Result<std::span<const PipelinePart>> pipelinePartsOf(const Identification& identified);

} // namespace weightroom::engine
