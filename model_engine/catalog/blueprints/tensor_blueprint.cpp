// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/blueprints/tensor_blueprint.h"

#include <algorithm>
#include <iterator>

namespace weightroom::engine {

void PartBuilder::tensor(std::string name, Shape shape) { tensor(std::move(name), std::move(shape), m_dtype); }

void PartBuilder::tensor(std::string name, Shape shape, Dtype dtype)
{
    m_tensors.push_back({std::move(name), dtype, std::move(shape), {}});
}

void PartBuilder::linear(const std::string& name, std::uint64_t out, std::uint64_t in, Bias bias)
{
    tensor(name + ".weight", {out, in});
    if (bias == Bias::With)
        tensor(name + ".bias", {out});
}

void PartBuilder::convolution(const std::string& name, std::uint64_t out, std::uint64_t in, std::uint64_t kernel)
{
    tensor(name + ".weight", {out, in, kernel, kernel});
    tensor(name + ".bias", {out});
}

void PartBuilder::norm(const std::string& name, std::uint64_t channels)
{
    tensor(name + ".weight", {channels});
    tensor(name + ".bias", {channels});
}

Blueprint placed(Blueprint part, std::string_view prefix, std::string_view family)
{
    for (TensorBlueprint& tensor : part) {
        tensor.origin = std::string{family}.append("/").append(tensor.name);
        tensor.name.insert(0, prefix);
    }
    return part;
}

Blueprint joined(std::vector<Blueprint> parts)
{
    Blueprint all;
    for (Blueprint& part : parts)
        std::ranges::move(part, std::back_inserter(all));
    return all;
}

// The shapes are constants of our own: their products fit.
std::uint64_t parametersOf(const Blueprint& blueprint)
{
    std::uint64_t sum = 0;
    for (const TensorBlueprint& tensor : blueprint)
        sum += tensor.shape.elements().value();
    return sum;
}

Bytes bytesOf(const Blueprint& blueprint)
{
    Bytes sum;
    for (const TensorBlueprint& tensor : blueprint)
        sum += bytesOf(tensor.dtype, tensor.shape.elements().value()).value();
    return sum;
}

Blueprint shrunk(Blueprint blueprint, std::uint64_t divisor)
{
    for (TensorBlueprint& tensor : blueprint) {
        if (tensor.shape.elements().value() > kKeptElements) {
            std::uint64_t& outputs = tensor.shape.dimensions.front();
            outputs = std::max<std::uint64_t>(1, outputs / divisor);
        }
    }
    return blueprint;
}

} // namespace weightroom::engine
