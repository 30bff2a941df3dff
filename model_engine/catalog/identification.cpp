// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/identification.h"

#include "model_engine/catalog/identification_rules.h"
#include "model_engine/catalog/lora_rules.h"

#include <algorithm>
#include <limits>

namespace weightroom::engine {
namespace {

/// A part that a rule found in the file.
struct Part {
    const PartRule* rule;
    const Place* place;
};

bool dimensionIs(const TensorEntry* entry, const Condition& condition)
{
    if (entry == nullptr)
        return false;
    if (condition.look == Look::LastDimension)
        return entry->shape.last() == condition.value;
    return entry->shape.at(condition.look == Look::Dimension0 ? 0 : 1) == condition.value;
}

bool holds(const TensorLookup& lookup, std::string_view prefix, const Condition& condition)
{
    if (condition.look == Look::None)
        return true;
    const TensorEntry* entry = lookup.find(std::string{prefix}.append(condition.key));
    if (condition.look == Look::Exists || condition.look == Look::Absent)
        return (entry != nullptr) == (condition.look == Look::Exists);
    return dimensionIs(entry, condition);
}

bool allHold(const TensorLookup& lookup, std::string_view prefix, const Conditions& conditions)
{
    return std::ranges::all_of(
        conditions, [&](const Condition& condition) { return holds(lookup, prefix, condition); });
}

const Place* placeOf(const TensorLookup& lookup, const PartRule& rule)
{
    const auto place = std::ranges::find_if(rule.places, [&](const Place& candidate) {
        return lookup.firstWithPrefix(candidate.keys) != nullptr && allHold(lookup, candidate.keys, rule.conditions);
    });
    return place == rule.places.end() ? nullptr : &*place;
}

/// Whether a file that has `taken` can have `found` as well: one of each component, one diffusion model, one VAE, one
/// ControlNet, and no two parts in one place.
bool isTaken(const Part& taken, const PartRule& found, const Place& place)
{
    const bool sameComponent = taken.rule->componentId == found.componentId;
    const bool onlyOne = taken.rule->component == found.component && found.component != ComponentKind::Encoder;
    return sameComponent || onlyOne || taken.place->owned == place.owned;
}

/// The parts of a file, the weightiest first.
std::vector<Part> findParts(const TensorLookup& lookup)
{
    std::vector<Part> parts;
    for (const PartRule& rule : partRules()) {
        const Place* place = placeOf(lookup, rule);
        if (place == nullptr)
            continue;
        if (std::ranges::none_of(parts, [&](const Part& part) { return isTaken(part, rule, *place); }))
            parts.push_back({&rule, place});
    }
    return parts;
}

void addEvidence(Identification& identified, const TensorLookup& lookup, const Part& part, const Conditions& conditions)
{
    for (const Condition& condition : conditions) {
        if (condition.look == Look::None)
            continue;
        const std::string key = std::string{part.place->keys}.append(condition.key);
        const TensorEntry* entry = lookup.find(key);
        identified.evidence.push_back(
            {std::string{part.rule->name}, key, entry == nullptr ? "absent" : toText(entry->shape)});
    }
}

void setVariant(Identification& identified, const TensorLookup& lookup, const Part& part)
{
    identified.variant = part.rule->onlyVariant;
    if (part.rule->variants.empty())
        return;
    const auto variant = std::ranges::find_if(
        part.rule->variants, [&](const VariantRule& row) { return allHold(lookup, part.place->keys, row.conditions); });
    if (variant == part.rule->variants.end()) {
        identified.variant = kUnknownVariant;
        identified.confidence /= 2;
        return;
    }
    identified.variant = variant->variant;
    addEvidence(identified, lookup, part, variant->conditions);
}

/// A checkpoint is a diffusion model that brings more than itself.
ModelKind kindOf(const std::vector<Part>& parts)
{
    const ModelKind alone = parts.front().rule->alone;
    const bool hasMore = std::ranges::any_of(parts, [](const Part& part) {
        return part.rule->component == ComponentKind::Vae || part.rule->component == ComponentKind::Encoder;
    });
    return alone == ModelKind::DiffusionModel && hasMore ? ModelKind::Checkpoint : alone;
}

void addComponent(Identification& identified, std::string id, ComponentKind kind, std::string_view prefix)
{
    ComponentRecord& component = identified.components.emplace_back();
    component.id.text = std::move(id);
    component.kind = kind;
    component.prefixes.emplace_back(prefix);
}

void describeParts(Identification& identified, const TensorLookup& lookup, const std::vector<Part>& parts)
{
    const Part& main = parts.front();
    identified.kind = kindOf(parts);
    identified.architecture = main.rule->architecture;
    identified.confidence = main.rule->confidence;
    for (const Part& part : parts) {
        addEvidence(identified, lookup, part, part.rule->conditions);
        addComponent(identified, std::string{part.rule->componentId}, part.rule->component, part.place->owned);
    }
    setVariant(identified, lookup, main);
}

void describeLora(Identification& identified, const LoraIdentification& lora)
{
    identified.kind = ModelKind::Lora;
    identified.architecture = lora.architecture;
    identified.variant = "rank-" + std::to_string(lora.rank);
    identified.confidence = lora.confidence;
    identified.evidence.push_back(lora.evidence);
    std::string id = "lora_" + std::string{toText(lora.architecture)};
    std::ranges::replace(id, '-', '_');
    addComponent(identified, std::move(id), ComponentKind::Lora, "");
}

void addRest(Identification& identified)
{
    addComponent(identified, "ema_copy", ComponentKind::Other, "model_ema.");
    const bool restIsOwned = std::ranges::any_of(
        identified.components, [](const ComponentRecord& component) { return component.prefixes.front().empty(); });
    if (!restIsOwned)
        addComponent(identified, "other_tensors", ComponentKind::Other, "");
}

std::size_t longestPrefix(const ComponentRecord& component, std::string_view name, std::size_t none)
{
    std::size_t longest = none;
    for (const std::string& prefix : component.prefixes) {
        if (name.starts_with(prefix) && (longest == none || prefix.size() > longest))
            longest = prefix.size();
    }
    return longest;
}

std::optional<std::size_t> componentIndex(const std::vector<ComponentRecord>& components, std::string_view name)
{
    constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
    std::optional<std::size_t> best;
    std::size_t bestLength = 0;
    for (std::size_t index = 0; index < components.size(); ++index) {
        const std::size_t length = longestPrefix(components[index], name, kNone);
        if (length != kNone && (!best || length > bestLength)) {
            best = index;
            bestLength = length;
        }
    }
    return best;
}

/// Sums that a reader has checked cannot overflow; a hand-made index must not wrap either.
std::uint64_t saturatingAdd(std::uint64_t a, std::uint64_t b)
{
    return checkedAdd(a, b).value_or(std::numeric_limits<std::uint64_t>::max());
}

void countTensors(Identification& identified, const TensorIndex& index)
{
    for (const TensorEntry& entry : index.tensors) {
        ComponentRecord& component = identified.components[componentIndex(identified.components, entry.name).value()];
        ++component.tensorCount;
        component.size.value = saturatingAdd(component.size.value, entry.range.size.value);
        identified.parameters = saturatingAdd(identified.parameters, entry.shape.elements().value_or(0));
    }
    identified.tensorCount = index.tensors.size();
    std::erase_if(identified.components, [](const ComponentRecord& component) { return component.tensorCount == 0; });
}

Dtype precisionOf(const TensorIndex& index)
{
    std::map<Dtype, std::uint64_t> bytes;
    for (const TensorEntry& entry : index.tensors) {
        if (traitsOf(entry.dtype).isFloat)
            bytes[entry.dtype] = saturatingAdd(bytes[entry.dtype], entry.range.size.value);
    }
    const auto most = std::ranges::max_element(bytes, {}, [](const auto& row) { return row.second; });
    return most == bytes.end() ? Dtype::Unknown : most->first;
}

} // namespace

Identification identify(const TensorIndex& index)
{
    Identification identified;
    const TensorLookup lookup{index};
    if (const std::vector<Part> parts = findParts(lookup); !parts.empty())
        describeParts(identified, lookup, parts);
    else if (const auto lora = identifyLora(lookup))
        describeLora(identified, *lora);
    addRest(identified);
    sortComponents(identified.components);
    countTensors(identified, index);
    identified.precision = precisionOf(index);
    return identified;
}

void sortComponents(std::vector<ComponentRecord>& components)
{
    std::ranges::stable_sort(components, {}, [](const ComponentRecord& component) {
        return component.kind == ComponentKind::Other ? std::numeric_limits<int>::max()
                                                      : static_cast<int>(component.kind);
    });
}

const ComponentRecord* componentOf(const Identification& identified, std::string_view tensorName)
{
    const auto index = componentIndex(identified.components, tensorName);
    return index ? &identified.components[*index] : nullptr;
}

} // namespace weightroom::engine
