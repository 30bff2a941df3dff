// SPDX-License-Identifier: GPL-3.0-or-later
//
// The VAEs of SD1, SD2 and SDXL have one structure, and so have those of Flux and SD3: the architecture stays unknown,
// and the candidates are told. See catalog/identification/content_rules.h.
#include "model_engine/catalog/rules/known_tensors.h"
#include "model_engine/catalog/rules/rule_kinds.h"
#include "model_engine/catalog/rules/tables.h"

namespace weightroom::engine {
namespace {

using enum Look;

constexpr std::string_view kIn = "decoder.conv_in.weight"; // [channels, latent channels, 3, 3]
constexpr std::string_view kPostQuant = "post_quant_conv.weight";
constexpr std::string_view kUp = "decoder.up.0.block.0.norm1.weight";
constexpr std::string_view kDiffusersUp = "decoder.up_blocks.0.resnets.0.norm1.weight";

constexpr std::array kSdCandidates{Architecture::Sd1, Architecture::Sd2, Architecture::Sdxl};
constexpr std::array kFluxCandidates{Architecture::Flux, Architecture::Sd3};

constexpr Completeness kUpBlocks = blocks({"decoder.up_blocks.", 4}, {"encoder.down_blocks.", 4});

constexpr std::array kRules{
    vae({.name = "vae.svd",
        .componentId = "vae_svd",
        .architecture = Architecture::Svd,
        .conditions = {{{kIn, Dimension1, 4}, {"decoder.mid.block_1.mix_factor", Exists}}},
        .variant = "temporal"}),
    vae({.name = "vae.svd_diffusers",
        .componentId = "vae_svd",
        .architecture = Architecture::Svd,
        .conditions = {{{kIn, Dimension1, 4}, {"decoder.mid_block.resnets.0.time_mixer.mix_factor", Exists}}},
        .variant = "temporal",
        .whole = kUpBlocks}),
    // One level less: the latent of the ×4 upscaler is a quarter of the picture.
    vae({.name = "vae.kl_f4",
        .componentId = "vae_kl_f4",
        .architecture = Architecture::SdX4Upscaler,
        .conditions = {{{kIn, Dimension1, 4}, {kPostQuant, Exists}, {"decoder.up.2.block.0.norm1.weight", Exists},
            {"decoder.up.3.block.0.norm1.weight", Absent}}},
        .variant = "kl-f4"}),
    vae({.name = "vae.kl_f8",
        .componentId = "vae_kl_f8",
        .candidates = kSdCandidates,
        .conditions = {{{kIn, Dimension1, 4}, {kPostQuant, Exists}, {kUp, Exists}}},
        .variant = "kl-f8",
        .whole = {.tensors = klF8VaeTensors}}),
    vae({.name = "vae.kl_f8_diffusers",
        .componentId = "vae_kl_f8",
        .candidates = kSdCandidates,
        .conditions = {{{kIn, Dimension1, 4}, {kPostQuant, Exists}, {kDiffusersUp, Exists}}},
        .variant = "kl-f8",
        .whole = kUpBlocks}),
    vae({.name = "vae.flux2",
        .componentId = "vae_flux2",
        .architecture = Architecture::Flux2,
        .conditions = {{{kIn, Dimension1, 32}, {"bn.running_mean", Dimension0, 128}}}}),
    vae({.name = "vae.flux_or_sd3",
        .componentId = "vae_flux",
        .candidates = kFluxCandidates,
        .conditions = {{{kIn, Dimension1, 16}, {kPostQuant, Absent}, {kUp, Exists}}},
        .variant = "flux-or-sd3",
        .whole = {.tensors = fluxVaeTensors}}),
    vae({.name = "vae.flux_or_sd3_diffusers",
        .componentId = "vae_flux",
        .candidates = kFluxCandidates,
        .conditions = {{{kIn, Dimension1, 16}, {kPostQuant, Absent}, {kDiffusersUp, Exists}}},
        .variant = "flux-or-sd3",
        .whole = kUpBlocks}),

    // Tiny ones for previews; those of 16 channels serve Flux and SD3 alike.
    vae({.name = "vae.taesd",
        .componentId = "vae_taesd",
        .candidates = kSdCandidates,
        .conditions = {{{"taesd_decoder.1.weight", Dimension1, 4}}},
        .variant = "taesd"}),
    vae({.name = "vae.taesd_16",
        .componentId = "vae_taesd",
        .candidates = kFluxCandidates,
        .conditions = {{{"taesd_decoder.1.weight", Dimension1, 16}}},
        .variant = "taesd"}),
    vae({.name = "vae.taesd_diffusers",
        .componentId = "vae_taesd",
        .candidates = kSdCandidates,
        .conditions = {{{"decoder.layers.0.weight", Dimension1, 4}, {"encoder.layers.0.weight", Dimension1, 3}}},
        .variant = "taesd"}),
    vae({.name = "vae.taesd_16_diffusers",
        .componentId = "vae_taesd",
        .candidates = kFluxCandidates,
        .conditions = {{{"decoder.layers.0.weight", Dimension1, 16}, {"encoder.layers.0.weight", Dimension1, 3}}},
        .variant = "taesd"}),
    // As their author publishes them: a file for each half.
    vae({.name = "vae.taesd_decoder",
        .componentId = "vae_taesd",
        .candidates = kSdCandidates,
        .conditions = {{{"1.weight", Dimension0, 64}, {"1.weight", Dimension1, 4}, {"3.conv.0.weight", Exists}}},
        .variant = "taesd-decoder"}),
    vae({.name = "vae.taesd_16_decoder",
        .componentId = "vae_taesd",
        .candidates = kFluxCandidates,
        .conditions = {{{"1.weight", Dimension0, 64}, {"1.weight", Dimension1, 16}, {"3.conv.0.weight", Exists}}},
        .variant = "taesd-decoder"}),
    vae({.name = "vae.taesd_encoder",
        .componentId = "vae_taesd",
        .conditions = {{{"0.weight", Dimension0, 64}, {"0.weight", Dimension1, 3}, {"1.conv.0.weight", Exists}}},
        .variant = "taesd-encoder",
        .confidence = 0.5}),
};

} // namespace

RuleTable vaeRules() { return kRules; }

} // namespace weightroom::engine
