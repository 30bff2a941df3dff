// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace weightroom::engine {

class KnownTensors;

/// Where a condition looks. None ends the list of a rule's conditions.
enum class Look : std::uint8_t {
    None = 0,
    Exists,
    Absent,
    Dimension0,
    Dimension1,
    LastDimension,
    Width, ///< the last dimension, also of a weight whose rows were packed into bytes of two values each
    Rank, ///< the number of dimensions
    AnyBelow, ///< some name begins with the key
    WidthBelow, ///< the last dimension of the first tensor whose name begins with the key
    Noted, ///< holds either way: it does not decide, and a person wants to know
};

/// One fact about one tensor: that it is (not) there, or that one of its dimensions has a value.
struct Condition {
    std::string_view key; ///< without the prefix of the place; after a '/' the whole name
    Look look = Look::None;
    std::uint64_t value = 0; ///< for the dimensions
};

/// Conditions that must all hold; unused places at the end are Look::None.
using Conditions = std::array<Condition, 7>;

/// Which prefixes a part is looked for under.
enum class PlaceSet : std::uint8_t {
    Whole = 0, ///< none: the part is the file
    Diffusion,
    Vae,
    Controlnet,
    Adapter,
    Upscaler,
    Encoder, ///< of text and pictures, where checkpoints keep them
    Language, ///< the same, and within them where a language model keeps its layers
};

/// What tells flavours of one architecture apart.
struct VariantRule {
    std::string_view variant;
    Conditions conditions;
    PredictionType prediction = PredictionType::Unknown; ///< Unknown: that of the rule
    std::uint32_t blocks = 0; ///< how many the first list of the rule's blocks has in this flavour; 0: as the rule says
};

/// Blocks that are numbered: "blocks." for "blocks.0.…", "blocks.1.…".
struct BlockList {
    std::string_view prefix{};
    std::uint32_t least = 0; ///< how many all releases have
};

/// How it is found out whether a part is whole.
struct Completeness {
    const KnownTensors& (*tensors)() = nullptr; ///< the names that the architecture has, where they are known
    std::array<BlockList, 3> blocks{}; ///< else: from 0 to the highest there must be all
};

/// One row of the tables: what a part looks like, and what it makes of a file.
struct PartRule {
    std::string_view name{}; ///< as it stands in the evidence
    ModelKind alone = ModelKind::Unknown; ///< what a file is that holds this part and nothing of greater weight
    ComponentKind component = ComponentKind::Other;
    std::string_view componentId{}; ///< empty: made of kind and architecture, "unet_sdxl", "ip_adapter_sd1"
    Architecture architecture = Architecture::Unknown; ///< Unknown where the structure cannot tell it
    std::span<const Architecture> candidates{}; ///< then: what it may be
    PlaceSet places = PlaceSet::Whole;
    Conditions conditions{};
    std::string_view variant{}; ///< where there are no `variants`
    std::span<const VariantRule> variants{}; ///< the first that holds
    std::span<const VariantRule> flavours{}; ///< a second choice, told with the first: "14b" and "i2v" are "14b-i2v"
    PredictionType prediction = PredictionType::Unknown;
    ModelProblem problem = ModelProblem::None;
    Completeness whole{};
    double confidence = 1; ///< below 1 where a deciding key is missing and the rule is what is left
};

/// The variant of a file whose architecture is certain, but none of whose known flavours fits.
inline constexpr std::string_view kUnknownVariant = "unknown-variant";

} // namespace weightroom::engine
