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

bool allThere(std::byte* begin, std::size_t pages)
{
    std::array<unsigned char, kPagesPerCall> answers{};
    while (pages > 0) {
        const std::size_t asked = std::min(pages, kPagesPerCall);
        if (::mincore(begin, asked * kPageSize, answers.data()) != 0
            || !std::all_of(answers.begin(), answers.begin() + static_cast<std::ptrdiff_t>(asked), isThere))
            return false;
        begin += asked * kPageSize;
        pages -= asked;
    }
    return true;
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
    if (m_begin == nullptr || offset > m_size.value || size.value > m_size.value - offset)
        return false;
    const std::uint64_t first = alignDown(offset, kPageSize);
    return allThere(m_begin + first, (alignUp(offset + size.value, kPageSize) - first) / kPageSize);
}

} // namespace weightroom::engine
