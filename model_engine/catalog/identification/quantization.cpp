// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/identification/quantization.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace weightroom::engine {
namespace {

/// In the order of what tells more: a file has several of them.
enum class Scheme : std::uint8_t { None = 0, Companion, Fp8Scaled, Sdnq, Mixed, Gptq, SvdQuant, BnbInt8, Fp4, Nf4 };
constexpr std::array<std::string_view, 10> kSchemeNames{
    "", "", "fp8_scaled", "sdnq", "comfy_mixed", "gptq", "svdquant", "bnb_int8", "fp4", "nf4"};

struct Mark {
    std::string_view last; ///< part of the name, behind its last dot
    Scheme scheme;
};

// Sorted, to be searched.
constexpr std::array kMarks{
    Mark{"SCB", Scheme::BnbInt8},
    Mark{"absmax", Scheme::Companion},
    Mark{"bitsandbytes__fp4", Scheme::Fp4},
    Mark{"bitsandbytes__nf4", Scheme::Nf4},
    Mark{"comfy_quant", Scheme::Mixed},
    Mark{"input_scale", Scheme::Companion},
    Mark{"nested_absmax", Scheme::Companion},
    Mark{"nested_quant_map", Scheme::Companion},
    Mark{"pre_quant_scale", Scheme::Companion},
    Mark{"quant_map", Scheme::Companion},
    Mark{"qzeros", Scheme::Gptq},
    Mark{"scale_input", Scheme::Companion},
    Mark{"scale_weight", Scheme::Fp8Scaled},
    Mark{"scaled_fp8", Scheme::Fp8Scaled},
    Mark{"weight_format", Scheme::Companion},
    Mark{"weight_scale", Scheme::Fp8Scaled},
    Mark{"weight_scale_2", Scheme::Companion},
    Mark{"wscales", Scheme::SvdQuant},
    Mark{"wtscale", Scheme::SvdQuant},
    Mark{"zero_point", Scheme::Sdnq},
};
static_assert(std::ranges::is_sorted(kMarks, {}, &Mark::last));

Scheme schemeOf(std::string_view name)
{
    const std::string_view last = name.substr(name.rfind('.') + 1);
    if (last == "weight" || last == "bias")
        return Scheme::None;
    const auto mark = std::ranges::lower_bound(kMarks, last, {}, &Mark::last);
    return mark != kMarks.end() && mark->last == last ? mark->scheme : Scheme::None;
}

std::string_view nameOf(Scheme scheme) { return kSchemeNames[static_cast<std::size_t>(scheme)]; }

} // namespace

std::string quantizationOf(std::span<const TensorEntry> tensors)
{
    Scheme scheme = Scheme::None;
    for (const TensorEntry& entry : tensors)
        scheme = std::max(scheme, schemeOf(entry.name));
    return std::string{nameOf(scheme)};
}

std::string quantizationOf(std::string ofTensors, const HeaderMetadata& metadata)
{
    if (!metadata.contains("_quantization_metadata"))
        return ofTensors;
    const auto* const known = std::ranges::find(kSchemeNames, std::string_view{ofTensors});
    const auto scheme = static_cast<Scheme>(known - kSchemeNames.begin());
    return std::string{nameOf(std::max(scheme, Scheme::Mixed))};
}

bool isQuantizationMark(std::string_view name) { return schemeOf(name) != Scheme::None; }

} // namespace weightroom::engine
