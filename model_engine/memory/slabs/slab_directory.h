// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>

namespace weightroom::engine {

class HostSlab;

/// The slabs of one source that do not have all of their pages yet, by address. Thread-safe; the mutex guards the map.
/// A slab leaves when it has them, or when it goes.
class SlabDirectory {
public:
    void add(HostSlab& slab);
    void remove(const HostSlab& slab) noexcept; ///< more than once is allowed
    /// The slab in which this address lies; nullptr when it lies in none of these.
    [[nodiscard]] HostSlab* find(const std::byte* address) const;
    /// Costs nothing: most of the time all slabs have their pages.
    [[nodiscard]] bool isEmpty() const { return m_count.load(std::memory_order_relaxed) == 0; }

private:
    mutable std::mutex m_mutex;
    std::map<const std::byte*, HostSlab*> m_slabs; ///< by their first byte
    std::atomic<std::size_t> m_count = 0;
};

} // namespace weightroom::engine
