// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/identification/lora/lora_rules.h"

namespace weightroom::engine {
namespace {

using Family = LoraFamily;
using Target = LoraTarget;

constexpr std::array kPrefixes{
    LoraPrefix{"lora_prior_unet_", Target::Cascade},
    LoraPrefix{"lora_prior_te_", Target::Cascade},
    LoraPrefix{"lora_unet_"},
    LoraPrefix{"lora_transformer_"},
    LoraPrefix{"lora_te_", Target::OnlyEncoder},
    LoraPrefix{"lora_te1_", Target::FirstEncoder},
    LoraPrefix{"lora_te2_", Target::SecondEncoder},
    LoraPrefix{"lora_te3_", Target::ThirdEncoder},
    LoraPrefix{"lycoris_"},
    LoraPrefix{"base_model.model."},
    LoraPrefix{"model.diffusion_model."},
    LoraPrefix{"diffusion_model."},
    LoraPrefix{"unet."},
    LoraPrefix{"transformer."},
    LoraPrefix{"text_encoder.", Target::OnlyEncoder},
    LoraPrefix{"text_encoder_2.", Target::SecondEncoder},
    LoraPrefix{"text_encoder_3.", Target::ThirdEncoder},
    LoraPrefix{"text_encoders.clip_l.transformer.", Target::FirstEncoder},
    LoraPrefix{"text_encoders.clip_g.transformer.", Target::SecondEncoder},
    LoraPrefix{"text_encoders.t5xxl.transformer.", Target::ThirdEncoder},
    LoraPrefix{"clip_l.", Target::FirstEncoder},
    LoraPrefix{"clip_g.", Target::SecondEncoder},
};

constexpr std::array kFamilies{
    LoraFamilyName{"input_blocks_", Family::Unet},
    LoraFamilyName{"middle_block_", Family::Unet},
    LoraFamilyName{"output_blocks_", Family::Unet},
    LoraFamilyName{"down_blocks_", Family::Unet},
    LoraFamilyName{"mid_block_", Family::Unet},
    LoraFamilyName{"up_blocks_", Family::Unet},
    LoraFamilyName{"double_blocks_", Family::StreamBlocks},
    LoraFamilyName{"single_blocks_", Family::StreamBlocks},
    LoraFamilyName{"single_transformer_blocks_", Family::SingleTransformerBlocks},
    LoraFamilyName{"transformer_blocks_", Family::TransformerBlocks},
    LoraFamilyName{"joint_blocks_", Family::JointBlocks},
    LoraFamilyName{"joint_transformer_blocks_", Family::AuraLayers},
    LoraFamilyName{"double_layers_", Family::AuraLayers},
    LoraFamilyName{"single_layers_", Family::AuraLayers},
    LoraFamilyName{"double_stream_blocks_", Family::HiDreamBlocks},
    LoraFamilyName{"single_stream_blocks_", Family::HiDreamBlocks},
    LoraFamilyName{"layers_", Family::Layers},
    LoraFamilyName{"context_refiner_", Family::Layers},
    LoraFamilyName{"noise_refiner_", Family::Layers},
    LoraFamilyName{"blocks_", Family::Blocks},
    LoraFamilyName{"llm_adapter_blocks_", Family::Blocks},
    LoraFamilyName{"model_layers_", Family::LanguageModel},
};

} // namespace

std::span<const LoraPrefix> loraPrefixes() { return kPrefixes; }

std::span<const LoraFamilyName> loraFamilyNames() { return kFamilies; }

} // namespace weightroom::engine
