// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/conversion/conversion.h"
#include "model_engine/catalog/conversion/conversion_plan.h"
#include "model_engine/catalog/scan/open_files.h"

namespace weightroom::engine {

/// A diffusers folder of what is in a single file (or in shards of one): weights, configurations, model_index.json.
/// Errors: Unsupported for what is no checkpoint of SD1, SD2 or SDXL, or holds tensors that have no name there;
/// ModelUnusable, when it lacks a part or tensors; those of reading.
[[nodiscard]] Result<ConversionPlan> planPipelineFolder(
    const ModelRecord& record, const OpenedModel& model, const ConversionRequest& request);

/// One safetensors file of a diffusers folder. What has no place in such a file (a safety checker, an encoder of
/// pictures) is left out and counted. Errors: as above.
[[nodiscard]] Result<ConversionPlan> planFileOfPipeline(
    const ModelRecord& record, const OpenedModel& model, const ConversionRequest& request);

} // namespace weightroom::engine
