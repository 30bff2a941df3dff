// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/content_hash.h"

#include <xxhash.h>

#include <new>

namespace weightroom::engine {
namespace {

ContentHash hashFrom(const ::XXH128_hash_t& hash) { return {hash.high64, hash.low64}; }

} // namespace

void ContentHasher::Free::operator()(XXH3_state_s* state) const { ::XXH3_freeState(state); }

ContentHasher::ContentHasher(HashFold fold)
    : m_fold(fold)
    , m_state(::XXH3_createState())
{
    if (!m_state)
        throw std::bad_alloc{};
    ::XXH3_128bits_reset(m_state.get());
}

void ContentHasher::add(std::span<const std::byte> bytes)
{
    ::XXH3_128bits_update(m_state.get(), bytes.data(), bytes.size());
    m_size += Bytes{bytes.size()};
}

ContentDigest ContentHasher::digest() const { return {m_size, m_fold(hashFrom(::XXH3_128bits_digest(m_state.get())))}; }

ContentDigest digestOf(std::span<const std::byte> bytes, HashFold fold)
{
    return {Bytes{bytes.size()}, fold(hashFrom(::XXH3_128bits(bytes.data(), bytes.size())))};
}

} // namespace weightroom::engine
