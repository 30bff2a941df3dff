// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/identification/header_view.h"
#include "model_engine/catalog/identification/parts.h"

#include <span>

namespace weightroom::engine {

struct Differences {
    TensorNameList missing;
    TensorNameList extra;
};

/// What the parts of a file lack, and what they have besides: against the names of the architecture where these are
/// known, else by the numbers of their blocks (then "blocks.7." is missing, once). `variant` is that of the first part,
/// or null.
[[nodiscard]] Differences differencesOf(
    const HeaderView& header, std::span<const Part> parts, const VariantRule* variant);

} // namespace weightroom::engine
