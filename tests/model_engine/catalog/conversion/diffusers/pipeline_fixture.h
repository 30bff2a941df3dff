// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/blueprints/ldm.h"
#include "model_engine/catalog/blueprints/text_encoders.h"
#include "model_engine/formats/safetensors/safetensors_writer.h"
#include "tests/model_engine/catalog/conversion/conversion_fixture.h"
#include "tests/support/safetensors_builder.h"

#include <algorithm>
#include <cstring>

namespace weightroom::test {

/// A checkpoint of a few megabytes with all names of the real one and as little weight as the identification allows.
[[nodiscard]] inline engine::Blueprint checkpointOf(engine::Architecture architecture, std::uint64_t inputChannels = 4)
{
    using namespace engine;
    const auto small = [](Blueprint part) { return shrunk(std::move(part), 4096); };
    UnetDesign unet = architecture == Architecture::Sd1 ? sd1Unet()
        : architecture == Architecture::Sd2             ? sd2Unet()
                                                        : sdxlUnet();
    unet.inputChannels = inputChannels;
    std::vector<Blueprint> parts{
        placed(small(ldmUnet(unet, Dtype::F16)), "model.diffusion_model.", "unet"),
        placed(small(autoencoder(Autoencoder::KlF8, Dtype::F16)), "first_stage_model.", "vae"),
    };
    if (architecture == Architecture::Sd1) {
        parts.push_back(placed(small(transformersClip(kClipL, Dtype::F16)), "cond_stage_model.transformer.", "clip"));
        parts.push_back(placed(noiseSchedule(), "", "schedule"));
    } else if (architecture == Architecture::Sd2) {
        parts.push_back(placed(small(openClip(kOpenClipH, Dtype::F16)), "cond_stage_model.model.", "clip"));
    } else {
        parts.push_back(
            placed(small(transformersClip(kClipL, Dtype::F16)), "conditioner.embedders.0.transformer.", "clip"));
        parts.push_back(placed(small(openClip(kClipG, Dtype::F16)), "conditioner.embedders.1.model.", "clip2"));
    }
    Blueprint checkpoint = joined(std::move(parts));
    for (TensorBlueprint& tensor : checkpoint) {
        if (tensor.name.ends_with("in_proj_weight"))
            tensor.shape.dimensions.front() = 3; // one row each of query, key and value
    }
    return checkpoint;
}

/// Writes a file of these tensors; the bytes of each are tensorPattern(name, size).
inline std::filesystem::path writeBlueprint(const std::filesystem::path& target, const engine::Blueprint& blueprint)
{
    engine::SafetensorsPlan plan;
    for (const engine::TensorBlueprint& tensor : blueprint)
        plan.tensors.push_back({tensor.name, tensor.dtype, tensor.shape});
    plan.metadata["modelspec.title"] = "Small";
    std::string bytes;
    const auto fill = [&](std::size_t tensor, std::uint64_t offset, std::span<std::byte> block) -> engine::Result<> {
        if (offset == 0)
            bytes = tensorPattern(blueprint[tensor].name, block.size()); // none is larger than a block
        std::memcpy(block.data(), bytes.data(), block.size());
        return {};
    };
    if (auto written = engine::writeSafetensors(target, plan, fill); !written)
        throw std::runtime_error("cannot write a test's model: " + engine::describe(written.error()));
    return target;
}

} // namespace weightroom::test
