// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/cache/direct_placing.h"
#include "model_engine/formats/tensor_index.h"
#include "model_engine/memory/contents/content_store.h"

#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace weightroom::engine {

/// What is asked of the cache's memory for a tensor.
[[nodiscard]] inline Bytes roomInCache(const TensorEntry& tensor)
{
    const Bytes size = contiguousSize(tensor);
    return tensor.isContiguous() ? roomInStep(size) : size;
}

/// Places that a load takes in one memory, all at once or none, and what will lie there.
class PlaceRequest {
public:
    /// `content` gets the place, and stays where it is until fill().
    void add(Bytes size, PlacedContentPtr& content) { add(size, size, std::nullopt, content); }
    /// Likewise for a tensor that is read into the cache: in step with its file, where it is read as it lies there.
    void addToCache(const TensorEntry& tensor, PlacedContentPtr& content)
    {
        const auto fileOffset = tensor.isContiguous() ? std::optional{tensor.range.begin} : std::nullopt;
        add(contiguousSize(tensor), roomInCache(tensor), fileOffset, content);
    }
    [[nodiscard]] std::span<const Bytes> sizes() const { return m_sizes; }
    [[nodiscard]] Bytes total() const { return m_total; } ///< of the contents
    /// One place for each size.
    void fill(std::vector<Allocation> places) const
    {
        for (std::size_t i = 0; i < places.size(); ++i) {
            const Wanted& wanted = m_wanted[i];
            Allocation place = wanted.fileOffset ? placeInStep(std::move(places[i]), wanted.size, *wanted.fileOffset)
                                                 : std::move(places[i]);
            *wanted.content = std::make_shared<const PlacedContent>(std::move(place));
        }
    }

private:
    struct Wanted {
        Bytes size;
        std::optional<std::uint64_t> fileOffset;
        PlacedContentPtr* content = nullptr;
    };
    void add(Bytes size, Bytes room, std::optional<std::uint64_t> fileOffset, PlacedContentPtr& content)
    {
        m_sizes.push_back(room);
        m_wanted.push_back({size, fileOffset, &content});
        m_total += size;
    }

    std::vector<Bytes> m_sizes; ///< to ask the arena for
    std::vector<Wanted> m_wanted;
    Bytes m_total;
};

/// Of a tensor without elements.
[[nodiscard]] inline PlacedContentPtr emptyContent() { return std::make_shared<const PlacedContent>(Allocation{}); }

} // namespace weightroom::engine
