// SPDX-License-Identifier: GPL-3.0-or-later
//
// Upscalers, and the factor where the layers tell it.
#include "model_engine/catalog/rules/rule_kinds.h"
#include "model_engine/catalog/rules/tables.h"

namespace weightroom::engine {
namespace {

using enum Look;

// A convolution behind each doubling. An input of 12 or 48 channels is a picture folded by 2 or 4, which takes as much
// away from the factor.
constexpr std::array kEsrganFactors{
    VariantRule{"x1", {{{"conv_first.weight", Dimension1, 48}, {"conv_up2.weight", Exists}}}},
    VariantRule{"x2", {{{"conv_first.weight", Dimension1, 12}, {"conv_up2.weight", Exists}}}},
    VariantRule{"x4", {{{"conv_first.weight", Dimension1, 3}, {"conv_up2.weight", Exists}}}},
};
constexpr std::array kBsrganFactors{
    VariantRule{"x4", {{{"upconv2.weight", Exists}}}},
    VariantRule{"x2", {{{"upconv1.weight", Exists}}}},
};
// The old names number the layers: with every doubling three more.
constexpr std::array kOldEsrganFactors{
    VariantRule{"x8", {{{"model.0.weight", Dimension1, 3}, {"model.13.weight", Exists}}}},
    VariantRule{"x4", {{{"model.0.weight", Dimension1, 3}, {"model.10.weight", Exists}}}},
    VariantRule{"x2", {{{"model.0.weight", Dimension1, 12}, {"model.10.weight", Exists}}}},
    VariantRule{"x1", {{{"model.0.weight", Dimension1, 48}, {"model.10.weight", Exists}}}},
    VariantRule{"x2", {{{"model.0.weight", Dimension1, 3}, {"model.7.weight", Exists}}}},
    VariantRule{"x1", {{{"model.0.weight", Dimension1, 3}, {"model.4.weight", Exists}}}},
};
// Outputs of a pixel shuffle: features × factor²; 64 features, or 3 colours at once.
constexpr std::array kShuffleFactors{
    VariantRule{"x8", {{{"upsample.4.weight", Exists}}}},
    VariantRule{"x4", {{{"upsample.2.weight", Exists}}}},
    VariantRule{"x3", {{{"upsample.0.weight", Dimension0, 576}}}},
    VariantRule{"x2", {{{"upsample.0.weight", Dimension0, 256}}}},
    VariantRule{"x4", {{{"upsample.0.weight", Dimension0, 48}}}},
    VariantRule{"x3", {{{"upsample.0.weight", Dimension0, 27}}}},
    VariantRule{"x2", {{{"upsample.0.weight", Dimension0, 12}}}},
    VariantRule{"x4", {{{"conv_up2.weight", Exists}}}},
    VariantRule{"", {}},
};
constexpr std::array kUpFactors{
    VariantRule{"x4", {{{"up.0.weight", Dimension0, 48}}}},
    VariantRule{"x3", {{{"up.0.weight", Dimension0, 27}}}},
    VariantRule{"x2", {{{"up.0.weight", Dimension0, 12}}}},
    VariantRule{"", {}},
};
constexpr std::array kSpanFactors{
    VariantRule{"x4", {{{"upsampler.0.weight", Dimension0, 48}}}},
    VariantRule{"x3", {{{"upsampler.0.weight", Dimension0, 27}}}},
    VariantRule{"x2", {{{"upsampler.0.weight", Dimension0, 12}}}},
    VariantRule{"", {}},
};

constexpr std::string_view kFirst = "conv_first.weight";
constexpr std::string_view kWindow = "layers.0.residual_group.blocks.0.attn.relative_position_index";

constexpr std::array kRules{
    upscaler({.name = "esrgan",
        .architecture = Architecture::Esrgan,
        .conditions = {{{kFirst, Exists}, {"body.0.rdb1.conv1.weight", Exists}, {"conv_body.weight", Exists}}},
        .variants = kEsrganFactors,
        .whole = blocks({"body."})}),
    upscaler({.name = "esrgan.bsrgan",
        .architecture = Architecture::Esrgan,
        .conditions = {{{kFirst, Exists}, {"RRDB_trunk.0.RDB1.conv1.weight", Exists}, {"trunk_conv.weight", Exists}}},
        .variants = kBsrganFactors,
        .whole = blocks({"RRDB_trunk."})}),
    upscaler({.name = "esrgan.old",
        .architecture = Architecture::Esrgan,
        .conditions = {{{"model.0.weight", Exists}, {"model.1.sub.0.RDB1.conv1.0.weight", Exists}}},
        .variants = kOldEsrganFactors,
        .whole = blocks({"model.1.sub."})}),
    upscaler({.name = "realesrgan_compact",
        .architecture = Architecture::RealEsrganCompact,
        .conditions = {{{"body.0.weight", Rank, 4}, {"body.1.weight", Rank, 1}, {"body.2.weight", Rank, 4},
            {"conv_in.weight", Absent}}}}),
    upscaler({.name = "realcugan",
        .architecture = Architecture::RealCugan,
        .conditions = {{{"unet1.conv1.conv.0.weight", Exists}, {"unet2.conv1_down.weight", Exists}}}}),
    upscaler({.name = "hat",
        .architecture = Architecture::Hat,
        .conditions = {{{kFirst, Exists}, {"layers.0.residual_group.overlap_attn.qkv.weight", Exists},
            {"layers.0.residual_group.blocks.0.conv_block.cab.0.weight", Exists}}},
        .variants = kShuffleFactors,
        .whole = blocks({"layers."})}),
    upscaler({.name = "atd",
        .architecture = Architecture::Atd,
        .conditions = {{{kFirst, Exists}, {"layers.0.residual_group.td", Exists}}},
        .variants = kShuffleFactors,
        .whole = blocks({"layers."})}),
    upscaler({.name = "swin2sr",
        .architecture = Architecture::Swin2Sr,
        .conditions = {{{kFirst, Exists}, {kWindow, Exists}, {"patch_embed.proj.weight", Exists}}},
        .variants = kShuffleFactors,
        .whole = blocks({"layers."})}),
    upscaler({.name = "swinir",
        .architecture = Architecture::SwinIr,
        .conditions = {{{kFirst, Exists}, {kWindow, Exists}, {"patch_embed.proj.weight", Absent}}},
        .variants = kShuffleFactors,
        .whole = blocks({"layers."})}),
    upscaler({.name = "dat",
        .architecture = Architecture::Dat,
        .conditions = {{{kFirst, Exists}, {"before_RG.1.weight", Exists},
            {"layers.0.blocks.0.attn.attns.0.rpe_biases", Exists}, {"layers.0.blocks.0.ffn.sg.norm.weight", Exists}}},
        .variants = kShuffleFactors,
        .whole = blocks({"layers."})}),
    upscaler({.name = "rgt",
        .architecture = Architecture::Rgt,
        .conditions = {{{kFirst, Exists}, {"before_RG.1.weight", Exists}, {"layers.0.blocks.0.gamma", Exists}}},
        .variants = kShuffleFactors,
        .whole = blocks({"layers."})}),
    upscaler({.name = "drct",
        .architecture = Architecture::Drct,
        .conditions = {{{kFirst, Exists}, {"layers.0.swin1.norm1.weight", Exists},
            {"layers.0.adjust5.weight", Exists}}},
        .variants = kShuffleFactors,
        .whole = blocks({"layers."})}),
    upscaler({.name = "omnisr",
        .architecture = Architecture::OmniSr,
        .conditions = {{{"residual_layer.0.residual_layer.0.layer.0.fn.0.weight", Exists}, {"up.0.weight", Exists}}},
        .variants = kUpFactors}),
    upscaler({.name = "span",
        .architecture = Architecture::Span,
        .conditions = {{{"block_1.c1_r.sk.weight", Exists}, {"conv_cat.weight", Exists}}},
        .variants = kSpanFactors}),
    upscaler({.name = "plksr",
        .architecture = Architecture::Plksr,
        .conditions = {{{"feats.0.weight", Exists}, {"feats.1.refine.weight", Exists}, {"feats.1.lk.", AnyBelow}}},
        .whole = blocks({"feats."})}),
    upscaler({.name = "scunet",
        .architecture = Architecture::ScuNet,
        .conditions = {{{"m_head.0.weight", Exists}, {"m_tail.0.weight", Exists}}}}),
};

} // namespace

RuleTable upscalerRules() { return kRules; }

} // namespace weightroom::engine
