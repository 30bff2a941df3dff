// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/memory/contents/component_weights.h"

#include <span>
#include <unordered_map>
#include <vector>

namespace weightroom::engine {

/// How components of one memory share its contents. Exclusive bytes of all + shared = what they hold together.
struct SharingSum {
    std::vector<Bytes> exclusive; ///< of each component: contents that no other one has, each once
    Bytes shared; ///< contents of more than one component, each once
    Bytes saved; ///< what more would be held if each tensor had a place of its own
};

/// Cost: a look-up for each tensor; 25,000 tensors (ten SDXL checkpoints) take 2 ms.
[[nodiscard]] SharingSum sumSharing(std::span<const ComponentWeights* const> components);

/// Adds up what destroying components would give back, when all that were added go: bytes that others have stay. A load
/// that is under way counts as another. Only an estimate while other threads take or drop contents.
class FreedBytes {
public:
    void add(const ComponentWeights& component);
    [[nodiscard]] Bytes bytes() const { return m_freed; } ///< that go
    [[nodiscard]] Bytes places() const { return m_places; } ///< of these, as much as is taken for them
    [[nodiscard]] Bytes kept() const { return m_held - m_freed; } ///< that stay, because others have them
    /// Of these bytes, those that a component has that was not added; each once.
    [[nodiscard]] Bytes sharedWith(const ComponentWeights& other) const;

private:
    std::unordered_map<const PlacedContent*, long> m_users; ///< among those that were added
    Bytes m_held;
    Bytes m_freed;
    Bytes m_places;
};

/// What destroying this component alone would give back.
[[nodiscard]] Bytes exclusiveBytes(const ComponentWeights& component);

} // namespace weightroom::engine
