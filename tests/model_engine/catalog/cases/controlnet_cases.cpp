// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/blueprints/models.h"
#include "tests/model_engine/catalog/cases/case_builders.h"

namespace weightroom::test {
namespace {

using namespace engine;
using enum Architecture;

constexpr Dtype kType = Dtype::F16;

IdentificationCase controlnet(
    std::string name, Blueprint blueprint, Architecture architecture, std::string variant, std::string rule)
{
    return {.name = std::move(name),
        .blueprint = std::move(blueprint),
        .kind = ModelKind::Controlnet,
        .architecture = architecture,
        .variant = std::move(variant),
        .components = componentId("controlnet", architecture),
        .rule = std::move(rule)};
}

constexpr const char* kLoraContext1 = "input_blocks.1.1.transformer_blocks.0.attn2.to_k.down";
constexpr const char* kLoraContext4 = "input_blocks.4.1.transformer_blocks.0.attn2.to_k.down";

Blueprint controlLora(const std::vector<NameAndShape>& more)
{
    return joined({tensors({{"lora_controlnet", {}}, {"zero_convs.0.0.weight", {320, 320, 1, 1}},
                       {"input_hint_block.0.weight", {16, 3, 3, 3}}}),
        tensors(more)});
}

Blueprint difference() { return joined({sd1Controlnet(ModelSize::Full), tensors({{"difference", {}}})}); }

/// The hint's convolution, the zero convolutions, and nothing that attends.
Blueprint small(const std::vector<NameAndShape>& more)
{
    return joined({tensors({{"zero_convs.0.0.weight", {320, 320, 1, 1}}, {"input_hint_block.0.weight", {16, 3, 3, 3}}}),
        tensors(more)});
}

Cases ldm()
{
    IdentificationCase withDifference =
        controlnet("controlnet of differences", difference(), Sd1, "difference", "ldm_controlnet.sd1");
    withDifference.components += " other_tensors";
    return {
        controlnet("sd1 controlnet", sd1Controlnet(ModelSize::Full), Sd1, "", "ldm_controlnet.sd1"),
        controlnet("sd1 controlnet, small", sd1Controlnet(ModelSize::Small), Sd1, "", "ldm_controlnet.sd1"),
        withDifference,
        controlnet("sd2 controlnet without prefix", ldmControlnet(sd2Unet(), kType), Sd2, "", "ldm_controlnet.sd2"),
        controlnet("sdxl controlnet", ldmControlnet(sdxlUnet(), kType), Sdxl, "", "ldm_controlnet.sdxl"),
        controlnet("sdxl controlnet without attention", small({{"label_emb.0.0.weight", {1280, 2816}}}), Sdxl, "",
            "ldm_controlnet.sdxl_small"),
        controlnet("ldm controlnet without attention", small({}), Unknown, "", "ldm_controlnet.unknown_base"),
        controlnet("control-lora of sdxl", controlLora({{kLoraContext4, {128, 2048}}}), Sdxl, "control-lora",
            "control_lora.sdxl"),
        controlnet(
            "control-lora of sd1", controlLora({{kLoraContext1, {128, 768}}}), Sd1, "control-lora", "control_lora.sd1"),
        controlnet("control-lora of sd2", controlLora({{kLoraContext1, {128, 1024}}}), Sd2, "control-lora",
            "control_lora.sd2"),
        controlnet(
            "control-lora of an unknown base", controlLora({}), Unknown, "control-lora", "control_lora.unknown_base"),
        controlnet("lllite of sdxl",
            tensors({{"lllite_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q.conditioning1.0.weight",
                {16, 3, 4, 4}}}),
            Sdxl, "lllite", "controlnet_lllite.sdxl"),
        controlnet("lllite of anima", tensors({{"lllite_dit_blocks_0_self_attn_q_proj.up.weight", {2048, 64}}}), Anima,
            "lllite", "controlnet_lllite.anima"),
    };
}

constexpr const char* kContext0 = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight";
constexpr const char* kContext1 = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight";
constexpr const char* kTasks = "task_embedding";

Blueprint diffusers(const std::vector<NameAndShape>& more)
{
    return joined({tensors({{"controlnet_cond_embedding.conv_in.weight", {16, 3, 3, 3}},
                       {"controlnet_down_blocks.0.weight", {320, 320, 1, 1}}, {"conv_in.weight", {320, 4, 3, 3}}}),
        tensors(more)});
}

Cases diffusersNames()
{
    const Blueprint union_ = controlnetHeader("sdxl_union_diffusers");
    return {
        controlnet("diffusers sd1 controlnet", controlnetHeader("sd1_diffusers"), Sd1, "", "diffusers_controlnet.sd1"),
        controlnet(
            "diffusers sd2 controlnet", diffusers({{kContext0, {320, 1024}}}), Sd2, "", "diffusers_controlnet.sd2"),
        controlnet(
            "diffusers sdxl controlnet", diffusers({{kContext1, {640, 2048}}}), Sdxl, "", "diffusers_controlnet.sdxl"),
        controlnet(
            "diffusers sdxl controlnet for many uses, of 8", union_, Sdxl, "union-promax", "diffusers_controlnet.sdxl"),
        controlnet("diffusers sdxl controlnet for many uses, of 6", reshaped(union_, kTasks, {6, 320}), Sdxl, "union",
            "diffusers_controlnet.sdxl"),
        controlnet("diffusers sdxl controlnet without attention",
            diffusers({{"add_embedding.linear_1.weight", {1280, 2816}}}), Sdxl, "", "diffusers_controlnet.sdxl_small"),
        controlnet("diffusers controlnet without attention", diffusers({{"mid_block.resnets.0.norm1.weight", {1280}}}),
            Unknown, "", "diffusers_controlnet.unknown_base"),
    };
}

Blueprint xlabs(const char* block)
{
    return tensors({{block, {3072}}, {"double_blocks.0.img_attn.norm.key_norm.scale", {128}}, {"img_in.bias", {3072}},
        {"vector_in.in_layer.bias", {3072}}, {"double_blocks.0.img_mod.lin.bias", {18432}},
        {"txt_in.weight", {3072, 4096}}});
}

Cases transformers()
{
    const Blueprint flux = controlnetHeader("flux_union_diffusers");
    const Blueprint sd3 = controlnetHeader("sd3_diffusers");
    const Blueprint stability = joined({sd3, tensors({{"transformer_blocks.0.adaLN_modulation.1.bias", {14592}}})});
    return {
        controlnet("flux controlnet of XLabs", xlabs("controlnet_blocks.0.bias"), Flux, "", "flux_controlnet.xlabs"),
        controlnet("flux controlnet of MistoLine", xlabs("controlnet_blocks.0.linear.bias"), Flux, "",
            "flux_controlnet.mistoline"),
        controlnet("flux controlnet for many uses", flux, Flux, "union", "flux_controlnet.diffusers"),
        controlnet("flux controlnet of diffusers", without(flux, "controlnet_mode_embedder."), Flux, "",
            "flux_controlnet.diffusers"),
        controlnet("qwen controlnet of diffusers", controlnetHeader("qwen_diffusers"), QwenImage, "",
            "qwen_controlnet.diffusers"),
        controlnet("qwen controlnet of DiffSynth",
            tensors(
                {{"controlnet_blocks.0.input_proj.weight", {3072, 3072}}, {"controlnet_blocks.0.x_rms.weight", {3072}},
                    {"controlnet_blocks.59.input_proj.bias", {3072}}, {"img_in.weight", {3072, 64}}}),
            QwenImage, "", "qwen_controlnet.diffsynth"),
        controlnet("sd3 controlnet", sd3, Sd3, "", "sd3_controlnet.diffusers"),
        controlnet("sd3.5 controlnet", stability, Sd35, "large", "sd3_controlnet.stability"),
        controlnet("hunyuan dit controlnet", tensors({{"after_proj_list.18.bias", {1408}}}), HunyuanDit, "",
            "hunyuan_dit_controlnet"),
        controlnet("z-image controlnet",
            tensors(
                {{"control_layers.0.adaLN_modulation.0.bias", {15360}}, {"control_all_x_embedder.2-1.bias", {3840}}}),
            ZImage, "", "z_image_controlnet"),
    };
}

} // namespace

Cases controlnetCases() { return allOf({ldm, diffusersNames, transformers}); }

} // namespace weightroom::test
