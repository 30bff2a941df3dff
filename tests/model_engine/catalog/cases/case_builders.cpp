// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/catalog/cases/case_builders.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <iterator>

namespace weightroom::test {

using namespace engine;

namespace {

/// A fixture that changes nothing would test nothing.
void require(bool condition, std::string_view what, std::string_view name)
{
    if (condition)
        return;
    std::cerr << "a case has no tensor to " << what << ": " << name << '\n';
    std::abort();
}

bool isLinearWeight(const TensorBlueprint& tensor)
{
    return tensor.shape.rank() == 2 && tensor.name.ends_with(".weight");
}

} // namespace

Blueprint tensors(const std::vector<NameAndShape>& rows)
{
    PartBuilder part{Dtype::F16};
    for (const NameAndShape& row : rows)
        part.tensor(row.name, row.shape);
    return part.take();
}

Blueprint at(std::string_view prefix, Blueprint part) { return placed(std::move(part), prefix, "test"); }

Blueprint reshaped(Blueprint part, std::string_view name, Shape shape)
{
    const auto tensor = std::ranges::find(part, name, &TensorBlueprint::name);
    require(tensor != part.end(), "reshape", name);
    tensor->shape = std::move(shape);
    return part;
}

Blueprint without(Blueprint part, std::string_view prefix)
{
    const std::size_t erased =
        std::erase_if(part, [prefix](const TensorBlueprint& tensor) { return tensor.name.starts_with(prefix); });
    require(erased > 0, "take out", prefix);
    return part;
}

Blueprint renamed(Blueprint part, std::string_view from, std::string_view to)
{
    bool isFound = false;
    for (TensorBlueprint& tensor : part) {
        const std::size_t place = tensor.name.find(from);
        if (place == std::string::npos)
            continue;
        tensor.name.replace(place, from.size(), to);
        isFound = true;
    }
    require(isFound, "rename", from);
    return part;
}

Blueprint deepened(Blueprint part, std::string_view list, int depth)
{
    const std::string first = std::string{list} + "0.";
    Blueprint block;
    std::ranges::copy_if(part, std::back_inserter(block),
        [&first](const TensorBlueprint& tensor) { return tensor.name.starts_with(first); });
    require(!block.empty(), "copy", first);
    for (int number = 1; number < depth; ++number) {
        const std::string prefix = std::string{list} + std::to_string(number) + ".";
        const bool isThere = std::ranges::any_of(
            part, [&prefix](const TensorBlueprint& tensor) { return tensor.name.starts_with(prefix); });
        if (isThere)
            continue;
        for (TensorBlueprint tensor : block) {
            tensor.name.replace(0, first.size(), prefix);
            part.push_back(std::move(tensor));
        }
    }
    return part;
}

Blueprint packedToNf4(Blueprint part)
{
    Blueprint packed;
    for (TensorBlueprint& tensor : part) {
        if (isLinearWeight(tensor)) {
            const std::uint64_t elements = tensor.shape.elements().value();
            tensor.shape = {elements / 2, 1};
            tensor.dtype = Dtype::U8;
            packed.push_back({tensor.name + ".absmax", Dtype::F32, {std::max<std::uint64_t>(1, elements / 64)}, {}});
            packed.push_back({tensor.name + ".quant_map", Dtype::F32, {16}, {}});
            packed.push_back({tensor.name + ".quant_state.bitsandbytes__nf4", Dtype::U8, {80}, {}});
        }
        packed.push_back(std::move(tensor));
    }
    return packed;
}

UnetDesign withInputs(UnetDesign design, std::uint64_t inputChannels)
{
    design.inputChannels = inputChannels;
    return design;
}

Blueprint transformer(std::string_view name) { return headerOf("transformers", name); }
Blueprint video(std::string_view name) { return headerOf("video", name); }
Blueprint vaeHeader(std::string_view name) { return headerOf("vaes", name); }
Blueprint encoderHeader(std::string_view name) { return headerOf("encoders", name); }
Blueprint controlnetHeader(std::string_view name) { return headerOf("controlnets", name); }

std::string componentId(std::string_view kind, Architecture architecture)
{
    std::string id = std::string{kind} + "_" + std::string{toText(architecture)};
    std::ranges::replace_if(
        id, [](char c) { return c == '-' || c == '.'; }, '_');
    return id;
}

IdentificationCase diffusionCase(std::string name, Blueprint blueprint, Architecture architecture, std::string variant,
    std::string rule, PredictionType prediction, std::string problems)
{
    return {.name = std::move(name),
        .blueprint = std::move(blueprint),
        .kind = ModelKind::DiffusionModel,
        .architecture = architecture,
        .variant = std::move(variant),
        .components = componentId("unet", architecture),
        .rule = std::move(rule),
        .prediction = prediction,
        .problems = std::move(problems)};
}

Cases allOf(std::initializer_list<Cases (*)()> families)
{
    Cases all;
    for (Cases (*cases)() : families)
        std::ranges::move(cases(), std::back_inserter(all));
    return all;
}

Blueprint loraLayer(const std::string& layer, std::uint64_t in, std::uint64_t out, const LoraNames& names)
{
    constexpr std::uint64_t kRank = 8;
    return tensors({{layer + names.down, {kRank, in}}, {layer + names.up, {out, kRank}}});
}

IdentificationCase loraCase(
    std::string name, Blueprint blueprint, Architecture architecture, std::string variant, std::string rule)
{
    return {.name = std::move(name),
        .blueprint = std::move(blueprint),
        .kind = ModelKind::Lora,
        .architecture = architecture,
        .variant = std::move(variant),
        .components = componentId("lora", architecture),
        .rule = std::move(rule)};
}

} // namespace weightroom::test
