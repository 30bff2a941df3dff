// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace weightroom::engine {

/// The family that a model belongs to. The text form is that of the answers: "sd1", "sdxl", "sd3.5", "clip-l", …
enum class Architecture : std::uint8_t {
    Unknown = 0,
    // diffusion models for pictures
    Sd1,
    Sd2,
    Sdxl,
    SdxlRefiner,
    Sd3,
    Sd35,
    SdX4Upscaler,
    Flux, ///< Flux.1
    Flux2,
    Chroma,
    ZImage,
    Lumina2,
    QwenImage,
    Pixart,
    AuraFlow,
    StableCascade,
    HunyuanDit,
    HunyuanImage,
    Sana,
    HiDream,
    OmniGen2,
    CosmosPredict2,
    Anima,
    // for videos, sound and shapes
    Svd,
    HunyuanVideo,
    Ltx,
    Ltx2,
    Wan,
    Mochi,
    Cosmos,
    Kandinsky5,
    StableAudio,
    AceStep,
    Hunyuan3d,
    // encoders of text and pictures
    ClipL,
    ClipH,
    ClipG,
    JinaClip,
    T5Xxl,
    T5Xl,
    T5Base,
    Byt5,
    Umt5Xxl,
    Llama3,
    Gemma2,
    Gemma3,
    Qwen25Vl,
    Qwen3,
    Mistral3,
    Siglip,
    Dinov2,
    // upscalers
    Esrgan,
    RealEsrganCompact,
    RealCugan,
    SwinIr,
    Swin2Sr,
    Hat,
    Dat,
    Drct,
    Rgt,
    Atd,
    OmniSr,
    Span,
    Plksr,
    ScuNet,
};

/// The last enumerator, for those who walk over all of them.
inline constexpr Architecture kLastArchitecture = Architecture::ScuNet;

[[nodiscard]] std::string_view toText(Architecture architecture);
/// Nothing for a text that is none of them, spelled exactly so.
[[nodiscard]] std::optional<Architecture> architectureFromText(std::string_view text);

} // namespace weightroom::engine
