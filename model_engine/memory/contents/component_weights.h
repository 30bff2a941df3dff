// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/dtype.h"
#include "model_engine/core/shape.h"
#include "model_engine/memory/contents/content_store.h"

#include <string>
#include <utility>
#include <vector>

namespace weightroom::engine {

/// A tensor that lies in the memory of the cache or of a device, under its file's own name. Its bytes may be those of
/// other tensors too.
struct StoredTensor {
    StoredTensor(std::string tensorName, Dtype type, Shape dimensions, PlacedContentPtr bytes)
        : name(std::move(tensorName))
        , dtype(type)
        , shape(std::move(dimensions))
        , content(std::move(bytes))
    {
    }
    /// At a place of its own.
    StoredTensor(std::string tensorName, Dtype type, Shape dimensions, Allocation place)
        : StoredTensor(
            std::move(tensorName), type, std::move(dimensions), std::make_shared<const PlacedContent>(std::move(place)))
    {
    }

    std::string name;
    Dtype dtype = Dtype::Unknown;
    Shape shape;
    PlacedContentPtr content; ///< never null; of size 0 for a tensor without elements

    [[nodiscard]] Bytes size() const { return content->size(); }
    [[nodiscard]] std::uint64_t address() const { return content->address(); }
};

/// The weights of one component in one place. Owns the memory, together with the components that share bytes of it:
/// destroying it is the unload, and the rollback.
struct ComponentWeights {
    std::vector<StoredTensor> tensors;
    Bytes size; ///< sum over the tensors, without alignment; shared bytes included
};

} // namespace weightroom::engine
