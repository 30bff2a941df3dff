// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/identification/parts.h"

#include "model_engine/catalog/identification/conditions.h"
#include "model_engine/catalog/rules/tables.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

/// What a file is called by when it holds several, the first one first.
constexpr std::array kByWeight{ModelKind::DiffusionModel, ModelKind::Controlnet, ModelKind::T2iAdapter,
    ModelKind::IpAdapter, ModelKind::MotionModule, ModelKind::Hypernetwork, ModelKind::Vae, ModelKind::TextEncoder,
    ModelKind::ClipVision, ModelKind::Upscaler, ModelKind::TextualInversion};

std::size_t weightOf(const Part& part)
{
    return static_cast<std::size_t>(std::ranges::find(kByWeight, part.rule->alone) - kByWeight.begin());
}

const Place* placeOf(const HeaderView& header, std::span<const Place> places, const PartRule& rule)
{
    const auto place = std::ranges::find_if(
        places, [&](const Place& candidate) { return allHold(header, candidate.keys, rule.conditions); });
    return place == places.end() ? nullptr : &*place;
}

/// Whether a file that has `taken` can have `found` as well: one of each component, one diffusion model, one VAE, one
/// ControlNet, and no two parts in one place.
bool isTaken(const Part& taken, const PartRule& found, const Place& place)
{
    const bool sameComponent = componentIdOf(*taken.rule) == componentIdOf(found);
    const bool onlyOne = taken.rule->component == found.component && found.component != ComponentKind::Encoder;
    return sameComponent || onlyOne || taken.place->owned == place.owned;
}

void addPart(std::vector<Part>& parts, const HeaderView& header, const PlaceTable& places, const PartRule& rule)
{
    // What is no model of ours is one only when the file holds nothing else.
    if (rule.alone == ModelKind::Unknown && !parts.empty())
        return;
    const Place* place = placeOf(header, places.of(rule.places), rule);
    if (place == nullptr)
        return;
    if (std::ranges::none_of(parts, [&](const Part& part) { return isTaken(part, rule, *place); }))
        parts.push_back({&rule, place});
}

} // namespace

std::vector<Part> findParts(const HeaderView& header, const PlaceTable& places)
{
    std::vector<Part> parts;
    for (const RuleTable table : ruleTables()) {
        for (const PartRule& rule : table)
            addPart(parts, header, places, rule);
    }
    std::ranges::stable_sort(parts, {}, weightOf);
    return parts;
}

std::string componentIdOf(const PartRule& rule)
{
    if (!rule.componentId.empty())
        return std::string{rule.componentId};
    const std::string_view kind =
        rule.component == ComponentKind::Adapter ? toText(rule.alone) : toText(rule.component);
    std::string id = std::string{kind} + "_" + std::string{toText(rule.architecture)};
    std::ranges::replace_if(
        id, [](char c) { return c == '-' || c == '.'; }, '_');
    return id;
}

} // namespace weightroom::engine
