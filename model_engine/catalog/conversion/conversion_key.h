// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/conversion/conversion.h"
#include "model_engine/catalog/conversion/conversion_plan.h"

#include <array>
#include <cstdint>
#include <span>

namespace weightroom::engine {

/// What the bytes of a conversion's files depend on: two conversions with one key write the same.
struct ConversionKey {
    std::array<std::uint64_t, 2> words{}; ///< XXH3, 128 bits

    friend bool operator==(const ConversionKey&, const ConversionKey&) = default;
};

/// Of the source's files as they are now, the request, the headers of all files of the plan, and the sources of the
/// rules by which this build converts: a key of another build is never the same. `contents`: one for each file of the
/// plan. Devices do not count: a machine numbers them anew when it starts.
[[nodiscard]] ConversionKey conversionKey(const ModelRecord& source, const ConversionRequest& request,
    const ConversionPlan& plan, std::span<const SafetensorsContent> contents);

} // namespace weightroom::engine
