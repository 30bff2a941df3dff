// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/slabs/host_slab_source.h"

#include <cassert>
#include <unistd.h>
#include <utility>

namespace weightroom::engine {
namespace {

/// Every slab that this source sees is one that it has made.
HostSlab& hostSlab(Slab& slab) { return static_cast<HostSlab&>(slab); }

} // namespace

HostSlabSource::HostSlabSource(HostMemory kind, PageTaking taking, OnSlabMade onSlabMade)
    : m_kind(kind)
    , m_taking(taking)
    , m_granularity{static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))}
    , m_onSlabMade(std::move(onSlabMade))
{
    assert(!m_onSlabMade || m_taking == PageTaking::AtOnce);
}

Result<std::unique_ptr<Slab>> HostSlabSource::acquire(Bytes size)
{
    auto slab = makeBare(size);
    if (!slab)
        return fail(std::move(slab).error());
    if (auto completed = complete(**slab); !completed)
        return fail(std::move(completed).error());
    return std::unique_ptr<Slab>{std::move(*slab)};
}

Result<std::unique_ptr<Slab>> HostSlabSource::acquireBare(Bytes size)
{
    auto slab = makeBare(size);
    if (!slab)
        return fail(std::move(slab).error());
    return std::unique_ptr<Slab>{std::move(*slab)};
}

Result<std::unique_ptr<HostSlab>> HostSlabSource::makeBare(Bytes size)
{
    assert(size > Bytes{} && size.value % m_granularity.value == 0);
    auto slab = HostSlab::map(size, m_kind);
    if (slab && m_taking == PageTaking::WhenUsed)
        (*slab)->enter(m_unfinished);
    return slab;
}

Result<Preparation> HostSlabSource::prepare(Slab& slab, Bytes most)
{
    HostSlab& host = hostSlab(slab);
    // What comes with the last page is a step of its own: to pin a slab takes as long as a step of pages.
    if (host.hasAllPages()) {
        equip(host);
        return Preparation::Complete;
    }
    if (auto taken = host.takeMorePages(most); !taken)
        return fail(std::move(taken).error());
    return host.hasAllPages() && !m_onSlabMade ? Preparation::Complete : Preparation::Begun;
}

Result<> HostSlabSource::complete(Slab& slab)
{
    if (m_taking == PageTaking::WhenUsed)
        return {};
    HostSlab& host = hostSlab(slab);
    if (auto taken = host.takeAllPages(); !taken)
        return taken;
    equip(host);
    return {};
}

/// Once for each slab.
void HostSlabSource::equip(HostSlab& slab)
{
    if (m_onSlabMade && !slab.isEquipped())
        slab.equip(m_onSlabMade(slab));
}

Result<> HostSlabSource::takePages(std::span<std::byte> bytes)
{
    if (bytes.empty() || m_unfinished->isEmpty())
        return {};
    HostSlab* const slab = m_unfinished->find(bytes.data());
    return slab ? slab->takePages(bytes) : Result<>{};
}

} // namespace weightroom::engine
