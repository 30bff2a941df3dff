// SPDX-License-Identifier: GPL-3.0-or-later
//
// VAEs with a structure of their own.
#include "model_engine/catalog/rules/rule_kinds.h"
#include "model_engine/catalog/rules/tables.h"

namespace weightroom::engine {
namespace {

using enum Look;

constexpr std::string_view kIn = "decoder.conv_in.weight";
constexpr std::string_view kWrappedIn = "decoder.conv_in.conv.weight"; // causal convolutions are wrapped

// Qwen-Image took the VAE of Wan 2.1 and trained it further.
constexpr std::array kWanCandidates{Architecture::QwenImage, Architecture::Wan};

constexpr std::array kRules{
    vae({.name = "vae.wan_2.2",
        .componentId = "vae_wan",
        .architecture = Architecture::Wan,
        .conditions = {{{"decoder.upsamples.0.upsamples.0.residual.2.weight", Exists},
            {"decoder.conv1.weight", Dimension1, 48}}},
        .variant = "2.2"}),
    vae({.name = "vae.wan_2.2_diffusers",
        .componentId = "vae_wan",
        .architecture = Architecture::Wan,
        .conditions = {{{kIn, Rank, 5}, {kIn, Dimension1, 48}}},
        .variant = "2.2"}),
    vae({.name = "vae.qwen_or_wan",
        .componentId = "vae_wan",
        .candidates = kWanCandidates,
        .conditions = {{{"decoder.middle.0.residual.0.gamma", Exists}, {"decoder.conv1.weight", Dimension1, 16}}},
        .variant = "qwen-image-or-wan"}),
    vae({.name = "vae.qwen_or_wan_diffusers",
        .componentId = "vae_wan",
        .candidates = kWanCandidates,
        .conditions = {{{kIn, Rank, 5}, {kIn, Dimension1, 16}, {"decoder.norm_out.gamma", Exists}}},
        .variant = "qwen-image-or-wan"}),
    vae({.name = "vae.ltx",
        .componentId = "vae_ltx",
        .architecture = Architecture::Ltx,
        .conditions = {{{kWrappedIn, Dimension1, 128}}}}),
    vae({.name = "vae.hunyuan_video",
        .componentId = "vae_hunyuan_video",
        .architecture = Architecture::HunyuanVideo,
        .conditions = {{{kWrappedIn, Dimension1, 16}, {"post_quant_conv.weight", Exists}}}}),
    vae({.name = "vae.hunyuan_video_1.5",
        .componentId = "vae_hunyuan_video",
        .architecture = Architecture::HunyuanVideo,
        .conditions = {{{kWrappedIn, Dimension1, 32}}},
        .variant = "1.5"}),
    vae({.name = "vae.hunyuan_image",
        .componentId = "vae_hunyuan_image",
        .architecture = Architecture::HunyuanImage,
        .conditions = {{{kIn, Dimension1, 64}, {kIn, Rank, 4}}}}),
    vae({.name = "vae.hunyuan_image_refiner",
        .componentId = "vae_hunyuan_image",
        .architecture = Architecture::HunyuanImage,
        .conditions = {{{kIn, Dimension1, 32}, {kIn, Rank, 5}}},
        .variant = "refiner"}),
    vae({.name = "vae.dc_ae",
        .componentId = "vae_dc_ae",
        .architecture = Architecture::Sana,
        .conditions = {{{"encoder.project_in.conv.bias", Exists}, {"decoder.project_in.main.conv.weight", Noted}}},
        .variant = "dc-ae"}),
    vae({.name = "vae.dc_ae_diffusers",
        .componentId = "vae_dc_ae",
        .architecture = Architecture::Sana,
        .conditions = {{{kIn, Dimension1, 32}, {"decoder.up_blocks.0.1.conv1.weight", Exists}}},
        .variant = "dc-ae"}),
    vae({.name = "vae.mochi_decoder",
        .componentId = "vae_mochi",
        .architecture = Architecture::Mochi,
        .conditions = {{{"blocks.2.blocks.3.stack.5.weight", Exists}}},
        .variant = "decoder"}),
    vae({.name = "vae.mochi",
        .componentId = "vae_mochi",
        .architecture = Architecture::Mochi,
        .conditions = {{{"decoder.blocks.2.blocks.3.stack.5.weight", Exists}}}}),
    vae({.name = "vae.mochi_diffusers",
        .componentId = "vae_mochi",
        .architecture = Architecture::Mochi,
        .conditions = {{{kIn, Dimension1, 12}, {"decoder.block_in.resnets.0.norm1.norm_layer.weight", Exists}}}}),
    vae({.name = "vae.cosmos",
        .componentId = "vae_cosmos",
        .architecture = Architecture::Cosmos,
        .conditions = {{{"decoder.unpatcher3d.wavelets", Exists}}}}),
    vae({.name = "vae.cosmos_diffusers",
        .componentId = "vae_cosmos",
        .architecture = Architecture::Cosmos,
        .conditions = {{{"decoder.conv_in.conv_s.weight", Dimension1, 16}}}}),
    vae({.name = "vae.stable_cascade_stage_a",
        .componentId = "vae_stage_a",
        .architecture = Architecture::StableCascade,
        .conditions = {{{"vquantizer.codebook.weight", Exists}}},
        .variant = "stage-a"}),
    // Encoder and previewer of stage C's latents, together and apart.
    vae({.name = "vae.stable_cascade_effnet",
        .componentId = "vae_stage_c",
        .architecture = Architecture::StableCascade,
        .conditions = {{{"backbone.1.0.block.0.1.num_batches_tracked", Exists}}},
        .variant = "effnet"}),
    vae({.name = "vae.stable_cascade_previewer",
        .componentId = "vae_stage_c",
        .architecture = Architecture::StableCascade,
        .conditions = {{{"blocks.11.num_batches_tracked", Exists}}},
        .variant = "previewer"}),
    vae({.name = "vae.stable_cascade_stage_c",
        .componentId = "vae_stage_c",
        .architecture = Architecture::StableCascade,
        .conditions = {{{"encoder.backbone.1.0.block.0.1.num_batches_tracked", Exists}}},
        .variant = "stage-c"}),
    // Tiny ones of video models: their structure does not tell which.
    vae({.name = "vae.taehv",
        .componentId = "vae_taehv",
        .conditions = {{{"decoder.22.bias", Exists}, {"decoder.1.weight", Exists}}},
        .variant = "taehv",
        .problem = ModelProblem::VideoModel,
        .confidence = 0.5}),
    vae({.name = "vae.stable_audio",
        .componentId = "vae_stable_audio",
        .architecture = Architecture::StableAudio,
        .conditions = {{{"decoder.layers.1.layers.0.beta", Exists}}},
        .problem = ModelProblem::AudioModel}),
    vae({.name = "vae.ace_step",
        .componentId = "vae_ace_step",
        .architecture = Architecture::AceStep,
        .conditions = {{{"vocoder.backbone.channel_layers.0.0.bias", Exists}}},
        .problem = ModelProblem::AudioModel}),
};

} // namespace

RuleTable otherVaeRules() { return kRules; }

} // namespace weightroom::engine
