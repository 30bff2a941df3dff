// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/memory/content_store.h"

#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace weightroom::engine {

/// Places that a load takes in one memory, all at once or none, and what will lie there.
class PlaceRequest {
public:
    /// `content` gets the place, and stays where it is until fill().
    void add(Bytes size, PlacedContentPtr& content)
    {
        m_sizes.push_back(size);
        m_contents.push_back(&content);
        m_total += size;
    }
    [[nodiscard]] std::span<const Bytes> sizes() const { return m_sizes; }
    [[nodiscard]] Bytes total() const { return m_total; }
    /// One place for each size.
    void fill(std::vector<Allocation> places) const
    {
        for (std::size_t i = 0; i < places.size(); ++i)
            *m_contents[i] = std::make_shared<const PlacedContent>(std::move(places[i]));
    }

private:
    std::vector<Bytes> m_sizes;
    std::vector<PlacedContentPtr*> m_contents;
    Bytes m_total;
};

/// Of a tensor without elements.
[[nodiscard]] inline PlacedContentPtr emptyContent() { return std::make_shared<const PlacedContent>(Allocation{}); }

} // namespace weightroom::engine
