// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"
#include "model_engine/core/settings/precision_choice.h"
#include "model_engine/formats/tensor_index.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace weightroom::engine {

/// What the types of a component's weights are chosen by.
enum class PrecisionClass : std::uint8_t {
    Kept = 0, ///< LoRAs, embeddings, upscalers, and what is not known
    Unet, ///< trained in fp32 and used in fp16: those of SD 1, SD 2, SDXL, …
    Transformer, ///< trained in bf16, and all that are not known: bf16 has the range of fp32
    Addition, ///< to a UNet: ControlNet, IP-Adapter, …
    TransformerAddition, ///< the same to a transformer
    Vae, ///< of pictures and videos: in fp16 some of them overflow
    ClipEncoder, ///< CLIP and other encoders that run in fp16
    LargeEncoder, ///< T5 and language models, which overflow in fp16
};

/// One row of the table: what each level loads fp32 and fp64 as. Unknown: as stored.
struct PrecisionRule {
    PrecisionClass precisionClass;
    std::string_view title; ///< in docs/precision.md
    Dtype balanced;
    Dtype aggressive; ///< matrices, also those of 16 bits; all other tensors as `balanced`
};

/// One row for each class, in their order.
[[nodiscard]] std::span<const PrecisionRule> precisionRules();

/// A component, as the rules see it.
struct PrecisionSubject {
    PrecisionClass precisionClass = PrecisionClass::Kept;
    Architecture architecture = Architecture::Unknown; ///< of the component: that of a checkpoint's encoder is its own
    bool isQuantized = false; ///< its weights are packed or scaled by tensors that stand beside them
    bool hasBlockTypes = false; ///< GGUF's: whoever made it has chosen the type of every tensor
};

/// `tensors` are those of the component. Pure.
[[nodiscard]] PrecisionSubject precisionSubject(
    const Identification& model, const ComponentRecord& component, std::span<const TensorEntry> tensors);

/// Why a tensor is loaded as it is stored; "asked", "not_a_float", …
enum class KeptBecause : std::uint8_t {
    Converted = 0, ///< it is not
    Asked, ///< level "none", or "as_stored"
    NotAFloat, ///< integers, booleans, and types that cannot be computed with
    Quantized, ///< packed, scaled, or a GGUF type that nobody asked to be unpacked
    SingleNumber, ///< a scale or a counter
    ClassIsKept, ///< the component's class
    Sensitive, ///< the reference runs it in fp32
    NarrowAlready, ///< it would not get smaller
    HasIt, ///< the type that was asked for
};
inline constexpr KeptBecause kLastKeptBecause = KeptBecause::HasIt;
[[nodiscard]] std::string_view toText(KeptBecause reason);

struct PrecisionDecision {
    Dtype dtype = Dtype::Unknown; ///< to load the tensor in
    KeptBecause kept = KeptBecause::Asked;
};

/// Decides for one tensor. Pure; the answer is the tensor's own type or one that convertElements() can bring it to.
[[nodiscard]] PrecisionDecision decidePrecision(
    const PrecisionRequest& request, const PrecisionSubject& subject, const TensorEntry& tensor);
/// The type alone.
[[nodiscard]] Dtype loadedDtype(
    const PrecisionRequest& request, const PrecisionSubject& subject, const TensorEntry& tensor);

} // namespace weightroom::engine
