// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace weightroom::engine {

/// Element types: all that safetensors 0.8 and GGUF v3 know. A GGUF block type packs several elements into one block.
enum class Dtype : std::uint8_t {
    Unknown = 0,
    // safetensors
    Bool,
    U8,
    I8,
    I16,
    U16,
    F16,
    Bf16,
    I32,
    U32,
    F32,
    F64,
    I64,
    U64,
    C64,
    F8E4M3,
    F8E5M2,
    F8E4M3Fnuz,
    F8E5M2Fnuz,
    F8E8M0,
    F4,
    F6E2M3,
    F6E3M2,
    // GGUF block types
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q8_1,
    Q2K,
    Q3K,
    Q4K,
    Q5K,
    Q6K,
    Q8K,
    Iq2Xxs,
    Iq2Xs,
    Iq3Xxs,
    Iq1S,
    Iq4Nl,
    Iq3S,
    Iq2S,
    Iq4Xs,
    Iq1M,
    Tq1_0,
    Tq2_0,
    Mxfp4,
    Nvfp4,
};

/// What a type is: its block, its spelling, whether it is a floating-point type.
struct DtypeTraits {
    Dtype dtype;
    std::string_view name; ///< our snake_case spelling: "fp16", "bf16", "q4_k"
    std::string_view safetensorsName; ///< "F16"; empty when safetensors has no such type
    std::string_view ggufName; ///< "Q4_K"; empty when GGUF has no such type
    std::optional<std::uint32_t> ggufType; ///< ggml_type number, where GGUF has it
    std::uint32_t elementsPerBlock; ///< 1 for plain types
    std::uint32_t bitsPerBlock; ///< with the scales that a GGUF block holds; 0 for Unknown
    bool isFloat; ///< a floating-point or quantised weight, as opposed to integers and booleans
};

/// One row for each type, in the order of the enumeration.
[[nodiscard]] std::span<const DtypeTraits> dtypeTable();
/// The row of a type; that of Unknown for a value that is none of them.
[[nodiscard]] const DtypeTraits& traitsOf(Dtype dtype);
/// Our spelling of a type, as DtypeTraits::name has it.
[[nodiscard]] std::string_view toText(Dtype dtype);
/// The type that a safetensors header calls `name`, spelled exactly so; nothing when it knows no such type.
[[nodiscard]] std::optional<Dtype> dtypeFromSafetensors(std::string_view name);
/// The type with this number of ggml_type; nothing for those that were taken out of GGUF and for those yet to come.
[[nodiscard]] std::optional<Dtype> dtypeFromGguf(std::uint32_t type);

/// Bytes of `elements` elements: nothing when they do not fill whole blocks and bytes, or when the product overflows.
[[nodiscard]] std::optional<Bytes> bytesOf(Dtype dtype, std::uint64_t elements);

} // namespace weightroom::engine
