// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/memory/arena.h"

#include <span>
#include <stop_token>
#include <utility>
#include <vector>

namespace weightroom::engine {

/// Keeps new places out of some slabs of an arena while their contents are moved to others; made by Arena::evacuate().
/// What lies in them is used and given back as ever, and a slab that nothing lies in any more goes back, as any other.
/// A load that does not fit otherwise takes the free space of these slabs all the same: then the evacuation is given
/// up. The destructor makes the slabs as they were. For one thread; the arena must outlive it.
class Evacuation {
public:
    Evacuation(Evacuation&& other) noexcept
        : m_arena(std::exchange(other.m_arena, nullptr))
    {
    }
    Evacuation& operator=(Evacuation&&) = delete;
    Evacuation(const Evacuation&) = delete;
    Evacuation& operator=(const Evacuation&) = delete;
    ~Evacuation();

    /// As Arena::allocate(), but it never takes more than `mostNew` for new slabs, and gives up no evacuation. Errors:
    /// as there; the budget's too when `mostNew` is not enough.
    [[nodiscard]] Result<std::vector<Allocation>> allocate(
        std::span<const Bytes> sizes, Bytes mostNew, const std::stop_token& stop);
    /// A load has taken the slabs for itself: nothing will be gained any more.
    [[nodiscard]] bool isGivenUp() const;

private:
    friend class Arena;
    explicit Evacuation(Arena& arena)
        : m_arena(&arena)
    {
    }
    Arena* m_arena;
};

} // namespace weightroom::engine
