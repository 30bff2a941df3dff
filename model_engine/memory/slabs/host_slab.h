// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/files/file.h"
#include "model_engine/memory/slabs/slab.h"

#include <atomic>
#include <cstddef>
#include <memory>
#include <span>

namespace weightroom::engine {

class SlabDirectory;

/// Something that must live as long as a slab and go before its memory does: registrations with devices, for example.
class SlabCompanion {
public:
    virtual ~SlabCompanion() = default;
};

enum class HostMemory : std::uint8_t {
    None = 0,
    /// A memfd, which can be handed to other processes. Its size is sealed, so that none of them can ever take pages
    /// away under us (SIGBUS).
    Shared,
    /// Anonymous memory, in huge pages where the system has them: they are taken six times as fast as those of a memfd,
    /// and given back a hundred times as fast (docs/decisions/0012).
    Private,
};

/// Memory of the host, mapped here. Not inherited by child processes.
///
/// Pages are what costs: taking one means that the kernel clears it. They are taken all at once, or by whoever is about
/// to write; what is taken is remembered, so that nothing is done twice.
class HostSlab final : public Slab {
public:
    /// Maps it without taking pages. Errors: OutOfHostMemory; IoError when the system refuses for another reason.
    [[nodiscard]] static Result<std::unique_ptr<HostSlab>> map(Bytes size, HostMemory kind);
    /// Maps it and takes all pages, on a few threads.
    [[nodiscard]] static Result<std::unique_ptr<HostSlab>> make(Bytes size, HostMemory kind = HostMemory::Shared);
    ~HostSlab() override;

    [[nodiscard]] std::span<std::byte> hostBytes() const { return m_bytes; }
    /// The descriptor of the memfd. Owned by the slab; < 0 for private memory.
    [[nodiscard]] int descriptor() const { return m_descriptor.get(); }
    /// From the first time on nobody can make another mapping by which the memory is written, where the system knows
    /// that seal (Linux 5.1); the one of this process stays.
    [[nodiscard]] Result<UniqueFd> exportDescriptor() override;

    /// Takes the pages of `part`, which lies in this slab, as far as they are not there: what a first write would say
    /// by SIGBUS is an error here. Any thread, several at once, also while others write there. Errors: as for map().
    [[nodiscard]] Result<> takePages(std::span<std::byte> part);
    /// Takes up to `most` bytes of pages, from the front. Errors: as for map().
    [[nodiscard]] Result<> takeMorePages(Bytes most);
    /// Takes all pages that are not there, on a few threads. Errors: as for map().
    [[nodiscard]] Result<> takeAllPages();
    [[nodiscard]] bool hasAllPages() const { return m_blocksTaken == blockCount(); }

    /// Enters it into a directory until it has all pages. At most once, before others know the slab.
    void enter(std::shared_ptr<SlabDirectory> directory);
    /// `companion`, which may be nullptr, goes with the slab. At most once.
    void equip(std::unique_ptr<SlabCompanion> companion)
    {
        m_companion = std::move(companion);
        m_isEquipped = true;
    }
    [[nodiscard]] bool isEquipped() const { return m_isEquipped; }

private:
    HostSlab(UniqueFd descriptor, std::span<std::byte> bytes);
    [[nodiscard]] std::size_t blockCount() const;
    [[nodiscard]] int takeBlock(std::size_t block);

    UniqueFd m_descriptor;
    std::span<std::byte> m_bytes;
    std::unique_ptr<std::atomic<bool>[]> m_isTaken; ///< of each block
    std::atomic<std::size_t> m_blocksTaken = 0;
    std::shared_ptr<SlabDirectory> m_directory; ///< shared with the source, which need not outlive the slab
    std::unique_ptr<SlabCompanion> m_companion;
    bool m_isEquipped = false;
};

} // namespace weightroom::engine
