// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/contents/movable_contents.h"

namespace weightroom::engine {

std::vector<MovableContent> ContentUses::unused() const
{
    std::vector<MovableContent> contents;
    for (const auto& [address, use] : m_uses) {
        if (!use.isInUse && use.content->use_count() == use.tensors)
            contents.push_back({(*use.content)->place().block().address, *use.content});
    }
    return contents;
}

std::optional<long> ContentUses::tensorsWith(const PlacedContentPtr& content) const
{
    const auto use = m_uses.find(content.get());
    if (use == m_uses.end() || use->second.isInUse)
        return std::nullopt;
    return use->second.tensors;
}

void ContentUses::addWeights(const ComponentWeights& weights, bool isInUse)
{
    for (const StoredTensor& tensor : weights.tensors) {
        if (tensor.size() == Bytes{})
            continue;
        Use& use = m_uses[tensor.content.get()];
        use.content = &tensor.content;
        ++use.tensors;
        use.isInUse = use.isInUse || isInUse;
    }
}

} // namespace weightroom::engine
