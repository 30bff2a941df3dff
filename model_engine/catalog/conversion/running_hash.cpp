// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/running_hash.h"

#include <new>
#include <xxhash.h>

namespace weightroom::engine {

void RunningHash::Free::operator()(XXH3_state_s* state) const { ::XXH3_freeState(state); }

RunningHash::RunningHash()
    : m_state(::XXH3_createState())
{
    if (!m_state)
        throw std::bad_alloc();
    reset();
}

void RunningHash::reset() { ::XXH3_64bits_reset(m_state.get()); }

void RunningHash::add(std::span<const std::byte> bytes)
{
    ::XXH3_64bits_update(m_state.get(), bytes.data(), bytes.size());
}

std::uint64_t RunningHash::value() const { return ::XXH3_64bits_digest(m_state.get()); }

std::uint64_t hashOf(std::span<const std::byte> bytes) { return ::XXH3_64bits(bytes.data(), bytes.size()); }

} // namespace weightroom::engine
