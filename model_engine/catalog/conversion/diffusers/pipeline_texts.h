// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/conversion/conversion_plan.h"
#include "model_engine/catalog/scan/open_files.h"

namespace weightroom::engine {

/// model_index.json and the configurations of all parts, with which diffusers opens a folder. Of the tokenizers it has
/// the names only: their vocabulary is in no checkpoint.
///
/// Where the identification cannot tell what an SD2 model predicts, its weights do: the last attention's first norm of
/// models that predict v strays much further (ComfyUI decides by the same). Errors: Unsupported for other models; those
/// of reading.
[[nodiscard]] Result<std::vector<OutputText>> pipelineTexts(const Identification& identified, const OpenedModel& model);

} // namespace weightroom::engine
