// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/identification.h"

#include "model_engine/catalog/identification/completeness.h"
#include "model_engine/catalog/identification/conditions.h"
#include "model_engine/catalog/identification/lora/lora_identification.h"
#include "model_engine/catalog/identification/metadata_rules.h"
#include "model_engine/catalog/identification/parts.h"
#include "model_engine/catalog/identification/prediction.h"
#include "model_engine/catalog/identification/quantization.h"
#include "model_engine/catalog/identification/token_embedding.h"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>

namespace weightroom::engine {
namespace {

constexpr std::string_view kEmaCopy = "model_ema.";
/// Embeddings that were trained together with a LoRA.
constexpr std::string_view kBundledEmbeddings = "bundle_emb.";

void addComponent(Identification& identified, std::string id, ComponentKind kind, std::string_view prefix)
{
    ComponentRecord& component = identified.components.emplace_back();
    component.id.text = std::move(id);
    component.kind = kind;
    component.prefixes.emplace_back(prefix);
}

std::string loraComponentId(Architecture architecture)
{
    std::string id = "lora_" + std::string{toText(architecture)};
    std::ranges::replace_if(
        id, [](char c) { return c == '-' || c == '.'; }, '_');
    return id;
}

// Parts

/// A checkpoint is a diffusion model that brings more than itself.
ModelKind kindOf(std::span<const Part> parts)
{
    const ModelKind alone = parts.front().rule->alone;
    const bool hasMore = std::ranges::any_of(parts, [](const Part& part) {
        return part.rule->component == ComponentKind::Vae || part.rule->component == ComponentKind::Encoder;
    });
    return alone == ModelKind::DiffusionModel && hasMore ? ModelKind::Checkpoint : alone;
}

const VariantRule* firstThatHolds(const HeaderView& header, const Part& part, std::span<const VariantRule> variants)
{
    const auto variant = std::ranges::find_if(
        variants, [&](const VariantRule& row) { return allHold(header, part.place->keys, row.conditions); });
    return variant == variants.end() ? nullptr : &*variant;
}

/// The row of one choice of variants, with its evidence; nothing fits: the architecture is as certain as before, and
/// the answer as a whole is not.
const VariantRule* chooseVariant(
    Identification& identified, const HeaderView& header, const Part& part, std::span<const VariantRule> variants)
{
    const VariantRule* variant = firstThatHolds(header, part, variants);
    if (variant != nullptr)
        addEvidence(identified.evidence, part.rule->name, header, part.place->keys, variant->conditions);
    else if (!variants.empty())
        identified.confidence /= 2;
    return variant;
}

std::string_view textOfVariant(const VariantRule* variant) { return variant ? variant->variant : kUnknownVariant; }

const VariantRule* setVariant(Identification& identified, const HeaderView& header, const Part& part)
{
    const PartRule& rule = *part.rule;
    const VariantRule* variant = chooseVariant(identified, header, part, rule.variants);
    identified.variant = rule.variants.empty() ? rule.variant : textOfVariant(variant);
    if (!rule.flavours.empty()) {
        const VariantRule* flavour = chooseVariant(identified, header, part, rule.flavours);
        identified.variant.append("-").append(textOfVariant(flavour));
    }
    return variant;
}

void addProblem(Identification& identified, ModelProblem problem)
{
    if (problem != ModelProblem::None)
        identified.problems.push_back(problem);
}

void describeParts(Identification& identified, const HeaderView& header, std::span<const Part> parts)
{
    const Part& main = parts.front();
    identified.kind = kindOf(parts);
    identified.architecture = main.rule->architecture;
    identified.candidates.assign(main.rule->candidates.begin(), main.rule->candidates.end());
    identified.confidence = main.rule->confidence;
    for (const Part& part : parts) {
        addEvidence(identified.evidence, part.rule->name, header, part.place->keys, part.rule->conditions);
        addComponent(identified, componentIdOf(*part.rule), part.rule->component, part.place->owned);
    }
    const VariantRule* variant = setVariant(identified, header, main);
    if (main.rule->component == ComponentKind::Unet)
        addPrediction(identified, header, *main.rule, variant);
    addProblem(identified, main.rule->problem);
    Differences differences = differencesOf(header, parts, variant);
    identified.missing = std::move(differences.missing);
    identified.extra = std::move(differences.extra);
    if (identified.missing.count > 0)
        addProblem(identified, ModelProblem::MissingTensors);
}

// What is no part of a model

void describeLora(Identification& identified, LoraIdentification lora)
{
    identified.kind = ModelKind::Lora;
    identified.architecture = lora.architecture;
    identified.candidates.assign(lora.candidates.begin(), lora.candidates.end());
    identified.variant = std::move(lora.dialect);
    identified.baseVariant = lora.baseVariant;
    identified.rank = lora.rank;
    identified.confidence = lora.confidence;
    identified.evidence.push_back(std::move(lora.evidence));
    addProblem(identified, lora.problem);
    addComponent(identified, loraComponentId(lora.architecture), ComponentKind::Lora, "");
    addComponent(identified, "embedding_bundle", ComponentKind::Embedding, kBundledEmbeddings);
}

void describeTokens(Identification& identified, TokenEmbedding tokens)
{
    identified.kind = ModelKind::TextualInversion;
    identified.architecture = tokens.architecture;
    identified.confidence = tokens.confidence;
    identified.evidence.push_back(std::move(tokens.evidence));
    addComponent(identified, "embedding_" + std::string{toText(tokens.architecture)}, ComponentKind::Embedding, "");
}

void describe(Identification& identified, const HeaderView& header)
{
    const PlaceTable places{header};
    if (const std::vector<Part> parts = findParts(header, places); !parts.empty())
        describeParts(identified, header, parts);
    else if (auto lora = identifyLora(header))
        describeLora(identified, std::move(*lora));
    else if (auto tokens = identifyTokens(header.index()))
        describeTokens(identified, std::move(*tokens));
    else
        addProblem(identified, ModelProblem::UnknownArchitecture);
}

// Components

void addRest(Identification& identified)
{
    addComponent(identified, "ema_copy", ComponentKind::Other, kEmaCopy);
    const bool restIsOwned = std::ranges::any_of(
        identified.components, [](const ComponentRecord& component) { return component.prefixes.front().empty(); });
    if (!restIsOwned)
        addComponent(identified, "other_tensors", ComponentKind::Other, "");
}

/// A component's prefix; of the components that a name can belong to, that with the longest one has it.
struct Owner {
    std::string_view prefix;
    std::size_t component;
};

/// The longest prefix first, so that the first one that fits is the answer.
std::vector<Owner> ownersOf(const std::vector<ComponentRecord>& components)
{
    std::vector<Owner> owners;
    for (std::size_t index = 0; index < components.size(); ++index) {
        for (const std::string& prefix : components[index].prefixes)
            owners.push_back({prefix, index});
    }
    std::ranges::stable_sort(owners, std::greater{}, [](const Owner& owner) { return owner.prefix.size(); });
    return owners;
}

const Owner* ownerOf(std::span<const Owner> owners, std::string_view name)
{
    const auto owner =
        std::ranges::find_if(owners, [name](const Owner& candidate) { return name.starts_with(candidate.prefix); });
    return owner == owners.end() ? nullptr : &*owner;
}

/// Sums that a reader has checked cannot overflow; a hand-made index must not wrap either.
std::uint64_t saturatingAdd(std::uint64_t a, std::uint64_t b)
{
    return checkedAdd(a, b).value_or(std::numeric_limits<std::uint64_t>::max());
}

void countTensors(Identification& identified, const TensorIndex& index)
{
    const std::vector<Owner> owners = ownersOf(identified.components);
    for (const TensorEntry& entry : index.tensors) {
        ComponentRecord& component = identified.components[ownerOf(owners, entry.name)->component];
        ++component.tensorCount;
        component.size.value = saturatingAdd(component.size.value, contiguousSize(entry).value);
        identified.parameters = saturatingAdd(identified.parameters, entry.shape.elements().value_or(0));
    }
    identified.tensorCount = index.tensors.size();
    std::erase_if(identified.components, [](const ComponentRecord& component) { return component.tensorCount == 0; });
}

Dtype precisionOf(const TensorIndex& index)
{
    std::vector<std::uint64_t> bytes(dtypeTable().size());
    for (const TensorEntry& entry : index.tensors) {
        const auto row = static_cast<std::size_t>(traitsOf(entry.dtype).dtype);
        bytes[row] = saturatingAdd(bytes[row], contiguousSize(entry).value);
    }
    Dtype most = Dtype::Unknown;
    std::uint64_t mostBytes = 0;
    for (const DtypeTraits& traits : dtypeTable()) {
        const std::uint64_t size = bytes[static_cast<std::size_t>(traits.dtype)];
        if (traits.isFloat && size > mostBytes) {
            most = traits.dtype;
            mostBytes = size;
        }
    }
    return most;
}

} // namespace

Identification identify(const TensorIndex& index) { return withMetadata(identifyTensors(index), index.metadata); }

Identification identifyTensors(const TensorIndex& index)
{
    Identification identified;
    const HeaderView header{index};
    describe(identified, header);
    addRest(identified);
    sortComponents(identified.components);
    countTensors(identified, index);
    identified.precision = precisionOf(index);
    identified.quantization = quantizationOf(index.tensors);
    return identified;
}

Identification withMetadata(Identification ofTensors, const HeaderMetadata& metadata)
{
    addMetadata(ofTensors, metadata);
    noteAbsentParts(ofTensors);
    ofTensors.quantization = quantizationOf(std::move(ofTensors.quantization), metadata);
    return ofTensors;
}

void noteAbsentParts(Identification& identified)
{
    if (identified.kind != ModelKind::DiffusionModel && identified.kind != ModelKind::Checkpoint)
        return;
    constexpr std::array kWanted{ComponentKind::Vae, ComponentKind::Encoder};
    for (const ComponentKind kind : kWanted) {
        if (std::ranges::find(identified.components, kind, &ComponentRecord::kind) == identified.components.end())
            identified.evidence.push_back({std::string{kAbsentPart}, std::string{toText(kind)}, "absent"});
    }
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
    const ComponentRecord* best = nullptr;
    std::size_t bestLength = 0;
    for (const ComponentRecord& component : identified.components) {
        for (const std::string& prefix : component.prefixes) {
            if (tensorName.starts_with(prefix) && (best == nullptr || prefix.size() > bestLength)) {
                best = &component;
                bestLength = prefix.size();
            }
        }
    }
    return best;
}

} // namespace weightroom::engine
