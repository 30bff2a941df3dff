// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/catalog/cases/case_builders.h"

namespace weightroom::test {
namespace {

using namespace engine;
using enum Architecture;
using PredictionType::Edm;
using PredictionType::Epsilon;
using PredictionType::VPrediction;

constexpr Dtype kType = Dtype::F16;

IdentificationCase model(std::string name, Blueprint blueprint, Architecture architecture, std::string variant,
    std::string rule, PredictionType prediction = Epsilon)
{
    return diffusionCase(
        std::move(name), std::move(blueprint), architecture, std::move(variant), std::move(rule), prediction);
}

Blueprint unet(const UnetDesign& design, std::uint64_t inputs = 4)
{
    return ldmUnet(withInputs(design, inputs), kType);
}

Blueprint label(std::uint64_t width) { return tensors({{"label_emb.0.0.weight", {1280, width}}}); }

UnetDesign distilled(std::uint64_t secondLevel, std::uint64_t thirdLevel)
{
    UnetDesign design = sdxlUnet();
    design.depths = {0, secondLevel, thirdLevel};
    design.middleDepth = thirdLevel;
    return design;
}

/// One residual block a level.
Blueprint koala(int depth)
{
    Blueprint all = joined({tensors({{"input_blocks.0.0.weight", {320, 4, 3, 3}},
                                {"input_blocks.3.1.transformer_blocks.0.attn2.to_k.weight", {640, 2048}},
                                {"out.2.weight", {4, 320, 3, 3}}}),
        label(2816)});
    for (int block = 0; block < 6; ++block) {
        const std::string layer = std::to_string(block) + ".0.in_layers.0.weight";
        all = joined({std::move(all), tensors({{"input_blocks." + layer, {320}}, {"output_blocks." + layer, {320}}})});
    }
    for (int block = 0; block < depth; ++block)
        all = joined({std::move(all),
            tensors({{"input_blocks.5.1.transformer_blocks." + std::to_string(block) + ".norm1.weight", {1280}}})});
    return all;
}

Blueprint svd(std::uint64_t labelWidth)
{
    return joined(
        {unet(sd2Unet(), 8), tensors({{"input_blocks.1.0.time_stack.emb_layers.1.bias", {320}}}), label(labelWidth)});
}

Blueprint x4Upscaler()
{
    const UnetDesign design{256, 7, {1, 2, 2, 4}, {0, 1, 1, 1}, 1, 1024, 0, true};
    return joined({ldmUnet(design, kType), tensors({{"label_emb.weight", {1000, 1024}}})});
}

Cases ldm()
{
    const Blueprint sdxl = unet(sdxlUnet());
    return {
        model("sd1 unet alone", unet(sd1Unet()), Sd1, "", "ldm_unet.sd1"),
        model("sd1 inpainting unet", unet(sd1Unet(), 9), Sd1, "inpainting", "ldm_unet.sd1"),
        model("sd1 ip2p", at("model.diffusion_model.", unet(sd1Unet(), 8)), Sd1, "ip2p", "ldm_unet.sd1"),
        model("sd1 with odd input channels", unet(sd1Unet(), 7), Sd1, "unknown-variant", "ldm_unet.sd1"),
        model("sd1 unet in 4 bits", packedToNf4(unet(sd1Unet())), Sd1, "", "ldm_unet.sd1"),
        model("sd2 unet", unet(sd2Unet()), Sd2, "", "ldm_unet.sd2", PredictionType::Unknown),
        model("sd2 inpainting", unet(sd2Unet(), 9), Sd2, "inpainting", "ldm_unet.sd2"),
        model("sd2 ip2p", unet(sd2Unet(), 8), Sd2, "ip2p", "ldm_unet.sd2", PredictionType::Unknown),
        model("sd2 depth", unet(sd2Unet(), 5), Sd2, "depth", "ldm_unet.sd2"),
        model("sd2 unclip l", joined({unet(sd2Unet()), label(1536)}), Sd2, "unclip-l", "ldm_unet.sd2", VPrediction),
        model("sd2 unclip h", joined({unet(sd2Unet()), label(2048)}), Sd2, "unclip-h", "ldm_unet.sd2", VPrediction),
        model("sd x4 upscaler", x4Upscaler(), SdX4Upscaler, "", "ldm_unet.sd_x4_upscaler", VPrediction),
        model("sdxl unet alone", sdxl, Sdxl, "", "ldm_unet.sdxl"),
        model("sdxl inpainting unet", unet(sdxlUnet(), 9), Sdxl, "inpainting", "ldm_unet.sdxl"),
        model("sdxl ip2p unet", unet(sdxlUnet(), 8), Sdxl, "ip2p", "ldm_unet.sdxl"),
        model("sdxl unet in 4 bits", packedToNf4(sdxl), Sdxl, "", "ldm_unet.sdxl"),
        model("sdxl that predicts v", joined({sdxl, tensors({{"v_pred", {}}, {"ztsnr", {}}})}), Sdxl, "",
            "ldm_unet.sdxl", VPrediction),
        model("sdxl that predicts v in edm", joined({sdxl, tensors({{"edm_vpred.sigma_max", {}}})}), Sdxl, "",
            "ldm_unet.sdxl", VPrediction),
        model("playground 2.5", joined({sdxl, tensors({{"edm_mean", {1, 4, 1, 1}}, {"edm_std", {1, 4, 1, 1}}})}), Sdxl,
            "", "ldm_unet.sdxl", Edm),
        model("sdxl refiner unet", unet(sdxlRefinerUnet()), SdxlRefiner, "", "ldm_unet.sdxl_refiner"),
        model("ssd-1b", unet(distilled(2, 4)), Sdxl, "ssd-1b", "ldm_unet.ssd_1b"),
        model("segmind vega", unet(distilled(1, 2)), Sdxl, "segmind-vega", "ldm_unet.segmind_vega"),
        model("koala 700m", koala(5), Sdxl, "koala-700m", "ldm_unet.koala_700m"),
        model("koala 1b", koala(6), Sdxl, "koala-1b", "ldm_unet.koala_1b"),
    };
}

Cases zero123()
{
    IdentificationCase zero123 = model("zero123",
        joined({at("model.diffusion_model.", unet(sd1Unet(), 8)), tensors({{"cc_projection.weight", {768, 772}}})}),
        Sd1, "zero123", "ldm_unet.sd1");
    zero123.components += " other_tensors";
    return {zero123};
}

/// The tensors of a diffusers UNet that tell what it is, and one of each block.
Blueprint diffusersUnet(
    std::uint64_t channels, std::uint64_t input, const std::vector<NameAndShape>& more, int levels = 4)
{
    Blueprint all =
        joined({tensors({{"conv_in.weight", {channels, input, 3, 3}}, {"conv_out.weight", {4, channels, 3, 3}}}),
            tensors(more)});
    for (int level = 0; level < levels; ++level) {
        const std::string block = "_blocks." + std::to_string(level) + ".resnets.0.norm1.weight";
        all = joined({std::move(all), tensors({{"down" + block, {channels}}, {"up" + block, {channels}}})});
    }
    return all;
}

constexpr const char* kContext0 = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight";
constexpr const char* kContext1 = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight";
constexpr const char* kAdd = "add_embedding.linear_1.weight";
constexpr const char* kClass = "class_embedding.linear_1.weight";

Blueprint diffusersSd2(std::uint64_t input) { return diffusersUnet(320, input, {{kContext0, {320, 1024}}}); }

/// SDXL is two and ten transformer blocks deep.
Blueprint diffusersSdxl(std::uint64_t input, int depth = 10)
{
    constexpr int kLevels = 3;
    Blueprint all = diffusersUnet(320, input, {{kContext1, {640, 2048}}, {kAdd, {1280, 2816}}}, kLevels);
    for (int block = 0; block < depth; ++block)
        all = joined({std::move(all),
            tensors({{"down_blocks.2.attentions.0.transformer_blocks." + std::to_string(block) + ".norm1.weight",
                {1280}}})});
    return all;
}

Blueprint diffusersSvd(std::uint64_t added)
{
    return diffusersUnet(320, 8,
        {{kContext0, {320, 1024}}, {kAdd, {1280, added}},
            {"down_blocks.0.attentions.0.temporal_transformer_blocks.0.norm_in.weight", {320}}});
}

Cases diffusers()
{
    const auto unclip = [](std::uint64_t width) {
        return joined({diffusersSd2(4), tensors({{kClass, {1280, width}}})});
    };
    return {
        model("diffusers sd1 unet", diffusersUnet(320, 4, {{kContext0, {320, 768}}}), Sd1, "", "diffusers_unet.sd1"),
        model("diffusers sd1 inpainting unet", diffusersUnet(320, 9, {{kContext0, {320, 768}}}), Sd1, "inpainting",
            "diffusers_unet.sd1"),
        model("diffusers sd1 ip2p unet", diffusersUnet(320, 8, {{kContext0, {320, 768}}}), Sd1, "ip2p",
            "diffusers_unet.sd1"),
        model("diffusers sd2 unet", diffusersSd2(4), Sd2, "", "diffusers_unet.sd2", PredictionType::Unknown),
        model("diffusers sd2 inpainting unet", diffusersSd2(9), Sd2, "inpainting", "diffusers_unet.sd2"),
        model("diffusers sd2 ip2p unet", diffusersSd2(8), Sd2, "ip2p", "diffusers_unet.sd2", PredictionType::Unknown),
        model("diffusers sd2 depth unet", diffusersSd2(5), Sd2, "depth", "diffusers_unet.sd2"),
        model("diffusers sd2 unclip l", unclip(1536), Sd2, "unclip-l", "diffusers_unet.sd2", VPrediction),
        model("diffusers sd2 unclip h", unclip(2048), Sd2, "unclip-h", "diffusers_unet.sd2", VPrediction),
        model("diffusers sd x4 upscaler", diffusersUnet(256, 7, {{"class_embedding.weight", {1000, 1024}}}),
            SdX4Upscaler, "", "diffusers_unet.sd_x4_upscaler", VPrediction),
        model("diffusers sdxl unet", diffusersSdxl(4), Sdxl, "", "diffusers_unet.sdxl"),
        model(
            "diffusers sdxl ip2p unet with prefix", at("unet.", diffusersSdxl(8)), Sdxl, "ip2p", "diffusers_unet.sdxl"),
        model("diffusers sdxl inpainting unet", diffusersSdxl(9), Sdxl, "inpainting", "diffusers_unet.sdxl"),
        model("diffusers ssd-1b", diffusersSdxl(4, 4), Sdxl, "ssd-1b", "diffusers_unet.ssd_1b"),
        model("diffusers segmind vega", diffusersSdxl(4, 2), Sdxl, "segmind-vega", "diffusers_unet.segmind_vega"),
        model("diffusers koala 700m", diffusersSdxl(4, 5), Sdxl, "koala-700m", "diffusers_unet.koala_700m"),
        model("diffusers koala 1b", diffusersSdxl(4, 6), Sdxl, "koala-1b", "diffusers_unet.koala_1b"),
        model("diffusers refiner unet", diffusersUnet(384, 4, {{kContext1, {768, 1280}}, {kAdd, {1536, 2560}}}),
            SdxlRefiner, "", "diffusers_unet.sdxl_refiner"),
    };
}

Cases videos()
{
    const auto model = [](std::string name, Blueprint blueprint, std::string variant, std::string rule) {
        return diffusionCase(std::move(name), std::move(blueprint), Svd, std::move(variant), std::move(rule),
            VPrediction, "video-model");
    };
    return {
        model("svd", svd(768), "svd", "ldm_unet.svd"),
        model("sv3d-u", svd(256), "sv3d-u", "ldm_unet.svd"),
        model("sv3d-p", svd(1280), "sv3d-p", "ldm_unet.svd"),
        model("diffusers svd", diffusersSvd(768), "svd", "diffusers_unet.svd"),
        model("diffusers sv3d-u", diffusersSvd(256), "sv3d-u", "diffusers_unet.svd"),
        model("diffusers sv3d-p", diffusersSvd(1280), "sv3d-p", "diffusers_unet.svd"),
    };
}

} // namespace

Cases unetCases() { return allOf({ldm, zero123, diffusers, videos}); }

} // namespace weightroom::test
