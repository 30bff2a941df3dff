// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/blueprints/kohya_lora.h"
#include "model_engine/catalog/blueprints/models.h"
#include "tests/model_engine/catalog/cases/case_builders.h"

namespace weightroom::test {
namespace {

using namespace engine;
using enum Architecture;

IdentificationCase open(
    std::string name, Blueprint blueprint, std::string variant, std::string candidates, std::string rule)
{
    IdentificationCase file =
        loraCase(std::move(name), std::move(blueprint), Architecture::Unknown, std::move(variant), std::move(rule));
    file.candidates = std::move(candidates);
    return file;
}

/// One layer, of which only the input's width matters.
Blueprint kohya(const std::string& layer, std::uint64_t in) { return loraLayer(layer, in, 640); }

Blueprint peft(const std::string& layer, std::uint64_t in) { return loraLayer(layer, in, 640, kPeft); }

IdentificationCase lora(std::string name, Blueprint blueprint, Architecture architecture, std::string rule)
{
    const bool isPeft = blueprint.front().name.ends_with(kPeft.down);
    return loraCase(std::move(name), std::move(blueprint), architecture, isPeft ? "peft" : "kohya", std::move(rule));
}

IdentificationCase sized(
    std::string name, Blueprint blueprint, Architecture architecture, std::string baseVariant, std::string rule)
{
    IdentificationCase file = lora(std::move(name), std::move(blueprint), architecture, std::move(rule));
    file.baseVariant = std::move(baseVariant);
    return file;
}

Cases stableDiffusion()
{
    const std::string cross = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_v";
    const Blueprint bundled = joined({kohya(cross, 768),
        tensors({{"bundle_emb.cat.string_to_param.*", {4, 768}}, {"bundle_emb.toy.string_to_param.*", {2, 768}}})});
    IdentificationCase withEmbeddings = lora("sd1 lora with embeddings", bundled, Sd1, "lora.sd1_cross_attention");
    withEmbeddings.components = "lora_sd1 embedding_bundle";
    return {
        lora("sdxl lora", sdxlLora(ModelSize::Full), Sdxl, "lora.sdxl_cross_attention"),
        lora("sdxl lora, small", sdxlLora(ModelSize::Small), Sdxl, "lora.sdxl_cross_attention"),
        lora("sd2 lora", kohyaLora(ldmUnet(sd2Unet(), Dtype::F16), "lora_unet", 16), Sd2, "lora.sd2_cross_attention"),
        lora("sd1 lora of one layer", kohya(cross, 768), Sd1, "lora.sd1_cross_attention"),
        std::move(withEmbeddings),
        lora("refiner lora", kohya("lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k", 1280), SdxlRefiner,
            "lora.refiner_cross_attention"),
        lora("sdxl lora of the second text encoder",
            kohya("lora_te2_text_model_encoder_layers_3_self_attn_q_proj", 1280), Sdxl, "lora.second_text_encoder"),
        lora("sd1 lora of the text encoder", kohya("lora_te_text_model_encoder_layers_3_mlp_fc1", 768), Sd1,
            "lora.sd1_text_encoder"),
        lora("sd2 lora of the text encoder", kohya("lora_te_text_model_encoder_layers_3_mlp_fc1", 1024), Sd2,
            "lora.sd2_text_encoder"),
        lora("sdxl slider", kohya("lora_unet_input_blocks_7_1_transformer_blocks_8_attn1_to_q", 1280), Sdxl,
            "lora.deep_unet_block"),
        loraCase("animatediff motion lora",
            loraLayer("down_blocks.0.motion_modules.0.temporal_transformer.transformer_blocks.0.attention_blocks.0."
                      "processor.to_q",
                320, 320, kOldDiffusers),
            Sd1, "motion", "lora.motion_module"),
        open("lora of the first text encoder", kohya("lora_te1_text_model_encoder_layers_0_mlp_fc1", 768), "kohya",
            "sdxl sd3 flux", "lora.first_text_encoder"),
        open("lora of a shallow block", kohya("lora_unet_input_blocks_1_1_proj_in", 320), "kohya", "",
            "lora.unknown_base"),
    };
}

Cases otherMarks()
{
    IdentificationCase llm = open("lora of a language model",
        peft("base_model.model.model.layers.0.self_attn.q_proj", 4096), "peft", "", "lora.language_model");
    llm.problems = "llm";
    return {
        lora("chroma lora", peft("diffusion_model.distilled_guidance_layer.layers.0.in_layer", 5120), Chroma,
            "lora.chroma_guidance"),
        lora("cascade lora", kohya("lora_prior_unet_down_blocks_0_2_attention_attn_in_proj", 2048), StableCascade,
            "lora.cascade_prior"),
        lora("cascade lora of the text encoder", kohya("lora_prior_te_text_model_encoder_layers_0_mlp_fc1", 1280),
            StableCascade, "lora.cascade_prior"),
        lora("hidream lora", peft("diffusion_model.double_stream_blocks.0.block.attn1.to_q", 2560), HiDream,
            "lora.hidream_blocks"),
        lora("auraflow lora", kohya("lora_unet_single_layers_0_attn_w1q", 3072), AuraFlow, "lora.auraflow_layers"),
        lora("auraflow lora of diffusers", peft("transformer.single_transformer_blocks.0.ff.linear_1", 3072), AuraFlow,
            "lora.auraflow_single"),
        lora("hunyuan video lora of the refiner",
            peft("diffusion_model.txt_in.individual_token_refiner.blocks.0.self_attn.qkv", 3072), HunyuanVideo,
            "lora.hunyuan_video_refiner"),
        lora("hunyuan video lora", kohya("lora_unet_double_blocks_0_img_mlp_fc1", 3072), HunyuanVideo,
            "lora.hunyuan_video_blocks"),
        lora("hunyuan video lora of diffusers", peft("transformer.single_transformer_blocks.39.attn.to_q", 3072),
            HunyuanVideo, "lora.hunyuan_video_depth"),
        lora("hunyuan dit lora", kohya("lora_unet_blocks_0_attn1_Wqkv", 1408), HunyuanDit, "lora.hunyuan_dit_blocks"),
        lora("mochi lora", peft("blocks.0.attn.qkv_x", 3072), Mochi, "lora.mochi_blocks"),
        lora(
            "ltx 2 lora", peft("diffusion_model.transformer_blocks.0.audio_attn1.to_q", 2048), Ltx2, "lora.ltx2_audio"),
        std::move(llm),
        open("lora of names nobody uses", kohya("lora_unet_what_is_this", 777), "kohya", "", "lora.unknown_base"),
    };
}

Cases twoStreams()
{
    return {
        lora("qwen image lora", peft("transformer.transformer_blocks.0.img_mlp.net.2", 12288), QwenImage,
            "lora.qwen_blocks"),
        lora("qwen image lora of the context", peft("transformer.txt_in", 3584), QwenImage, "lora.qwen_text"),
        lora("qwen image lora of attention alone", peft("transformer.transformer_blocks.59.attn.to_q", 3072), QwenImage,
            "lora.qwen_depth"),
        open("lora of the first blocks' attention in diffusers",
            peft("transformer.transformer_blocks.0.attn.to_q", 3072), "peft", "flux flux2 qwen-image",
            "lora.two_streams_of_3072"),
        sized("sd3.5 large lora", peft("transformer.transformer_blocks.0.attn.to_q", 2432), Sd35, "large",
            "lora.sd3.5_large"),
        sized("sd3.5 large lora of the authors' names", kohya("lora_unet_joint_blocks_0_x_block_attn_qkv", 2432), Sd35,
            "large", "lora.sd3.5_large_joint"),
        sized("sd3.5 medium lora", peft("transformer.transformer_blocks.0.attn2.to_q", 1536), Sd35, "medium",
            "lora.sd3.5_medium"),
        sized("sd3.5 medium lora of the authors' names", kohya("lora_unet_joint_blocks_0_x_block_attn2_qkv", 1536),
            Sd35, "medium", "lora.sd3.5_medium_joint"),
        open("sd3 lora", peft("transformer.transformer_blocks.0.attn.to_q", 1536), "peft", "sd3 sd3.5",
            "lora.sd3_or_3.5"),
        open("sd3 lora of the authors' names", kohya("lora_unet_joint_blocks_0_x_block_attn_qkv", 1536), "kohya",
            "sd3 sd3.5", "lora.sd3_or_3.5_joint"),
    };
}

Cases plainBlocks()
{
    return {
        lora("sana lora", peft("transformer.transformer_blocks.0.ff.conv_inverted", 1152), Sana, "lora.sana_blocks"),
        lora("sana 1.6b lora", peft("transformer.transformer_blocks.0.attn1.to_q", 2240), Sana, "lora.sana_width"),
        lora("sana 1.6b lora of the authors' names", kohya("lora_unet_blocks_0_attn_qkv", 2240), Sana,
            "lora.sana_width_blocks"),
        lora("pixart lora", peft("base_model.model.transformer_blocks.0.ff.net.0.proj", 1152), Pixart,
            "lora.pixart_feed_forward"),
        lora("pixart lora of the authors' names", kohya("lora_unet_blocks_0_mlp_fc1", 1152), Pixart, "lora.pixart_mlp"),
        open("lora of pixart's width", peft("transformer.transformer_blocks.0.attn1.to_q", 1152), "peft", "pixart sana",
            "lora.pixart_or_sana"),
        open("lora of pixart's width in blocks", kohya("lora_unet_blocks_0_attn_qkv", 1152), "kohya", "pixart sana",
            "lora.pixart_or_sana_blocks"),
        sized("ltx lora", peft("diffusion_model.transformer_blocks.0.attn1.to_q", 2048), Ltx, "2b", "lora.ltx_blocks"),
        sized("ltx 13b lora", peft("diffusion_model.transformer_blocks.0.attn1.to_q", 4096), Ltx, "13b",
            "lora.ltx_blocks"),
        lora("z-image lora", peft("diffusion_model.layers.0.attention.to_q", 3840), ZImage, "lora.z_image"),
        lora("lumina 2 lora", kohya("lora_unet_noise_refiner_0_attention_qkv", 2304), Lumina2, "lora.lumina2"),
        lora("anima lora", kohya("lora_unet_llm_adapter_blocks_0_self_attn_q_proj", 1024), Anima, "lora.anima_adapter"),
        open("cosmos lora", kohya("lora_unet_blocks_0_mlp_layer1", 2048), "kohya", "cosmos-predict2 anima",
            "lora.cosmos_blocks"),
        sized("wan 1.3b lora", peft("diffusion_model.blocks.0.self_attn.q", 1536), Wan, "1.3b", "lora.wan_blocks"),
        sized("wan 5b lora", peft("diffusion_model.blocks.0.ffn.0", 3072), Wan, "5b", "lora.wan_blocks"),
        sized("wan 14b lora", kohya("lora_unet_blocks_0_cross_attn_k", 5120), Wan, "14b", "lora.wan_blocks"),
    };
}

// Every way to say the same: cross-attention of SD1, [320, 768].

const std::string kLayer = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k";

IdentificationCase dialect(std::string name, std::vector<NameAndShape> parts, std::string variant)
{
    for (NameAndShape& part : parts)
        part.name.insert(0, kLayer);
    return loraCase(std::move(name), tensors(parts), Sd1, std::move(variant), "lora.sd1_cross_attention");
}

IdentificationCase withoutWidths(std::string name, std::vector<NameAndShape> parts, std::string variant)
{
    IdentificationCase file = dialect(std::move(name), std::move(parts), std::move(variant));
    file.architecture = Architecture::Unknown;
    file.components = "lora_unknown";
    file.rule = "lora.unknown_base";
    return file;
}

Cases plainDialects()
{
    return {
        dialect(
            "kohya's names", {{".lora_down.weight", {8, 768}}, {".lora_up.weight", {320, 8}}, {".alpha", {}}}, "kohya"),
        dialect("kohya's names of a convolution",
            {{".lora_down.weight", {8, 768, 1, 1}}, {".lora_mid.weight", {8, 8, 3, 3}},
                {".lora_up.weight", {320, 8, 1, 1}}},
            "kohya"),
        dialect("names of peft", {{".lora_A.weight", {8, 768}}, {".lora_B.weight", {320, 8}}}, "peft"),
        dialect("names of a peft adapter", {{".lora_A.default.weight", {8, 768}}, {".lora_B.default.weight", {320, 8}}},
            "peft"),
        dialect("names of peft without an ending", {{".lora_A", {8, 768}}, {".lora_B", {320, 8}}}, "peft"),
        dialect("names of an attention processor", {{"_lora.down.weight", {8, 768}}, {"_lora.up.weight", {320, 8}}},
            "diffusers"),
        dialect("names of a layer with a lora", {{".lora.down.weight", {8, 768}}, {".lora.up.weight", {320, 8}}},
            "diffusers"),
        dialect("names of a linear layer with a lora",
            {{".lora_linear_layer.down.weight", {8, 768}}, {".lora_linear_layer.up.weight", {320, 8}}}, "diffusers"),
        dialect("dora", {{".lora_down.weight", {8, 768}}, {".lora_up.weight", {320, 8}}, {".dora_scale", {320, 1}}},
            "dora"),
        dialect("dora of peft",
            {{".lora_A.weight", {8, 768}}, {".lora_B.weight", {320, 8}}, {".lora_magnitude_vector", {320}}}, "dora"),
    };
}

Cases otherDialects()
{
    return {
        dialect("loha",
            {{".hada_w1_a", {320, 8}}, {".hada_w1_b", {8, 768}}, {".hada_w2_a", {320, 8}}, {".hada_w2_b", {8, 768}}},
            "loha"),
        dialect("lokr of a whole and a factored part",
            {{".lokr_w1", {8, 16}}, {".lokr_w2_a", {40, 4}}, {".lokr_w2_b", {4, 48}}}, "lokr"),
        dialect("lokr of two whole parts", {{".lokr_w1", {8, 16}}, {".lokr_w2", {40, 48}}}, "lokr"),
        dialect("lokr of two factored parts",
            {{".lokr_w1_a", {8, 4}}, {".lokr_w1_b", {4, 16}}, {".lokr_w2_a", {40, 4}}, {".lokr_w2_b", {4, 48}}},
            "lokr"),
        dialect("lokr with magnitudes", {{".lokr_w1", {8, 16}}, {".lokr_w2", {40, 48}}, {".dora_scale", {320, 1}}},
            "lokr-dora"),
        dialect("glora",
            {{".a1.weight", {8, 768}}, {".a2.weight", {768, 8}}, {".b1.weight", {8, 320}}, {".b2.weight", {320, 8}}},
            "glora"),
        dialect("glora with the factors swapped",
            {{".a1.weight", {768, 8}}, {".a2.weight", {8, 768}}, {".b1.weight", {320, 8}}, {".b2.weight", {8, 320}}},
            "glora"),
        dialect("whole differences", {{".diff", {320, 768}}, {".diff_b", {320}}}, "full"),
        dialect("whole weights", {{".set_weight", {320, 768}}}, "full"),
        withoutWidths("ia3", {{".weight", {320}}, {".on_input", {}}}, "ia3"),
        withoutWidths("oft", {{".oft_blocks", {4, 80, 80}}}, "oft"),
        withoutWidths("oft of kohya", {{".oft_diag", {4, 80, 80}}, {".rescale", {320, 1}}}, "oft"),
        withoutWidths("boft", {{".oft_blocks", {3, 4, 80, 80}}}, "boft"),
        withoutWidths("differences of norms", {{".w_norm", {320}}, {".b_norm", {320}}}, "full"),
    };
}

} // namespace

Cases loraCases()
{
    return allOf({stableDiffusion, otherMarks, twoStreams, plainBlocks, plainDialects, otherDialects});
}

} // namespace weightroom::test
