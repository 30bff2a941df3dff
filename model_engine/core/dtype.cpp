// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/dtype.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

using D = Dtype;

/// Block sizes of the GGUF types: ggml's type_traits and gguf-py's GGML_QUANT_SIZES, which agree on them but for Q8_1
/// (36 bytes in C, 40 in Python; it is a compute type that no file holds). Their names are those of gguf-py's
/// GGMLQuantizationType, which file names and other programs show too.
constexpr std::array kDtypes{
    DtypeTraits{D::Unknown, "unknown", "", "", {}, 1, 0, false},
    DtypeTraits{D::Bool, "bool", "BOOL", "", {}, 1, 8, false},
    DtypeTraits{D::U8, "u8", "U8", "", {}, 1, 8, false},
    DtypeTraits{D::I8, "i8", "I8", "I8", 24U, 1, 8, false},
    DtypeTraits{D::I16, "i16", "I16", "I16", 25U, 1, 16, false},
    DtypeTraits{D::U16, "u16", "U16", "", {}, 1, 16, false},
    DtypeTraits{D::F16, "fp16", "F16", "F16", 1U, 1, 16, true},
    DtypeTraits{D::Bf16, "bf16", "BF16", "BF16", 30U, 1, 16, true},
    DtypeTraits{D::I32, "i32", "I32", "I32", 26U, 1, 32, false},
    DtypeTraits{D::U32, "u32", "U32", "", {}, 1, 32, false},
    DtypeTraits{D::F32, "fp32", "F32", "F32", 0U, 1, 32, true},
    DtypeTraits{D::F64, "fp64", "F64", "F64", 28U, 1, 64, true},
    DtypeTraits{D::I64, "i64", "I64", "I64", 27U, 1, 64, false},
    DtypeTraits{D::U64, "u64", "U64", "", {}, 1, 64, false},
    DtypeTraits{D::C64, "c64", "C64", "", {}, 1, 64, true},
    DtypeTraits{D::F8E4M3, "fp8_e4m3", "F8_E4M3", "", {}, 1, 8, true},
    DtypeTraits{D::F8E5M2, "fp8_e5m2", "F8_E5M2", "", {}, 1, 8, true},
    DtypeTraits{D::F8E4M3Fnuz, "fp8_e4m3fnuz", "F8_E4M3FNUZ", "", {}, 1, 8, true},
    DtypeTraits{D::F8E5M2Fnuz, "fp8_e5m2fnuz", "F8_E5M2FNUZ", "", {}, 1, 8, true},
    DtypeTraits{D::F8E8M0, "fp8_e8m0", "F8_E8M0", "", {}, 1, 8, true},
    DtypeTraits{D::F4, "fp4", "F4", "", {}, 1, 4, true},
    DtypeTraits{D::F6E2M3, "fp6_e2m3", "F6_E2M3", "", {}, 1, 6, true},
    DtypeTraits{D::F6E3M2, "fp6_e3m2", "F6_E3M2", "", {}, 1, 6, true},
    DtypeTraits{D::Q4_0, "q4_0", "", "Q4_0", 2U, 32, 18 * 8, true},
    DtypeTraits{D::Q4_1, "q4_1", "", "Q4_1", 3U, 32, 20 * 8, true},
    DtypeTraits{D::Q5_0, "q5_0", "", "Q5_0", 6U, 32, 22 * 8, true},
    DtypeTraits{D::Q5_1, "q5_1", "", "Q5_1", 7U, 32, 24 * 8, true},
    DtypeTraits{D::Q8_0, "q8_0", "", "Q8_0", 8U, 32, 34 * 8, true},
    DtypeTraits{D::Q8_1, "q8_1", "", "Q8_1", 9U, 32, 36 * 8, true},
    DtypeTraits{D::Q2K, "q2_k", "", "Q2_K", 10U, 256, 84 * 8, true},
    DtypeTraits{D::Q3K, "q3_k", "", "Q3_K", 11U, 256, 110 * 8, true},
    DtypeTraits{D::Q4K, "q4_k", "", "Q4_K", 12U, 256, 144 * 8, true},
    DtypeTraits{D::Q5K, "q5_k", "", "Q5_K", 13U, 256, 176 * 8, true},
    DtypeTraits{D::Q6K, "q6_k", "", "Q6_K", 14U, 256, 210 * 8, true},
    DtypeTraits{D::Q8K, "q8_k", "", "Q8_K", 15U, 256, 292 * 8, true},
    DtypeTraits{D::Iq2Xxs, "iq2_xxs", "", "IQ2_XXS", 16U, 256, 66 * 8, true},
    DtypeTraits{D::Iq2Xs, "iq2_xs", "", "IQ2_XS", 17U, 256, 74 * 8, true},
    DtypeTraits{D::Iq3Xxs, "iq3_xxs", "", "IQ3_XXS", 18U, 256, 98 * 8, true},
    DtypeTraits{D::Iq1S, "iq1_s", "", "IQ1_S", 19U, 256, 50 * 8, true},
    DtypeTraits{D::Iq4Nl, "iq4_nl", "", "IQ4_NL", 20U, 32, 18 * 8, true},
    DtypeTraits{D::Iq3S, "iq3_s", "", "IQ3_S", 21U, 256, 110 * 8, true},
    DtypeTraits{D::Iq2S, "iq2_s", "", "IQ2_S", 22U, 256, 82 * 8, true},
    DtypeTraits{D::Iq4Xs, "iq4_xs", "", "IQ4_XS", 23U, 256, 136 * 8, true},
    DtypeTraits{D::Iq1M, "iq1_m", "", "IQ1_M", 29U, 256, 56 * 8, true},
    DtypeTraits{D::Tq1_0, "tq1_0", "", "TQ1_0", 34U, 256, 54 * 8, true},
    DtypeTraits{D::Tq2_0, "tq2_0", "", "TQ2_0", 35U, 256, 66 * 8, true},
    DtypeTraits{D::Mxfp4, "mxfp4", "", "MXFP4", 39U, 32, 17 * 8, true},
    DtypeTraits{D::Nvfp4, "nvfp4", "", "NVFP4", 40U, 64, 36 * 8, true},
};

constexpr bool isInOrder()
{
    for (std::size_t row = 0; row < kDtypes.size(); ++row) {
        if (kDtypes[row].dtype != static_cast<Dtype>(row))
            return false;
    }
    return kDtypes.back().dtype == Dtype::Nvfp4;
}
static_assert(isInOrder(), "one row per type, in the order of the enumeration, up to the last");

} // namespace

std::span<const DtypeTraits> dtypeTable() { return kDtypes; }

const DtypeTraits& traitsOf(Dtype dtype)
{
    const auto row = static_cast<std::size_t>(dtype);
    return kDtypes[row < kDtypes.size() ? row : 0];
}

std::string_view toText(Dtype dtype) { return traitsOf(dtype).name; }

std::optional<Dtype> dtypeFromSafetensors(std::string_view name)
{
    const auto found = std::ranges::find(kDtypes, name, &DtypeTraits::safetensorsName);
    if (name.empty() || found == kDtypes.end())
        return std::nullopt;
    return found->dtype;
}

std::optional<Dtype> dtypeFromGguf(std::uint32_t type)
{
    const auto found = std::ranges::find(kDtypes, std::optional{type}, &DtypeTraits::ggufType);
    if (found == kDtypes.end())
        return std::nullopt;
    return found->dtype;
}

std::optional<Bytes> bytesOf(Dtype dtype, std::uint64_t elements)
{
    const DtypeTraits& traits = traitsOf(dtype);
    if (traits.bitsPerBlock == 0 || elements % traits.elementsPerBlock != 0)
        return std::nullopt;
    const auto bits = checkedMultiply(elements / traits.elementsPerBlock, traits.bitsPerBlock);
    if (!bits || *bits % 8 != 0)
        return std::nullopt;
    return Bytes{*bits / 8};
}

} // namespace weightroom::engine
