// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/page_residency.h"

#include <algorithm>
#include <array>
#include <sys/mman.h>

namespace weightroom::engine {
namespace {

constexpr std::uint64_t kPageSize = 4096;
/// Pages asked about in one call: 4 MiB of a file, on the stack.
constexpr std::size_t kPagesPerCall = 1024;

/// Bit 0 of each answer says whether the page is there; the others mean nothing.
constexpr bool isThere(unsigned char page) { return (page & 1U) != 0; }

/// What is wanted: the number, or whether all are there, for which the first one that is missing is enough.
enum class Wanted : std::uint8_t { Count, All };

/// How many of these pages are there, or fewer than all. Nothing where the kernel does not tell.
std::optional<std::size_t> countThere(std::span<std::byte> pages, Wanted wanted)
{
    std::array<unsigned char, kPagesPerCall> answers{};
    std::size_t there = 0;
    while (!pages.empty()) {
        const auto asked = pages.first(std::min(pages.size(), kPagesPerCall * kPageSize));
        const std::size_t count = asked.size() / kPageSize;
        if (::mincore(asked.data(), asked.size(), answers.data()) != 0)
            return std::nullopt;
        const auto found = static_cast<std::size_t>(std::ranges::count_if(std::span{answers}.first(count), isThere));
        there += found;
        if (wanted == Wanted::All && found < count)
            break;
        pages = pages.subspan(asked.size());
    }
    return there;
}

} // namespace

PageResidency::PageResidency(const InputFile& file)
    : m_size(file.identity().size)
{
    void* begin = ::mmap(nullptr, m_size.value, PROT_READ, MAP_SHARED, file.descriptor(), 0);
    if (begin != MAP_FAILED)
        m_begin = static_cast<std::byte*>(begin);
}

PageResidency::~PageResidency()
{
    if (m_begin)
        ::munmap(m_begin, m_size.value);
}

bool PageResidency::holds(std::uint64_t offset, Bytes size) const
{
    const auto pages = pagesOf(offset, size);
    return pages && countThere(*pages, Wanted::All) == pages->size() / kPageSize;
}

std::optional<std::size_t> PageResidency::pagesHeld(std::uint64_t offset, Bytes size) const
{
    const auto pages = pagesOf(offset, size);
    return pages ? countThere(*pages, Wanted::Count) : std::nullopt;
}

std::optional<std::span<std::byte>> PageResidency::pagesOf(std::uint64_t offset, Bytes size) const
{
    if (m_begin == nullptr || offset > m_size.value || size.value > m_size.value - offset)
        return std::nullopt;
    const std::uint64_t first = alignDown(offset, kPageSize);
    return std::span{m_begin + first, alignUp(offset + size.value, kPageSize) - first};
}

} // namespace weightroom::engine
