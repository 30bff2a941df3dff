// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/compatibility/base_needs.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

using enum Architecture;

constexpr EncoderNeed kClipL{ClipL};
constexpr EncoderNeed kClipG{ClipG};
constexpr EncoderNeed kT5{T5Xxl};
/// SD3 was trained with this one left out at times, and runs without it.
constexpr EncoderNeed kOptionalT5{.architecture = T5Xxl, .isOptional = true};

constexpr std::array kNeeds{
    BaseNeeds{Sd1, "", Sd1, 4, {kClipL}},
    BaseNeeds{Sd2, "", Sd1, 4, {{{ClipH}}}},
    BaseNeeds{Sdxl, "", Sdxl, 4, {kClipL, kClipG}},
    BaseNeeds{SdxlRefiner, "", Sdxl, 4, {kClipG}},
    BaseNeeds{SdX4Upscaler, "", SdX4Upscaler, 4, {{{ClipH}}}},
    BaseNeeds{Sd3, "", Sd3, 16, {kClipL, kClipG, kOptionalT5}},
    BaseNeeds{Sd35, "", Sd3, 16, {kClipL, kClipG, kOptionalT5}},
    BaseNeeds{Flux, "", Flux, 16, {kClipL, kT5}},
    BaseNeeds{Flux2, "klein-4b", Flux2, 32, {{{Qwen3, "4b"}}}},
    BaseNeeds{Flux2, "klein-9b", Flux2, 32, {{{Qwen3, "8b"}}}},
    BaseNeeds{Flux2, "", Flux2, 32, {{{Mistral3}}}},
    BaseNeeds{Chroma, "", Flux, 16, {kT5}},
    BaseNeeds{ZImage, "", Flux, 16, {{{Qwen3, "4b"}}}},
    BaseNeeds{Lumina2, "", Flux, 16, {{{Gemma2, "2b"}}}},
    BaseNeeds{QwenImage, "", QwenImage, 16, {{{Qwen25Vl, "7b"}}}},
    BaseNeeds{Pixart, "alpha-or-sigma", Unknown, 4, {kT5}},
    BaseNeeds{Pixart, "alpha", Sd1, 4, {kT5}},
    BaseNeeds{Pixart, "", Sdxl, 4, {kT5}},
    BaseNeeds{AuraFlow, "", Sdxl, 4, {{{T5Xl}}}},
    BaseNeeds{StableCascade, "", StableCascade, 0, {kClipG}},
    BaseNeeds{HunyuanDit, "", Sdxl, 4, {}},
    BaseNeeds{HunyuanImage, "", HunyuanImage, 64, {{{Qwen25Vl, "7b"}, {.architecture = Byt5, .isOptional = true}}}},
    BaseNeeds{Sana, "", Sana, 32, {{{Gemma2, "2b"}}}},
    BaseNeeds{HiDream, "", Flux, 16, {kClipL, kClipG, kT5, EncoderNeed{Llama3, "8b"}}},
    BaseNeeds{OmniGen2, "", Flux, 16, {{{Qwen25Vl, "3b"}}}},
    BaseNeeds{CosmosPredict2, "", Wan, 16, {kT5}},
    BaseNeeds{Anima, "", QwenImage, 16, {{{Qwen3, "0.6b"}}}},
    BaseNeeds{HunyuanVideo, "", HunyuanVideo, 16, {kClipL, EncoderNeed{Llama3, "8b"}}},
    BaseNeeds{Ltx, "", Ltx, 128, {kT5}},
    BaseNeeds{Ltx2, "", Unknown, 0, {{{Gemma3, "12b"}}}},
    BaseNeeds{Wan, "5b", Wan, 48, {{{Umt5Xxl}}}}, // of 2.2, with a VAE of its own
    BaseNeeds{Wan, "", Wan, 16, {{{Umt5Xxl}}}},
    BaseNeeds{Mochi, "", Mochi, 12, {kT5}},
    BaseNeeds{Cosmos, "", Cosmos, 16, {kT5}},
};

} // namespace

const BaseNeeds* needsOf(const Identification& base)
{
    const auto row = std::ranges::find_if(kNeeds, [&base](const BaseNeeds& needs) {
        return needs.base == base.architecture && (needs.variant.empty() || isFlavourOf(base.variant, needs.variant));
    });
    return row == kNeeds.end() ? nullptr : &*row;
}

std::uint32_t latentChannelsOf(Architecture vae)
{
    const auto row = std::ranges::find_if(
        kNeeds, [vae](const BaseNeeds& needs) { return needs.variant.empty() && shareLatents(needs.vae, vae); });
    return row == kNeeds.end() ? 0 : row->latentChannels;
}

bool shareLatents(Architecture a, Architecture b)
{
    const auto family = [](Architecture architecture) {
        if (architecture == Sd2)
            return Sd1;
        return architecture == Sd35 ? Sd3 : architecture;
    };
    return a != Unknown && family(a) == family(b);
}

bool isFlavourOf(std::string_view variant, std::string_view size)
{
    return variant.starts_with(size) && (variant.size() == size.size() || variant[size.size()] == '-');
}

} // namespace weightroom::engine
