// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/contents/evacuation.h"

namespace weightroom::engine {

Evacuation::~Evacuation()
{
    if (m_arena)
        m_arena->endEvacuation();
}

Result<std::vector<Allocation>> Evacuation::allocate(
    std::span<const Bytes> sizes, Bytes mostNew, const std::stop_token& stop)
{
    return m_arena->takePlaces(sizes, mostNew, Arena::Purpose::Move, stop);
}

bool Evacuation::isGivenUp() const { return !m_arena->isEvacuating(); }

} // namespace weightroom::engine
