// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/blueprints/kohya_lora.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

constexpr std::string_view kWeight = ".weight";

/// kohya's scripts train the linear layers within spatial transformers, and within the layers of a text encoder.
bool isTrained(const TensorBlueprint& tensor)
{
    constexpr std::array<std::string_view, 5> kMarks{
        ".transformer_blocks.", ".proj_in.", ".proj_out.", ".self_attn.", ".mlp."};
    return tensor.shape.rank() == 2 && tensor.name.ends_with(kWeight)
        && std::ranges::any_of(
            kMarks, [&](std::string_view mark) { return tensor.name.find(mark) != std::string::npos; });
}

std::string layerName(std::string_view prefix, const TensorBlueprint& tensor)
{
    std::string name = std::string{prefix} + "_" + tensor.name.substr(0, tensor.name.size() - kWeight.size());
    std::ranges::replace(name, '.', '_');
    return name;
}

} // namespace

Blueprint kohyaLora(const Blueprint& base, std::string_view prefix, std::uint64_t rank)
{
    PartBuilder part{Dtype::F16};
    for (const TensorBlueprint& tensor : base) {
        if (!isTrained(tensor))
            continue;
        const std::string name = layerName(prefix, tensor);
        part.tensor(name + ".alpha", {}, tensor.dtype);
        part.tensor(name + ".lora_down.weight", {rank, tensor.shape.dimensions[1]}, tensor.dtype);
        part.tensor(name + ".lora_up.weight", {tensor.shape.dimensions[0], rank}, tensor.dtype);
    }
    return part.take();
}

} // namespace weightroom::engine
