// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/ids.h"
#include "model_engine/core/json.h"
#include "model_engine/memory/contents/weights_sharing.h"

#include <vector>

namespace weightroom::engine {

/// What taking components out of one memory gives back and what not. Components as the tables keep them, by pointer.
struct Release {
    struct Holder {
        ComponentKey key;
        Bytes bytes; ///< of these it has; several may have the same
    };
    FreedBytes bytes;
    std::vector<Holder> keptBy; ///< the others that have some of their bytes, in their order
};

/// `removed` are out of their table and not destroyed yet; `others` are what is left in it.
template <class Component>
[[nodiscard]] Release releaseOf(const std::vector<Component>& removed, const std::vector<Component>& others)
{
    Release release;
    for (const Component& component : removed)
        release.bytes.add(component->weights);
    for (const Component& other : others) {
        if (const Bytes shared = release.bytes.sharedWith(other->weights); shared > Bytes{})
            release.keptBy.push_back({other->key, shared});
    }
    return release;
}

/// "freed_bytes", "kept_bytes" and "kept_by".
void addRelease(Json& row, const Release& release);
/// Of one memory: "held_bytes" of its components together, "shared_bytes" among them, and "saved_bytes".
[[nodiscard]] Json sharingJson(const SharingSum& sum);

} // namespace weightroom::engine
