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

/// XXH3, 128 bits, of samples of the bytes of a tensor. Equal hashes say where to compare bytes, never that they are
/// equal: bytes beside the samples are only looked at by that comparison.
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

/// Hashes samples of bytes that come block by block: the same ones however they are cut.
///
///     |#### kHashedWhole ####|      kSkipped       |# kSample #|      kSkipped       |# kSample #| …
///
/// Tensors whose samples are equal are nearly always equal throughout, so the rest would tell nothing apart that the
/// comparison does not. 0.007 CPU seconds per GB, where hashing all of it took 0.06 to 0.19 (2-core virtual machine of
/// docs/performance.md, 26 November 2026).
class ContentHasher {
public:
    explicit ContentHasher(HashFold fold = keptHash); ///< throws std::bad_alloc

    void add(std::span<const std::byte> bytes);
    [[nodiscard]] ContentDigest digest() const; ///< of all so far

    /// Biases, norms and other small tensors, of which models have thousands.
    static constexpr Bytes kHashedWhole = kKiB * 64;
    static constexpr Bytes kSample = kKiB * 4;
    /// A sample every 17 pages. That is no multiple of the rows of any usual matrix: samples lie in other columns each
    /// time.
    static constexpr Bytes kSkipped = kKiB * 64;

private:
    struct Free {
        void operator()(XXH3_state_s* state) const;
    };
    const HashFold m_fold;
    std::unique_ptr<XXH3_state_s, Free> m_state;
    Bytes m_size;
};

/// Of bytes that are all there. Throws std::bad_alloc.
[[nodiscard]] ContentDigest digestOf(std::span<const std::byte> bytes, HashFold fold = keptHash);

} // namespace weightroom::engine
