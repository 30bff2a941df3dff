// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/diffusers/pipeline_parts.h"

#include <array>

namespace weightroom::engine {
namespace {

constexpr std::string_view kDiffusersFile = "diffusion_pytorch_model.safetensors";
constexpr std::string_view kTransformersFile = "model.safetensors";

constexpr PipelinePart kUnet{PartKind::Unet, "model.diffusion_model.", "unet/", kDiffusersFile};
constexpr PipelinePart kVae{PartKind::Vae, "first_stage_model.", "vae/", kDiffusersFile};

constexpr std::array kSd1{
    kUnet,
    kVae,
    PipelinePart{PartKind::Clip, "cond_stage_model.transformer.", "text_encoder/", kTransformersFile},
};
constexpr std::array kSd2{
    kUnet,
    kVae,
    PipelinePart{PartKind::OpenClip, "cond_stage_model.model.", "text_encoder/", kTransformersFile},
};
constexpr std::array kSdxl{
    kUnet,
    kVae,
    PipelinePart{PartKind::Clip, "conditioner.embedders.0.transformer.", "text_encoder/", kTransformersFile},
    PipelinePart{PartKind::OpenClip, "conditioner.embedders.1.model.", "text_encoder_2/", kTransformersFile},
};

std::span<const PipelinePart> partsOf(Architecture architecture)
{
    switch (architecture) {
    case Architecture::Sd1:
        return kSd1;
    case Architecture::Sd2:
        return kSd2;
    case Architecture::Sdxl:
        return kSdxl;
    default:
        return {};
    }
}

} // namespace

Result<std::span<const PipelinePart>> pipelinePartsOf(const Identification& identified)
{
    const auto parts = partsOf(identified.architecture);
    const bool hasPlainUnet = identified.variant.empty() || identified.variant == "inpainting";
    if (!parts.empty() && hasPlainUnet && identified.kind == ModelKind::Checkpoint)
        return parts;
    std::string what{toText(identified.kind)};
    what.append(" of ").append(toText(identified.architecture));
    if (!identified.variant.empty())
        what.append(" (").append(identified.variant).append(")");
    return fail(ErrorCode::Unsupported,
        "whole checkpoints of sd1, sd2 and sdxl, also those for inpainting, can be a diffusers folder or one file; "
        "this "
        "is a "
            + what);
}

} // namespace weightroom::engine
