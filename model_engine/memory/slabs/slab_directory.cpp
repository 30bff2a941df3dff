// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/slabs/slab_directory.h"

#include "model_engine/memory/slabs/host_slab.h"

#include <iterator>

namespace weightroom::engine {

void SlabDirectory::add(HostSlab& slab)
{
    const std::scoped_lock lock{m_mutex};
    m_slabs.emplace(slab.hostBytes().data(), &slab);
    m_count = m_slabs.size();
}

void SlabDirectory::remove(const HostSlab& slab) noexcept
{
    const std::scoped_lock lock{m_mutex};
    m_slabs.erase(slab.hostBytes().data());
    m_count = m_slabs.size();
}

HostSlab* SlabDirectory::find(const std::byte* address) const
{
    const std::scoped_lock lock{m_mutex};
    const auto behind = m_slabs.upper_bound(address);
    if (behind == m_slabs.begin())
        return nullptr;
    HostSlab* const slab = std::prev(behind)->second;
    return address < slab->hostBytes().data() + slab->hostBytes().size() ? slab : nullptr;
}

} // namespace weightroom::engine
