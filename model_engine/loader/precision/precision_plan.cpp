// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/precision/precision_plan.h"

#include "model_engine/catalog/identification/quantization.h"
#include "model_engine/catalog/text_table.h"
#include "model_engine/formats/precision.h"
#include "model_engine/loader/precision/precision_names.h"

#include <array>

namespace weightroom::engine {
namespace {

using Class = PrecisionClass;

constexpr std::array kReasons{
    TextRow{KeptBecause::Converted, "converted"},
    TextRow{KeptBecause::Asked, "asked"},
    TextRow{KeptBecause::NotAFloat, "not_a_float"},
    TextRow{KeptBecause::Quantized, "quantized"},
    TextRow{KeptBecause::SingleNumber, "single_number"},
    TextRow{KeptBecause::ClassIsKept, "class_is_kept"},
    TextRow{KeptBecause::Sensitive, "sensitive"},
    TextRow{KeptBecause::NarrowAlready, "narrow_already"},
    TextRow{KeptBecause::HasIt, "has_it"},
};
static_assert(isComplete(kReasons, kLastKeptBecause));

constexpr std::array kRules{
    PrecisionRule{
        Class::Kept, "LoRA, embedding, upscaler, audio VAE, anything unknown", Dtype::Unknown, Dtype::Unknown},
    PrecisionRule{Class::Unet, "UNet (SD 1, SD 2, SDXL, SVD), HunyuanDiT, Stable Audio", Dtype::F16, Dtype::F8E4M3},
    PrecisionRule{
        Class::Transformer, "any other diffusion model (Flux, SD 3, Wan, Qwen-Image, …)", Dtype::Bf16, Dtype::F8E4M3},
    PrecisionRule{
        Class::Addition, "ControlNet and adapter for the models of the row with UNets", Dtype::F16, Dtype::F16},
    PrecisionRule{Class::TransformerAddition, "ControlNet and adapter for other models", Dtype::Bf16, Dtype::Bf16},
    PrecisionRule{Class::Vae, "VAE of pictures and videos", Dtype::Bf16, Dtype::Bf16},
    PrecisionRule{Class::ClipEncoder, "CLIP and other small encoders", Dtype::F16, Dtype::F16},
    PrecisionRule{Class::LargeEncoder, "T5, Qwen, Gemma, Llama, Mistral", Dtype::Bf16, Dtype::F8E4M3},
};

constexpr bool isInOrder()
{
    for (std::size_t row = 0; row < kRules.size(); ++row) {
        if (kRules[row].precisionClass != static_cast<Class>(row))
            return false;
    }
    return kRules.back().precisionClass == Class::LargeEncoder;
}
static_assert(isInOrder(), "one row for each class, in their order");

const PrecisionRule& ruleOf(Class precisionClass)
{
    const auto row = static_cast<std::size_t>(precisionClass);
    return kRules[row < kRules.size() ? row : 0];
}

bool isAskedAsStored(const PrecisionRequest& request)
{
    return request.precision == WantedPrecision::AsStored
        || (request.precision == WantedPrecision::ByLevel && request.level == OptimizationLevel::None);
}

bool isByLevel(const PrecisionRequest& request) { return request.precision == WantedPrecision::ByLevel; }

/// What speaks against any conversion of this tensor, whatever it would become; Converted when nothing does.
KeptBecause untouchable(const PrecisionRequest& request, const PrecisionSubject& subject, const TensorEntry& tensor)
{
    if (isAskedAsStored(request))
        return KeptBecause::Asked;
    if (subject.isQuantized || isQuantizationMark(tensor.name))
        return KeptBecause::Quantized;
    if (!hasNumbers(tensor.dtype))
        return KeptBecause::NotAFloat;
    if (isByLevel(request) && (subject.hasBlockTypes || traitsOf(tensor.dtype).elementsPerBlock > 1))
        return KeptBecause::Quantized;
    if (tensor.shape.elements().value_or(0) <= 1)
        return KeptBecause::SingleNumber;
    return KeptBecause::Converted;
}

/// Of the classes that fp8 is for, whether by the level or because it was asked for. Diffusers and ComfyUI leave VAEs
/// and what is added to a model alone.
bool takesFp8(const PrecisionRequest& request, Class precisionClass)
{
    if (isByLevel(request))
        return request.level == OptimizationLevel::Aggressive && ruleOf(precisionClass).aggressive == Dtype::F8E4M3;
    return request.precision == WantedPrecision::Fp8E4m3fn
        && (ruleOf(precisionClass).aggressive == Dtype::F8E4M3 || precisionClass == Class::ClipEncoder);
}

Dtype namedType(WantedPrecision precision)
{
    switch (precision) {
    case WantedPrecision::Fp32:
        return Dtype::F32;
    case WantedPrecision::Fp16:
        return Dtype::F16;
    case WantedPrecision::Bf16:
        return Dtype::Bf16;
    default:
        return Dtype::Unknown;
    }
}

PrecisionDecision keep(const TensorEntry& tensor, KeptBecause reason) { return {tensor.dtype, reason}; }

/// By the level, and what of a request for fp8 does not become fp8: nothing gets wider.
PrecisionDecision narrowed(const PrecisionSubject& subject, const TensorEntry& tensor, Dtype target)
{
    if (target == Dtype::Unknown)
        return keep(tensor, KeptBecause::ClassIsKept);
    if (staysWide(subject.architecture, tensor.name))
        return keep(tensor, KeptBecause::Sensitive);
    const DtypeTraits& stored = traitsOf(tensor.dtype);
    if (stored.elementsPerBlock == 1 && stored.bitsPerBlock <= traitsOf(target).bitsPerBlock)
        return keep(tensor, KeptBecause::NarrowAlready);
    return {target, KeptBecause::Converted};
}

} // namespace

std::string_view toText(KeptBecause reason) { return textOf(kReasons, reason); }

std::span<const PrecisionRule> precisionRules() { return kRules; }

PrecisionDecision decidePrecision(
    const PrecisionRequest& request, const PrecisionSubject& subject, const TensorEntry& tensor)
{
    if (const KeptBecause reason = untouchable(request, subject, tensor); reason != KeptBecause::Converted)
        return keep(tensor, reason);
    if (const Dtype named = namedType(request.precision); named != Dtype::Unknown) {
        const bool hasIt = named == tensor.dtype;
        return {named, hasIt ? KeptBecause::HasIt : KeptBecause::Converted};
    }
    const bool toFp8 = takesFp8(request, subject.precisionClass) && mayBeFp8(tensor);
    return narrowed(subject, tensor, toFp8 ? Dtype::F8E4M3 : ruleOf(subject.precisionClass).balanced);
}

Dtype loadedDtype(const PrecisionRequest& request, const PrecisionSubject& subject, const TensorEntry& tensor)
{
    return decidePrecision(request, subject, tensor).dtype;
}

} // namespace weightroom::engine
