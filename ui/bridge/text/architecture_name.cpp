// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/architecture_name.h"

#include "ui/bridge/text/plain_text.h"

#include <algorithm>
#include <array>

namespace weightroom::ui {
namespace {

using enum engine::Architecture;

struct ArchitectureName {
    engine::Architecture architecture;
    const char* name;
};

constexpr std::array kNames{
    ArchitectureName{Unknown, ""},
    ArchitectureName{Sd1, "SD 1.x"},
    ArchitectureName{Sd2, "SD 2.x"},
    ArchitectureName{Sdxl, "SDXL"},
    ArchitectureName{SdxlRefiner, "SDXL refiner"},
    ArchitectureName{Sd3, "SD 3"},
    ArchitectureName{Sd35, "SD 3.5"},
    ArchitectureName{SdX4Upscaler, "SD \u00d74 upscaler"},
    ArchitectureName{Flux, "Flux.1"},
    ArchitectureName{Flux2, "Flux.2"},
    ArchitectureName{Chroma, "Chroma"},
    ArchitectureName{ZImage, "Z-Image"},
    ArchitectureName{Lumina2, "Lumina 2"},
    ArchitectureName{QwenImage, "Qwen-Image"},
    ArchitectureName{Pixart, "PixArt"},
    ArchitectureName{AuraFlow, "AuraFlow"},
    ArchitectureName{StableCascade, "Stable Cascade"},
    ArchitectureName{HunyuanDit, "HunyuanDiT"},
    ArchitectureName{HunyuanImage, "HunyuanImage"},
    ArchitectureName{Sana, "Sana"},
    ArchitectureName{HiDream, "HiDream"},
    ArchitectureName{OmniGen2, "OmniGen2"},
    ArchitectureName{CosmosPredict2, "Cosmos Predict 2"},
    ArchitectureName{Anima, "Anima"},
    ArchitectureName{Svd, "Stable Video Diffusion"},
    ArchitectureName{HunyuanVideo, "HunyuanVideo"},
    ArchitectureName{Ltx, "LTX-Video"},
    ArchitectureName{Ltx2, "LTX-2"},
    ArchitectureName{Wan, "Wan"},
    ArchitectureName{Mochi, "Mochi"},
    ArchitectureName{Cosmos, "Cosmos"},
    ArchitectureName{Kandinsky5, "Kandinsky 5"},
    ArchitectureName{StableAudio, "Stable Audio"},
    ArchitectureName{AceStep, "ACE-Step"},
    ArchitectureName{Hunyuan3d, "Hunyuan3D"},
    ArchitectureName{ClipL, "CLIP-L"},
    ArchitectureName{ClipH, "CLIP-H"},
    ArchitectureName{ClipG, "CLIP-G"},
    ArchitectureName{JinaClip, "Jina CLIP"},
    ArchitectureName{T5Xxl, "T5-XXL"},
    ArchitectureName{T5Xl, "T5-XL"},
    ArchitectureName{T5Base, "T5-base"},
    ArchitectureName{Byt5, "ByT5"},
    ArchitectureName{Umt5Xxl, "UMT5-XXL"},
    ArchitectureName{Llama3, "Llama 3"},
    ArchitectureName{Gemma2, "Gemma 2"},
    ArchitectureName{Gemma3, "Gemma 3"},
    ArchitectureName{Qwen25Vl, "Qwen2.5-VL"},
    ArchitectureName{Qwen3, "Qwen3"},
    ArchitectureName{Mistral3, "Mistral 3"},
    ArchitectureName{Siglip, "SigLIP"},
    ArchitectureName{Dinov2, "DINOv2"},
    ArchitectureName{Esrgan, "ESRGAN"},
    ArchitectureName{RealEsrganCompact, "Real-ESRGAN compact"},
    ArchitectureName{RealCugan, "Real-CUGAN"},
    ArchitectureName{SwinIr, "SwinIR"},
    ArchitectureName{Swin2Sr, "Swin2SR"},
    ArchitectureName{Hat, "HAT"},
    ArchitectureName{Dat, "DAT"},
    ArchitectureName{Drct, "DRCT"},
    ArchitectureName{Rgt, "RGT"},
    ArchitectureName{Atd, "ATD"},
    ArchitectureName{OmniSr, "OmniSR"},
    ArchitectureName{Span, "SPAN"},
    ArchitectureName{Plksr, "PLKSR"},
    ArchitectureName{ScuNet, "SCUNet"},
};
static_assert(kNames.size() == static_cast<std::size_t>(engine::kLastArchitecture) + 1);

} // namespace

QString architectureName(engine::Architecture architecture)
{
    const auto row = std::ranges::find(kNames, architecture, &ArchitectureName::architecture);
    return row == kNames.end() ? plainText(engine::toText(architecture)) : QString::fromUtf8(row->name);
}

QList<std::pair<QString, QString>> architectureChoices()
{
    QList<std::pair<QString, QString>> choices;
    for (const ArchitectureName& row : kNames) {
        if (row.architecture != Unknown)
            choices.append({plainText(engine::toText(row.architecture)), architectureName(row.architecture)});
    }
    std::ranges::sort(choices, [](const auto& left, const auto& right) {
        return QString::compare(left.second, right.second, Qt::CaseInsensitive) < 0;
    });
    return choices;
}

} // namespace weightroom::ui
