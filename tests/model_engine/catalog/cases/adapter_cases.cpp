// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/catalog/cases/case_builders.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace weightroom::test {
namespace {

using namespace engine;
using enum Architecture;
using ModelKind::Hypernetwork;
using ModelKind::IpAdapter;
using ModelKind::MotionModule;
using ModelKind::T2iAdapter;
using ModelKind::TextualInversion;

IdentificationCase adapter(ModelKind kind, std::string name, Blueprint blueprint, Architecture architecture,
    std::string variant, std::string rule)
{
    std::string stem{toText(kind)};
    std::ranges::replace(stem, '-', '_');
    return {.name = std::move(name),
        .blueprint = std::move(blueprint),
        .kind = kind,
        .architecture = architecture,
        .variant = std::move(variant),
        .components = componentId(stem, architecture),
        .rule = std::move(rule)};
}

/// The authors' names; diffusers puts the two residual blocks of a level into one.
Blueprint t2i(std::uint64_t inputs)
{
    return tensors({{"conv_in.weight", {320, inputs, 3, 3}}, {"body.0.block1.weight", {320, 320, 3, 3}},
        {"body.0.block2.weight", {320, 320, 1, 1}}, {"body.2.in_conv.weight", {640, 320, 1, 1}}});
}

Blueprint light(std::uint64_t inputs)
{
    return tensors({{"body.0.in_conv.weight", {80, inputs, 1, 1}}, {"body.0.body.0.block1.weight", {80, 80, 3, 3}}});
}

Cases t2iAdapters()
{
    return {
        adapter(T2iAdapter, "t2i adapter of sd1 in colour", t2i(192), Sd1, "", "t2i_adapter.sd1_colour"),
        adapter(T2iAdapter, "t2i adapter of sd1 in grey", t2i(64), Sd1, "", "t2i_adapter.sd1_grey"),
        adapter(T2iAdapter, "t2i adapter of sdxl in colour", t2i(768), Sdxl, "", "t2i_adapter.sdxl_colour"),
        adapter(T2iAdapter, "t2i adapter of sdxl in grey",
            at("adapter.", renamed(t2i(256), "body.0.block", "body.0.resnets.0.block")), Sdxl, "",
            "t2i_adapter.sdxl_grey"),
        adapter(T2iAdapter, "light t2i adapter in colour", light(192), Sd1, "light", "t2i_adapter.light_colour"),
        adapter(
            T2iAdapter, "light t2i adapter in grey", at("adapter.", light(64)), Sd1, "light", "t2i_adapter.light_grey"),
    };
}

Blueprint ip(std::uint64_t context, const std::vector<NameAndShape>& projection)
{
    return joined(
        {tensors({{"ip_adapter.1.to_k_ip.weight", {320, context}}, {"ip_adapter.1.to_v_ip.weight", {320, context}}}),
            tensors(projection)});
}

const std::vector<NameAndShape> kPlain{{"image_proj.proj.weight", {3072, 1024}}};

Blueprint xlabs(std::uint64_t features)
{
    return tensors({{"ip_adapter_proj_model.proj.weight", {16384, features}},
        {"double_blocks.0.processor.ip_adapter_double_stream_k_proj.weight", {3072, 4096}}});
}

Blueprint redux(std::uint64_t features)
{
    return tensors({{"redux_down.weight", {4096, 12288}}, {"redux_up.weight", {12288, features}}});
}

/// What each shows of the encoder that it was trained on, by the width of its first layer.
Cases encodersOfIpAdapters()
{
    struct Row {
        std::string_view layer;
        std::uint64_t features;
        const char* variant;
    };
    constexpr std::string_view kPlus = "image_proj.proj_in.weight";
    constexpr std::string_view kFace = "image_proj.proj.0.weight";
    constexpr std::string_view kFacePlus = "image_proj.perceiver_resampler.proj_in.weight";
    Cases cases;
    for (const Row& row :
        {Row{kPlus, 1024, "plus-vit-l"}, Row{kPlus, 1152, "plus-siglip"}, Row{kFace, 1664, "full-face-vit-bigg"},
            Row{kFace, 999, "full-face"}, Row{kFacePlus, 1664, "faceid-plus-vit-bigg"},
            Row{kFacePlus, 999, "faceid-plus"}, Row{"image_proj.proj.weight", 1152, "siglip"}}) {
        std::vector<NameAndShape> projection{{std::string{row.layer}, {1024, row.features}}};
        if (row.layer == kPlus)
            projection.push_back({"image_proj.latents", {1, 16, 768}});
        cases.push_back(adapter(IpAdapter, std::string{"ip-adapter "} + row.variant, ip(768, projection), Sd1,
            row.variant, "ip_adapter.sd1"));
    }
    return cases;
}

Cases ipAdapters()
{
    return {
        adapter(IpAdapter, "ip-adapter of sd1", ip(768, kPlain), Sd1, "vit-h", "ip_adapter.sd1"),
        adapter(IpAdapter, "ip-adapter of sd1 and another encoder", ip(768, {{"image_proj.proj.weight", {3072, 1280}}}),
            Sd1, "vit-bigg", "ip_adapter.sd1"),
        adapter(IpAdapter, "ip-adapter of sd1 and a smaller encoder",
            ip(768, {{"image_proj.proj.weight", {3072, 768}}}), Sd1, "vit-l", "ip_adapter.sd1"),
        adapter(IpAdapter, "ip-adapter of sd1 and an unknown encoder",
            ip(768, {{"image_proj.proj.weight", {3072, 999}}}), Sd1, "", "ip_adapter.sd1"),
        adapter(IpAdapter, "ip-adapter plus of sd1", ip(768, {{"image_proj.latents", {1, 16, 768}}}), Sd1, "plus",
            "ip_adapter.sd1"),
        adapter(IpAdapter, "ip-adapter for full faces", ip(768, {{"image_proj.proj.0.weight", {1024, 1280}}}), Sd1,
            "full-face-vit-h", "ip_adapter.sd1"),
        adapter(IpAdapter, "ip-adapter plus of sdxl and the large encoder",
            ip(2048, {{"image_proj.latents", {1, 16, 1280}}, {"image_proj.proj_in.weight", {1280, 1664}}}), Sdxl,
            "plus-vit-bigg", "ip_adapter.sdxl"),
        adapter(IpAdapter, "ip-adapter plus of sdxl",
            ip(2048, {{"image_proj.latents", {1, 16, 1280}}, {"image_proj.proj_in.weight", {1280, 1280}}}), Sdxl,
            "plus-vit-h", "ip_adapter.sdxl"),
        adapter(IpAdapter, "ip-adapter of flux and siglip", ip(4096, {{"image_proj.proj.0.weight", {2304, 1152}}}),
            Architecture::Unknown, "siglip", "ip_adapter.unknown_base"),
        adapter(IpAdapter, "ip-adapter for identities", ip(768, {{"image_proj.proj.0.weight", {1024, 512}}}), Sd1,
            "faceid", "ip_adapter.sd1"),
        adapter(IpAdapter, "ip-adapter plus for identities",
            ip(768,
                {{"image_proj.proj.0.weight", {1024, 512}},
                    {"image_proj.perceiver_resampler.proj_in.weight", {768, 1280}}}),
            Sd1, "faceid-plus-vit-h", "ip_adapter.sd1"),
        adapter(IpAdapter, "ip-adapter of sd2", ip(1024, kPlain), Sd2, "vit-h", "ip_adapter.sd2"),
        adapter(IpAdapter, "ip-adapter of sdxl", ip(2048, kPlain), Sdxl, "vit-h", "ip_adapter.sdxl"),
        adapter(IpAdapter, "ip-adapter of XLabs", xlabs(768), Flux, "xlabs-vit-l", "ip_adapter.xlabs"),
        adapter(IpAdapter, "ip-adapter of XLabs and an unknown encoder", xlabs(999), Flux, "xlabs", "ip_adapter.xlabs"),
        adapter(IpAdapter, "flux redux", redux(1152), Flux, "redux-siglip", "flux_redux"),
        adapter(IpAdapter, "flux redux and an unknown encoder", redux(999), Flux, "redux", "flux_redux"),
        adapter(IpAdapter, "ip-adapter of an unknown base", ip(4096, kPlain), Architecture::Unknown, "vit-h",
            "ip_adapter.unknown_base"),
    };
}

Blueprint animateDiff(int levels)
{
    Blueprint all = tensors({{"down_blocks.0.motion_modules.0.temporal_transformer.transformer_blocks.0."
                              "attention_blocks.0.pos_encoder.pe",
        {1, 24, 320}}});
    for (int level = 0; level < levels; ++level)
        all = joined({std::move(all),
            tensors({{"down_blocks." + std::to_string(level) + ".motion_modules.0.temporal_transformer.norm.bias",
                {320}}})});
    return all;
}

Blueprint diffusersMotion(int levels)
{
    Blueprint all = tensors({{"down_blocks.0.motion_modules.0.transformer_blocks.0.pos_embed.pe", {1, 32, 320}}});
    for (int level = 0; level < levels; ++level)
        all = joined({std::move(all),
            tensors({{"down_blocks." + std::to_string(level) + ".motion_modules.0.norm.bias", {320}}})});
    return all;
}

Cases motionModules()
{
    const Blueprint middle = tensors({{"mid_block.motion_modules.0.temporal_transformer.norm.bias", {1280}}});
    const Blueprint diffusersMiddle = tensors({{"mid_block.motion_modules.0.norm.bias", {1280}}});
    return {
        adapter(MotionModule, "animatediff", animateDiff(4), Sd1, "animatediff", "motion_module.animatediff_sd1"),
        adapter(MotionModule, "animatediff v2", joined({animateDiff(4), middle}), Sd1, "animatediff-v2",
            "motion_module.animatediff_sd1"),
        adapter(
            MotionModule, "animatediff of sdxl", animateDiff(3), Sdxl, "animatediff", "motion_module.animatediff_sdxl"),
        adapter(MotionModule, "animatediff v2 of sdxl", joined({animateDiff(3), middle}), Sdxl, "animatediff-v2",
            "motion_module.animatediff_sdxl"),
        adapter(MotionModule, "diffusers motion adapter", diffusersMotion(4), Sd1, "animatediff",
            "motion_module.diffusers_sd1"),
        adapter(MotionModule, "diffusers motion adapter v2", joined({diffusersMotion(4), diffusersMiddle}), Sd1,
            "animatediff-v2", "motion_module.diffusers_sd1"),
        adapter(MotionModule, "diffusers motion adapter of sdxl", diffusersMotion(3), Sdxl, "animatediff",
            "motion_module.diffusers_sdxl"),
        adapter(MotionModule, "diffusers motion adapter v2 of sdxl", joined({diffusersMotion(3), diffusersMiddle}),
            Sdxl, "animatediff-v2", "motion_module.diffusers_sdxl"),
        adapter(MotionModule, "hotshot-xl",
            tensors({{"down_blocks.0.temporal_attentions.0.transformer_blocks.0.norm1.weight", {320}}}), Sdxl,
            "hotshot-xl", "motion_module.hotshot_xl"),
    };
}

Cases hypernetworks()
{
    const auto pair = [](std::uint64_t width) {
        return tensors({{std::to_string(width) + ".0.linear.0.weight", {2 * width, width}},
            {std::to_string(width) + ".1.linear.0.weight", {2 * width, width}}});
    };
    return {
        adapter(Hypernetwork, "hypernetwork of sd1", joined({pair(320), pair(768)}), Sd1, "", "hypernetwork.sd1"),
        adapter(Hypernetwork, "hypernetwork of sd2", joined({pair(320), pair(1024)}), Sd2, "", "hypernetwork.sd2"),
        adapter(Hypernetwork, "hypernetwork of self-attention", pair(320), Architecture::Unknown, "",
            "hypernetwork.unknown_base"),
    };
}

IdentificationCase embedding(std::string name, Blueprint blueprint, Architecture architecture, std::string rule)
{
    return {.name = std::move(name),
        .blueprint = std::move(blueprint),
        .kind = TextualInversion,
        .architecture = architecture,
        .components = componentId("embedding", architecture),
        .rule = std::move(rule)};
}

Cases textualInversions()
{
    return {
        embedding("embedding of sd1", tensors({{"emb_params", {8, 768}}}), Sd1, "embedding.parameters_sd1"),
        embedding("embedding of sd2", tensors({{"emb_params", {8, 1024}}}), Sd2, "embedding.parameters_sd2"),
        embedding("embedding of clip-g", tensors({{"emb_params", {8, 1280}}}), Sdxl, "embedding.parameters_sdxl"),
        embedding("embedding of sdxl", tensors({{"clip_l", {8, 768}}, {"clip_g", {8, 1280}}}), Sdxl, "embedding.sdxl"),
        embedding("embedding of sd3", tensors({{"clip_l", {8, 768}}, {"clip_g", {8, 1280}}, {"t5xxl", {8, 4096}}}), Sd3,
            "embedding.sd3"),
        embedding("embedding of flux", tensors({{"clip_l", {8, 768}}, {"t5xxl", {8, 4096}}}), Flux, "embedding.flux"),
        embedding(
            "archived embedding of sd1", tensors({{"string_to_param.*", {8, 768}}}), Sd1, "embedding.archive_sd1"),
        embedding(
            "archived embedding of sd2", tensors({{"string_to_param.*", {8, 1024}}}), Sd2, "embedding.archive_sd2"),
        embedding(
            "archived embedding of sdxl", tensors({{"string_to_param.*", {8, 1280}}}), Sdxl, "embedding.archive_sdxl"),
        embedding("token of sd1", tensors({{"<cat-toy>", {768}}}), Sd1, "embedding.token_sd1"),
        embedding("token of sd2", tensors({{"<cat-toy>", {4, 1024}}}), Sd2, "embedding.token_sd2"),
        embedding("tokens of clip-g without brackets", tensors({{"cat", {1280}}, {"toy", {2, 1280}}}), Sdxl,
            "embedding.token_sdxl"),
    };
}

} // namespace

Cases adapterCases()
{
    return allOf({t2iAdapters, ipAdapters, encodersOfIpAdapters, motionModules, hypernetworks, textualInversions});
}

} // namespace weightroom::test
