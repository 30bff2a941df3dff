// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/catalog/cases/case_builders.h"

namespace weightroom::test {
namespace {

using namespace engine;
using enum Architecture;

using Rows = std::vector<NameAndShape>;

IdentificationCase upscaler(
    std::string name, const Rows& rows, Architecture architecture, std::string variant, std::string rule)
{
    return {.name = std::move(name),
        .blueprint = tensors(rows),
        .kind = ModelKind::Upscaler,
        .architecture = architecture,
        .variant = std::move(variant),
        .components = componentId("upscaler", architecture),
        .rule = std::move(rule)};
}

Rows operator+(Rows a, const Rows& b)
{
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

const NameAndShape kFirst{"conv_first.weight", {64, 3, 3, 3}};

Rows esrgan(std::uint64_t inputs)
{
    return {{"conv_first.weight", {64, inputs, 3, 3}}, {"body.0.rdb1.conv1.weight", {32, 64, 3, 3}},
        {"body.1.rdb1.conv1.weight", {32, 64, 3, 3}}, {"conv_body.weight", {64, 64, 3, 3}},
        {"conv_up1.weight", {64, 64, 3, 3}}, {"conv_up2.weight", {64, 64, 3, 3}}, {"conv_last.weight", {3, 64, 3, 3}}};
}

Rows oldEsrgan(std::uint64_t inputs, const char* last)
{
    return {{"model.0.weight", {64, inputs, 3, 3}}, {"model.1.sub.0.RDB1.conv1.0.weight", {32, 64, 3, 3}},
        {last, {3, 64, 3, 3}}};
}

Rows bsrgan(const Rows& up)
{
    return Rows{kFirst, {"RRDB_trunk.0.RDB1.conv1.weight", {32, 64, 3, 3}}, {"trunk_conv.weight", {64, 64, 3, 3}}} + up;
}

Cases esrgans()
{
    const Rows one{{"upconv1.weight", {64, 64, 3, 3}}};
    const Rows two = one + Rows{{"upconv2.weight", {64, 64, 3, 3}}};
    IdentificationCase archived = upscaler("archived real-esrgan", esrgan(3), Esrgan, "x4", "esrgan");
    archived.blueprint = at("params_ema.", std::move(archived.blueprint));
    return {
        upscaler("real-esrgan x4", esrgan(3), Esrgan, "x4", "esrgan"),
        upscaler("real-esrgan x2", esrgan(12), Esrgan, "x2", "esrgan"),
        upscaler("real-esrgan x1", esrgan(48), Esrgan, "x1", "esrgan"),
        archived,
        upscaler("bsrgan x4", bsrgan(two), Esrgan, "x4", "esrgan.bsrgan"),
        upscaler("bsrgan x2", bsrgan(one), Esrgan, "x2", "esrgan.bsrgan"),
        upscaler("esrgan x8", oldEsrgan(3, "model.13.weight"), Esrgan, "x8", "esrgan.old"),
        upscaler("esrgan x4", oldEsrgan(3, "model.10.weight"), Esrgan, "x4", "esrgan.old"),
        upscaler("esrgan x2 of folded pictures", oldEsrgan(12, "model.10.weight"), Esrgan, "x2", "esrgan.old"),
        upscaler("esrgan x1 of folded pictures", oldEsrgan(48, "model.10.weight"), Esrgan, "x1", "esrgan.old"),
        upscaler("esrgan x2", oldEsrgan(3, "model.7.weight"), Esrgan, "x2", "esrgan.old"),
        upscaler("esrgan x1", oldEsrgan(3, "model.4.weight"), Esrgan, "x1", "esrgan.old"),
        upscaler("real-esrgan compact",
            {{"body.0.weight", {64, 3, 3, 3}}, {"body.1.weight", {64}}, {"body.2.weight", {64, 64, 3, 3}}},
            RealEsrganCompact, "", "realesrgan_compact"),
    };
}

Rows swinIr(const Rows& up)
{
    return Rows{kFirst, {"layers.0.residual_group.blocks.0.norm1.weight", {180}},
               {"layers.0.residual_group.blocks.0.attn.relative_position_index", {64, 64}}}
    + up;
}

Rows shuffle(std::uint64_t outputs) { return {{"upsample.0.weight", {outputs, 64, 3, 3}}}; }

Cases swins()
{
    const Rows two = shuffle(256) + Rows{{"upsample.2.weight", {256, 64, 3, 3}}};
    const Rows three = two + Rows{{"upsample.4.weight", {256, 64, 3, 3}}};
    const Rows nearest{{"conv_up1.weight", {64, 64, 3, 3}}, {"conv_up2.weight", {64, 64, 3, 3}}};
    return {
        upscaler("swinir x8", swinIr(three), SwinIr, "x8", "swinir"),
        upscaler("swinir x4", swinIr(two), SwinIr, "x4", "swinir"),
        upscaler("swinir x3", swinIr(shuffle(576)), SwinIr, "x3", "swinir"),
        upscaler("swinir x2", swinIr(shuffle(256)), SwinIr, "x2", "swinir"),
        upscaler("light swinir x4", swinIr(shuffle(48)), SwinIr, "x4", "swinir"),
        upscaler("light swinir x3", swinIr(shuffle(27)), SwinIr, "x3", "swinir"),
        upscaler("light swinir x2", swinIr(shuffle(12)), SwinIr, "x2", "swinir"),
        upscaler("swinir x4 without shuffling", swinIr(nearest), SwinIr, "x4", "swinir"),
        upscaler("swinir against noise", swinIr({}), SwinIr, "", "swinir"),
        upscaler(
            "swin2sr", swinIr(two) + Rows{{"patch_embed.proj.weight", {180, 180, 1, 1}}}, Swin2Sr, "x4", "swin2sr"),
        upscaler("hat",
            swinIr(two)
                + Rows{{"layers.0.residual_group.overlap_attn.qkv.weight", {540, 180}},
                    {"layers.0.residual_group.blocks.0.conv_block.cab.0.weight", {60, 180, 3, 3}}},
            Hat, "x4", "hat"),
        upscaler("atd", Rows{kFirst, {"layers.0.residual_group.td", {128, 210}}} + two, Atd, "x4", "atd"),
        upscaler("dat",
            Rows{kFirst, {"before_RG.1.weight", {180}}, {"layers.0.blocks.0.attn.attns.0.rpe_biases", {3969, 2}},
                {"layers.0.blocks.0.ffn.sg.norm.weight", {360}}}
                + two,
            Dat, "x4", "dat"),
        upscaler("rgt", Rows{kFirst, {"before_RG.1.weight", {180}}, {"layers.0.blocks.0.gamma", {180}}} + two, Rgt,
            "x4", "rgt"),
        upscaler("drct",
            Rows{kFirst, {"layers.0.swin1.norm1.weight", {180}}, {"layers.0.adjust5.weight", {180, 308, 1, 1}}} + two,
            Drct, "x4", "drct"),
    };
}

Cases others()
{
    const auto omniSr = [](const Rows& up) {
        return Rows{{"input.weight", {64, 3, 3, 3}},
                   {"residual_layer.0.residual_layer.0.layer.0.fn.0.weight", {64, 64, 1, 1}}}
        + up;
    };
    const auto up = [](const char* name, std::uint64_t outputs) { return Rows{{name, {outputs, 64, 3, 3}}}; };
    const auto span = [](const Rows& rows) {
        return Rows{{"block_1.c1_r.sk.weight", {48, 48, 1, 1}}, {"conv_cat.weight", {48, 192, 1, 1}}} + rows;
    };
    constexpr const char* kUp = "up.0.weight";
    constexpr const char* kUpsampler = "upsampler.0.weight";
    return {
        upscaler("omnisr x4", omniSr(up(kUp, 48)), OmniSr, "x4", "omnisr"),
        upscaler("omnisr x3", omniSr(up(kUp, 27)), OmniSr, "x3", "omnisr"),
        upscaler("omnisr x2", omniSr(up(kUp, 12)), OmniSr, "x2", "omnisr"),
        upscaler("omnisr of an odd factor", omniSr(up(kUp, 75)), OmniSr, "", "omnisr"),
        upscaler("span x4", span(up(kUpsampler, 48)), Span, "x4", "span"),
        upscaler("span x3", span(up(kUpsampler, 27)), Span, "x3", "span"),
        upscaler("span x2", span(up(kUpsampler, 12)), Span, "x2", "span"),
        upscaler("span without a factor", span({}), Span, "", "span"),
        upscaler("plksr",
            {{"feats.0.weight", {64, 3, 3, 3}}, {"feats.1.lk.conv.weight", {16, 16, 17, 17}},
                {"feats.1.refine.weight", {64, 64, 1, 1}}},
            Plksr, "", "plksr"),
        upscaler(
            "scunet", {{"m_head.0.weight", {64, 3, 3, 3}}, {"m_tail.0.weight", {3, 64, 3, 3}}}, ScuNet, "", "scunet"),
        upscaler("real-cugan",
            {{"unet1.conv1.conv.0.weight", {32, 3, 3, 3}}, {"unet2.conv1_down.weight", {64, 64, 2, 2}}}, RealCugan, "",
            "realcugan"),
    };
}

} // namespace

Cases upscalerCases() { return allOf({esrgans, swins, others}); }

} // namespace weightroom::test
