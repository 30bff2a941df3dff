// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

struct XXH3_state_s;

namespace weightroom::engine {

/// XXH3, 64 bits, over bytes that come block by block: tells what was damaged from what was not, and is no proof
/// against intent. Above 10 GB/s: nothing beside a disk.
class RunningHash {
public:
    RunningHash(); ///< throws std::bad_alloc

    void reset();
    void add(std::span<const std::byte> bytes);
    [[nodiscard]] std::uint64_t value() const; ///< of all since the last reset

private:
    struct Free {
        void operator()(XXH3_state_s* state) const;
    };
    std::unique_ptr<XXH3_state_s, Free> m_state;
};

/// Of bytes that are all there.
[[nodiscard]] std::uint64_t hashOf(std::span<const std::byte> bytes);

} // namespace weightroom::engine
