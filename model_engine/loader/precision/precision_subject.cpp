// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/identification/quantization.h"
#include "model_engine/loader/precision/precision_plan.h"

#include <algorithm>
#include <array>
#include <string>

namespace weightroom::engine {
namespace {

using A = Architecture;
using Class = PrecisionClass;

/// Those that ComfyUI runs in fp16 first, but for those that diffusers publishes and runs in bf16. All others: bf16.
constexpr std::array kOfFp16{
    A::Sd1, A::Sd2, A::Sdxl, A::SdxlRefiner, A::SdX4Upscaler, A::Svd, A::HunyuanDit, A::StableAudio};

/// T5 overflows in fp16 unless a part of it is kept in fp32; language models were trained in bf16.
constexpr std::array kLargeEncoders{A::T5Xxl, A::T5Xl, A::T5Base, A::Byt5, A::Umt5Xxl, A::Llama3, A::Gemma2, A::Gemma3,
    A::Qwen25Vl, A::Qwen3, A::Mistral3};

constexpr std::array kSmallEncoders{A::ClipL, A::ClipH, A::ClipG, A::JinaClip, A::Siglip, A::Dinov2};

/// VAEs that ComfyUI runs in bf16, by the beginning of their component's id. Those of sound are not among them.
constexpr std::array<std::string_view, 12> kPictureVaes{"vae_kl_f4", "vae_kl_f8", "vae_svd", "vae_flux", "vae_wan",
    "vae_ltx", "vae_hunyuan", "vae_dc_ae", "vae_mochi", "vae_cosmos", "vae_taesd", "vae_taehv"};

constexpr std::string_view kClipVision = "encoder_clip_vision_";

std::string inId(Architecture architecture)
{
    std::string text{toText(architecture)};
    std::ranges::replace_if(
        text, [](char c) { return c == '-' || c == '.'; }, '_');
    return text;
}

/// The architecture that an id names behind its kind, with or without more behind it: "encoder_t5_xxl",
/// "encoder_clip_l_text_encoder".
Architecture architectureInId(std::string_view id, std::string_view kind)
{
    if (!id.starts_with(kind) || !id.substr(kind.size()).starts_with('_'))
        return A::Unknown;
    id.remove_prefix(kind.size() + 1);
    Architecture found = A::Unknown;
    std::size_t longest = 0;
    for (std::size_t i = 1; i <= static_cast<std::size_t>(kLastArchitecture); ++i) {
        const std::string name = inId(static_cast<Architecture>(i));
        const bool isNamed = id == name || id.starts_with(name + "_");
        if (isNamed && name.size() > longest) {
            found = static_cast<Architecture>(i);
            longest = name.size();
        }
    }
    return found;
}

template <class Table>
bool isIn(const Table& table, Architecture architecture)
{
    return std::ranges::find(table, architecture) != table.end();
}

Class classOfVae(std::string_view id)
{
    const bool isKnown =
        std::ranges::any_of(kPictureVaes, [id](std::string_view beginning) { return id.starts_with(beginning); });
    return isKnown ? Class::Vae : Class::Kept;
}

Class classOfEncoder(std::string_view id, Architecture architecture)
{
    if (isIn(kLargeEncoders, architecture))
        return Class::LargeEncoder;
    return isIn(kSmallEncoders, architecture) || id.starts_with(kClipVision) ? Class::ClipEncoder : Class::Kept;
}

Class classOf(const ComponentRecord& component, Architecture architecture)
{
    const bool isOfFp16 = isIn(kOfFp16, architecture);
    switch (component.kind) {
    case ComponentKind::Unet:
        return isOfFp16 ? Class::Unet : Class::Transformer;
    case ComponentKind::Controlnet:
    case ComponentKind::Adapter:
        return isOfFp16 ? Class::Addition : Class::TransformerAddition;
    case ComponentKind::Vae:
        return classOfVae(component.id.text);
    case ComponentKind::Encoder:
        return classOfEncoder(component.id.text, architecture);
    default:
        return Class::Kept;
    }
}

} // namespace

PrecisionSubject precisionSubject(
    const Identification& model, const ComponentRecord& component, std::span<const TensorEntry> tensors)
{
    PrecisionSubject subject;
    subject.architecture = architectureInId(component.id.text, toText(component.kind));
    if (subject.architecture == A::Unknown && component.kind != ComponentKind::Encoder)
        subject.architecture = model.architecture;
    subject.precisionClass = classOf(component, subject.architecture);
    const bool isAlone = model.components.size() == 1;
    subject.isQuantized = (isAlone && !model.quantization.empty())
        || std::ranges::any_of(tensors, [](const TensorEntry& tensor) { return isQuantizationMark(tensor.name); });
    subject.hasBlockTypes = std::ranges::any_of(
        tensors, [](const TensorEntry& tensor) { return traitsOf(tensor.dtype).elementsPerBlock > 1; });
    return subject;
}

} // namespace weightroom::engine
