// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/scan/scanner.h"
#include "tests/support/manual_clock.h"
#include "tests/support/safetensors_builder.h"

#include <string>
#include <vector>

namespace weightroom::test {

/// A valid file that no rule knows.
[[nodiscard]] inline std::string plainModel() { return SafetensorsBuilder().tensor("weights", "F16", {4, 2}).build(); }

/// A valid file that is a LoRA of SD1.
[[nodiscard]] inline std::string loraModel()
{
    const std::string layer = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k";
    return SafetensorsBuilder()
        .tensor(layer + ".lora_down.weight", "F16", {4, 768})
        .tensor(layer + ".lora_up.weight", "F16", {320, 4})
        .build();
}

[[nodiscard]] inline engine::ScanRequest requestFor(const std::filesystem::path& directory)
{
    engine::ScanRequest request;
    request.directories = {directory};
    return request;
}

[[nodiscard]] inline engine::Result<engine::ScanResult> scanNow(const engine::ScanRequest& request)
{
    const ManualClock clock;
    engine::NullLog log;
    return engine::scan(request, clock, log, {}, {});
}

/// The paths of the models, relative to `root` and joined by spaces.
[[nodiscard]] inline std::string pathsBelow(const std::filesystem::path& root, const engine::ScanResult& result)
{
    std::string paths;
    for (const engine::ModelRecordPtr& model : result.models)
        paths += (paths.empty() ? "" : " ") + model->path.lexically_relative(root).string();
    return paths;
}

} // namespace weightroom::test
