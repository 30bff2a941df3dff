// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/contents/content_hash.h"

#include <xxhash.h>

#include <algorithm>
#include <new>

namespace weightroom::engine {
namespace {

/// Bytes that are treated alike, from some position on.
struct Stretch {
    bool isSampled = false;
    std::uint64_t size = 0;
};

Stretch stretchAt(std::uint64_t position)
{
    constexpr std::uint64_t kWhole = ContentHasher::kHashedWhole.value;
    constexpr std::uint64_t kSkipped = ContentHasher::kSkipped.value;
    constexpr std::uint64_t kPeriod = kSkipped + ContentHasher::kSample.value;
    if (position < kWhole)
        return {true, kWhole - position};
    const std::uint64_t inPeriod = (position - kWhole) % kPeriod;
    return inPeriod < kSkipped ? Stretch{false, kSkipped - inPeriod} : Stretch{true, kPeriod - inPeriod};
}

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
    while (!bytes.empty()) {
        const Stretch stretch = stretchAt(m_size.value);
        const auto part = bytes.first(std::min<std::uint64_t>(bytes.size(), stretch.size));
        if (stretch.isSampled)
            ::XXH3_128bits_update(m_state.get(), part.data(), part.size());
        m_size += Bytes{part.size()};
        bytes = bytes.subspan(part.size());
    }
}

ContentDigest ContentHasher::digest() const
{
    const ::XXH128_hash_t hash = ::XXH3_128bits_digest(m_state.get());
    return {m_size, m_fold({hash.high64, hash.low64})};
}

ContentDigest digestOf(std::span<const std::byte> bytes, HashFold fold)
{
    ContentHasher hasher{fold};
    hasher.add(bytes);
    return hasher.digest();
}

} // namespace weightroom::engine
