// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/short_memory.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <map>
#include <mutex>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace weightroom::test {
namespace {

constexpr std::size_t kSmallest = std::size_t{1} << 20U;
constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

/// Ranges of addresses that large mappings have, and their bytes.
class Mappings {
public:
    static Mappings& instance()
    {
        static Mappings mappings;
        return mappings;
    }

    [[nodiscard]] bool isAllowed(std::size_t size)
    {
        const std::lock_guard lock{m_mutex};
        if (m_total <= m_limit && size <= m_limit - m_total)
            return true;
        ++m_refused;
        return false;
    }
    void add(void* address, std::size_t size)
    {
        const std::lock_guard lock{m_mutex};
        const auto begin = reinterpret_cast<std::uintptr_t>(address);
        m_ranges.emplace(begin, begin + size);
        m_total += size;
    }
    void remove(void* address, std::size_t size)
    {
        const std::lock_guard lock{m_mutex};
        const auto begin = reinterpret_cast<std::uintptr_t>(address);
        const std::uintptr_t end = begin + size;
        auto range = m_ranges.upper_bound(begin);
        if (range != m_ranges.begin())
            --range;
        while (range != m_ranges.end() && range->first < end) {
            const auto [first, last] = *range;
            if (last <= begin) {
                ++range;
                continue;
            }
            range = m_ranges.erase(range);
            m_total -= std::min(last, end) - std::max(first, begin);
            if (first < begin)
                m_ranges.emplace(first, begin);
            if (last > end)
                m_ranges.emplace(end, last);
        }
    }
    void limit(std::size_t more)
    {
        const std::lock_guard lock{m_mutex};
        m_refused = 0;
        m_limit = more == kNoLimit ? kNoLimit : m_total + more;
    }
    [[nodiscard]] std::size_t refused()
    {
        const std::lock_guard lock{m_mutex};
        return m_refused;
    }

private:
    std::mutex m_mutex; ///< guards what follows
    std::map<std::uintptr_t, std::uintptr_t> m_ranges; ///< begin and end
    std::size_t m_total = 0;
    std::size_t m_limit = kNoLimit;
    std::size_t m_refused = 0;
};

} // namespace

ShortMemory::ShortMemory(std::size_t more) { Mappings::instance().limit(more); }
ShortMemory::~ShortMemory() { Mappings::instance().limit(kNoLimit); }
std::size_t ShortMemory::refused() { return Mappings::instance().refused(); }

} // namespace weightroom::test

// The names under which the C library has mmap() for offsets of 64 bits, and munmap().
extern "C" {
void* mapOrRefuse(void* address, std::size_t size, int protection, int flags, int descriptor, off64_t offset) __asm__(
    "mmap64");
int unmapAndCount(void* address, std::size_t size) __asm__("munmap");

void* mapOrRefuse(void* address, std::size_t size, int protection, int flags, int descriptor, off64_t offset)
{
    auto& mappings = weightroom::test::Mappings::instance();
    const bool isLarge = size >= weightroom::test::kSmallest;
    if (isLarge && !mappings.isAllowed(size)) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    void* const mapped = // NOLINT: as the C library does it
        reinterpret_cast<void*>(::syscall(SYS_mmap, address, size, protection, flags, descriptor, offset));
    if (isLarge && mapped != MAP_FAILED)
        mappings.add(mapped, size);
    return mapped;
}

int unmapAndCount(void* address, std::size_t size)
{
    const auto result = static_cast<int>(::syscall(SYS_munmap, address, size));
    if (result == 0)
        weightroom::test::Mappings::instance().remove(address, size);
    return result;
}
}
