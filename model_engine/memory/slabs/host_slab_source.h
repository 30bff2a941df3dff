// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/memory/slabs/host_slab.h"
#include "model_engine/memory/slabs/slab_directory.h"

#include <functional>
#include <memory>
#include <span>

namespace weightroom::engine {

/// When the pages of a slab are taken.
enum class PageTaking : std::uint8_t {
    None = 0,
    AtOnce, ///< before it is handed out
    WhenUsed, ///< by whoever is about to write there, who calls takePages() before: beside reading, not before it
};

/// Slabs of host memory, for the RAM cache and for host devices. Thread-safe.
///
/// Cost: the kernel clears every page, about 0.5 s per GiB of a memfd with two threads (2-core virtual machine,
/// November 2026); afterwards copies into it run at full speed instead of a tenth of it.
class HostSlabSource final : public SlabSource {
public:
    /// Called on the thread that completes a slab, no lock held; what it returns (or nothing) is kept with the slab and
    /// destroyed right before its memory is unmapped.
    using OnSlabMade = std::function<std::unique_ptr<SlabCompanion>(HostSlab&)>;

    /// `onSlabMade` wants all pages: it goes with AtOnce.
    HostSlabSource(HostMemory kind, PageTaking taking, OnSlabMade onSlabMade = {});
    [[nodiscard]] Bytes granularity() const override { return m_granularity; }
    [[nodiscard]] Result<std::unique_ptr<Slab>> acquire(Bytes size) override;
    [[nodiscard]] Result<std::unique_ptr<Slab>> acquireBare(Bytes size) override;
    [[nodiscard]] Result<Preparation> prepare(Slab& slab, Bytes most) override;
    [[nodiscard]] Result<> complete(Slab& slab) override;

    /// Takes the pages of `bytes`, which lie in one slab of this source or in none. Any thread, before it writes there;
    /// where all slabs have their pages it costs nothing. Errors: OutOfHostMemory, IoError.
    [[nodiscard]] Result<> takePages(std::span<std::byte> bytes);
    /// Whether all slabs have their pages.
    [[nodiscard]] bool isComplete() const { return m_unfinished->isEmpty(); }

private:
    [[nodiscard]] Result<std::unique_ptr<HostSlab>> makeBare(Bytes size);
    void equip(HostSlab& slab);

    const HostMemory m_kind;
    const PageTaking m_taking;
    const Bytes m_granularity;
    const OnSlabMade m_onSlabMade;
    const std::shared_ptr<SlabDirectory> m_unfinished = std::make_shared<SlabDirectory>();
};

} // namespace weightroom::engine
