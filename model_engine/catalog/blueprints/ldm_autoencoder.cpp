// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/blueprints/ldm.h"

#include <array>

namespace weightroom::engine {
namespace {

constexpr std::array<std::uint64_t, 4> kChannels{128, 256, 512, 512}; // one a level, from the image inwards
constexpr std::size_t kLevels = kChannels.size();
constexpr std::uint64_t kInnermost = kChannels.back();
constexpr std::uint64_t kEncoderBlocks = 2; // a level; the decoder has one more
constexpr std::uint64_t kImageChannels = 3;

void residual(PartBuilder& part, const std::string& name, std::uint64_t in, std::uint64_t out)
{
    part.norm(name + ".norm1", in);
    part.convolution(name + ".conv1", out, in, 3);
    part.norm(name + ".norm2", out);
    part.convolution(name + ".conv2", out, out, 3);
    if (in != out)
        part.convolution(name + ".nin_shortcut", out, in, 1);
}

void middle(PartBuilder& part, const std::string& name)
{
    residual(part, name + ".block_1", kInnermost, kInnermost);
    part.norm(name + ".attn_1.norm", kInnermost);
    for (const char* layer : {".attn_1.q", ".attn_1.k", ".attn_1.v", ".attn_1.proj_out"})
        part.convolution(name + layer, kInnermost, kInnermost, 1);
    residual(part, name + ".block_2", kInnermost, kInnermost);
}

/// One level's residual blocks; gives the channels behind them.
std::uint64_t blocks(
    PartBuilder& part, const std::string& name, std::uint64_t count, std::uint64_t in, std::uint64_t out)
{
    for (std::uint64_t block = 0; block < count; ++block) {
        residual(part, name + ".block." + std::to_string(block), in, out);
        in = out;
    }
    return out;
}

void encoder(PartBuilder& part, std::uint64_t latentChannels)
{
    part.convolution("encoder.conv_in", kChannels.front(), kImageChannels, 3);
    std::uint64_t channels = kChannels.front();
    for (std::size_t level = 0; level < kLevels; ++level) {
        const std::string name = "encoder.down." + std::to_string(level);
        channels = blocks(part, name, kEncoderBlocks, channels, kChannels[level]);
        if (level + 1 < kLevels)
            part.convolution(name + ".downsample.conv", channels, channels, 3);
    }
    middle(part, "encoder.mid");
    part.norm("encoder.norm_out", kInnermost);
    part.convolution("encoder.conv_out", 2 * latentChannels, kInnermost, 3); // mean and variance
}

void decoder(PartBuilder& part, std::uint64_t latentChannels)
{
    part.convolution("decoder.conv_in", kInnermost, latentChannels, 3);
    middle(part, "decoder.mid");
    std::uint64_t channels = kInnermost;
    for (std::size_t level = kLevels; level-- > 0;) {
        const std::string name = "decoder.up." + std::to_string(level);
        channels = blocks(part, name, kEncoderBlocks + 1, channels, kChannels[level]);
        if (level > 0)
            part.convolution(name + ".upsample.conv", channels, channels, 3);
    }
    part.norm("decoder.norm_out", kChannels.front());
    part.convolution("decoder.conv_out", kImageChannels, kChannels.front(), 3);
}

} // namespace

Blueprint autoencoder(Autoencoder kind, Dtype dtype)
{
    const std::uint64_t latentChannels = kind == Autoencoder::KlF8 ? 4 : 16;
    PartBuilder part{dtype};
    encoder(part, latentChannels);
    decoder(part, latentChannels);
    if (kind == Autoencoder::KlF8) {
        part.convolution("quant_conv", 2 * latentChannels, 2 * latentChannels, 1);
        part.convolution("post_quant_conv", latentChannels, latentChannels, 1);
    }
    return part.take();
}

Blueprint noiseSchedule()
{
    constexpr std::uint64_t kSteps = 1000;
    PartBuilder part{Dtype::F32};
    for (const char* name :
        {"betas", "alphas_cumprod", "alphas_cumprod_prev", "sqrt_alphas_cumprod", "sqrt_one_minus_alphas_cumprod",
            "log_one_minus_alphas_cumprod", "sqrt_recip_alphas_cumprod", "sqrt_recipm1_alphas_cumprod",
            "posterior_variance", "posterior_log_variance_clipped", "posterior_mean_coef1", "posterior_mean_coef2"})
        part.tensor(name, {kSteps});
    return part.take();
}

} // namespace weightroom::engine
