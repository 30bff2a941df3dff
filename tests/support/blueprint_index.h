// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/blueprints/tensor_blueprint.h"
#include "model_engine/formats/tensor_index.h"

namespace weightroom::test {

/// The index that a reader would give for a file of these tensors, without the file.
[[nodiscard]] inline engine::TensorIndex indexOf(const engine::Blueprint& blueprint)
{
    engine::TensorIndex index;
    index.format = engine::FileFormat::Safetensors;
    index.headerSize = engine::Bytes{8};
    for (const engine::TensorBlueprint& tensor : blueprint) {
        const engine::Bytes size = engine::bytesOf(tensor.dtype, tensor.shape.elements().value()).value();
        const std::uint64_t begin = index.headerSize.value + index.dataSize.value;
        index.tensors.push_back({tensor.name, tensor.dtype, tensor.shape, {begin, size}});
        index.dataSize += size;
    }
    return index;
}

} // namespace weightroom::test
