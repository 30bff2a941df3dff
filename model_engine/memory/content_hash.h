// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

struct XXH3_state_s;

namespace weightroom::engine {

/// XXH3, 128 bits, of the bytes of a tensor. Equal hashes say where to compare bytes, never that they are equal.
struct ContentHash {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    friend auto operator<=>(const ContentHash&, const ContentHash&) = default;
};

/// What equal contents have in common. Type and shape are not part of it: a weight of [512, 512, 1, 1] and one of
/// [512, 512] with the same bytes are one content.
struct ContentDigest {
    Bytes size;
    ContentHash hash;

    friend auto operator<=>(const ContentDigest&, const ContentDigest&) = default;
};

/// Applied to a hash when it is finished. Tests make hashes collide with it.
using HashFold = ContentHash (*)(ContentHash);
[[nodiscard]] constexpr ContentHash keptHash(ContentHash hash) { return hash; }

/// Hashes bytes that come block by block. 18 to 33 GB/s on one thread of the 2-core virtual machine of
/// docs/performance.md: nothing beside a disk, and less than a copy.
class ContentHasher {
public:
    explicit ContentHasher(HashFold fold = keptHash); ///< throws std::bad_alloc

    void add(std::span<const std::byte> bytes);
    [[nodiscard]] ContentDigest digest() const; ///< of all so far

private:
    struct Free {
        void operator()(XXH3_state_s* state) const;
    };
    const HashFold m_fold;
    std::unique_ptr<XXH3_state_s, Free> m_state;
    Bytes m_size;
};

/// Of bytes that are all there.
[[nodiscard]] ContentDigest digestOf(std::span<const std::byte> bytes, HashFold fold = keptHash);

} // namespace weightroom::engine
