// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/contents/weights_sharing.h"

#include <algorithm>
#include <unordered_set>

namespace weightroom::engine {
namespace {

std::size_t tensorCount(std::span<const ComponentWeights* const> components)
{
    std::size_t count = 0;
    for (const ComponentWeights* component : components)
        count += component->tensors.size();
    return count;
}

} // namespace

SharingSum sumSharing(std::span<const ComponentWeights* const> components)
{
    /// Moved from the first user's exclusive bytes to the shared ones when a second one comes.
    struct Use {
        std::size_t firstUser;
        bool isShared;
    };
    std::unordered_map<const PlacedContent*, Use> uses;
    uses.reserve(tensorCount(components));
    SharingSum sum{.exclusive = std::vector<Bytes>(components.size()), .shared = {}, .saved = {}};
    for (std::size_t i = 0; i < components.size(); ++i) {
        for (const StoredTensor& tensor : components[i]->tensors) {
            const auto [use, isNew] = uses.try_emplace(tensor.content.get(), Use{i, false});
            if (isNew) {
                sum.exclusive[i] += tensor.size();
                continue;
            }
            sum.saved += tensor.size();
            if (use->second.isShared || use->second.firstUser == i)
                continue;
            use->second.isShared = true;
            sum.exclusive[use->second.firstUser] -= tensor.size();
            sum.shared += tensor.size();
        }
    }
    return sum;
}

void FreedBytes::add(const ComponentWeights& component)
{
    for (const StoredTensor& tensor : component.tensors) {
        const long users = ++m_users[tensor.content.get()];
        if (users == 1)
            m_held += tensor.size();
        if (users == tensor.content.use_count()) {
            m_freed += tensor.size();
            m_places += tensor.content->place().block().size;
        }
    }
}

Bytes FreedBytes::sharedWith(const ComponentWeights& other) const
{
    Bytes shared;
    std::unordered_set<const PlacedContent*> seen;
    for (const StoredTensor& tensor : other.tensors) {
        if (m_users.contains(tensor.content.get()) && seen.insert(tensor.content.get()).second)
            shared += tensor.size();
    }
    return shared;
}

Bytes exclusiveBytes(const ComponentWeights& component)
{
    FreedBytes freed;
    freed.add(component);
    return freed.bytes();
}

} // namespace weightroom::engine
