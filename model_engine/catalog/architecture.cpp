// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/architecture.h"

#include "model_engine/catalog/text_table.h"

#include <array>

namespace weightroom::engine {
namespace {

constexpr std::array kArchitectures{
    TextRow{Architecture::Unknown, "unknown"},
    TextRow{Architecture::Sd1, "sd1"},
    TextRow{Architecture::Sd2, "sd2"},
    TextRow{Architecture::Sdxl, "sdxl"},
    TextRow{Architecture::SdxlRefiner, "sdxl-refiner"},
    TextRow{Architecture::Sd3, "sd3"},
    TextRow{Architecture::Sd35, "sd3.5"},
    TextRow{Architecture::SdX4Upscaler, "sd-x4-upscaler"},
    TextRow{Architecture::Flux, "flux"},
    TextRow{Architecture::Flux2, "flux2"},
    TextRow{Architecture::Chroma, "chroma"},
    TextRow{Architecture::ZImage, "z-image"},
    TextRow{Architecture::Lumina2, "lumina2"},
    TextRow{Architecture::QwenImage, "qwen-image"},
    TextRow{Architecture::Pixart, "pixart"},
    TextRow{Architecture::AuraFlow, "auraflow"},
    TextRow{Architecture::StableCascade, "stable-cascade"},
    TextRow{Architecture::HunyuanDit, "hunyuan-dit"},
    TextRow{Architecture::HunyuanImage, "hunyuan-image"},
    TextRow{Architecture::Sana, "sana"},
    TextRow{Architecture::HiDream, "hidream"},
    TextRow{Architecture::OmniGen2, "omnigen2"},
    TextRow{Architecture::CosmosPredict2, "cosmos-predict2"},
    TextRow{Architecture::Anima, "anima"},
    TextRow{Architecture::Svd, "svd"},
    TextRow{Architecture::HunyuanVideo, "hunyuan-video"},
    TextRow{Architecture::Ltx, "ltx"},
    TextRow{Architecture::Ltx2, "ltx2"},
    TextRow{Architecture::Wan, "wan"},
    TextRow{Architecture::Mochi, "mochi"},
    TextRow{Architecture::Cosmos, "cosmos"},
    TextRow{Architecture::Kandinsky5, "kandinsky5"},
    TextRow{Architecture::StableAudio, "stable-audio"},
    TextRow{Architecture::AceStep, "ace-step"},
    TextRow{Architecture::Hunyuan3d, "hunyuan3d"},
    TextRow{Architecture::ClipL, "clip-l"},
    TextRow{Architecture::ClipH, "clip-h"},
    TextRow{Architecture::ClipG, "clip-g"},
    TextRow{Architecture::JinaClip, "jina-clip"},
    TextRow{Architecture::T5Xxl, "t5-xxl"},
    TextRow{Architecture::T5Xl, "t5-xl"},
    TextRow{Architecture::T5Base, "t5-base"},
    TextRow{Architecture::Byt5, "byt5"},
    TextRow{Architecture::Umt5Xxl, "umt5-xxl"},
    TextRow{Architecture::Llama3, "llama3"},
    TextRow{Architecture::Gemma2, "gemma2"},
    TextRow{Architecture::Gemma3, "gemma3"},
    TextRow{Architecture::Qwen25Vl, "qwen2.5-vl"},
    TextRow{Architecture::Qwen3, "qwen3"},
    TextRow{Architecture::Mistral3, "mistral3"},
    TextRow{Architecture::Siglip, "siglip"},
    TextRow{Architecture::Dinov2, "dinov2"},
    TextRow{Architecture::Esrgan, "esrgan"},
    TextRow{Architecture::RealEsrganCompact, "realesrgan-compact"},
    TextRow{Architecture::RealCugan, "realcugan"},
    TextRow{Architecture::SwinIr, "swinir"},
    TextRow{Architecture::Swin2Sr, "swin2sr"},
    TextRow{Architecture::Hat, "hat"},
    TextRow{Architecture::Dat, "dat"},
    TextRow{Architecture::Drct, "drct"},
    TextRow{Architecture::Rgt, "rgt"},
    TextRow{Architecture::Atd, "atd"},
    TextRow{Architecture::OmniSr, "omnisr"},
    TextRow{Architecture::Span, "span"},
    TextRow{Architecture::Plksr, "plksr"},
    TextRow{Architecture::ScuNet, "scunet"},
};
static_assert(isComplete(kArchitectures, kLastArchitecture));

} // namespace

std::string_view toText(Architecture architecture) { return textOf(kArchitectures, architecture); }

std::optional<Architecture> architectureFromText(std::string_view text) { return valueOf(kArchitectures, text); }

} // namespace weightroom::engine
