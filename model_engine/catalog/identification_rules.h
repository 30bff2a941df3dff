// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace weightroom::engine {

/// Where a condition looks. None ends the list of a rule's conditions.
enum class Look : std::uint8_t { None = 0, Exists, Absent, Dimension0, Dimension1, LastDimension };

/// One fact about one tensor: that it is (not) there, or that one of its dimensions has a value.
struct Condition {
    std::string_view key; ///< without the prefix of the place
    Look look = Look::None;
    std::uint64_t value = 0; ///< for the dimensions
};

/// Conditions that must all hold; unused places at the end are Look::None.
using Conditions = std::array<Condition, 6>;

/// A place within a file where a part may lie.
struct Place {
    std::string_view keys; ///< the prefix of the keys that the conditions name
    std::string_view
        owned; ///< the prefix of all tensors that belong to the part, wrappers such as "logit_scale" included
};

/// What tells flavours of one architecture apart.
struct VariantRule {
    std::string_view variant;
    Conditions conditions;
};

/// One row of the table: what a part looks like, and what it makes of a file.
struct PartRule {
    std::string_view name; ///< as it stands in the evidence
    ModelKind alone = ModelKind::Unknown; ///< what a file is that holds this part and nothing of greater weight
    ComponentKind component = ComponentKind::Other;
    std::string_view componentId;
    Architecture architecture = Architecture::Unknown; ///< Unknown where the structure cannot tell it
    std::span<const Place> places;
    Conditions conditions;
    std::span<const VariantRule> variants; ///< empty: `onlyVariant`; else the first that holds
    std::string_view onlyVariant;
    double confidence = 1; ///< below 1 where a deciding key is missing and the rule is what is left
};

/// All rules, the weightiest part first: a diffusion model decides what a file is, then a ControlNet, a VAE, a text
/// encoder. Within a kind the first row that holds wins, so the special stands before the general.
[[nodiscard]] std::span<const PartRule> partRules();

/// The variant of a file whose architecture is certain, but none of whose known flavours fits.
inline constexpr std::string_view kUnknownVariant = "unknown-variant";

} // namespace weightroom::engine
