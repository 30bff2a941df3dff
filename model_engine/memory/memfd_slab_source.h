// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/file.h"
#include "model_engine/memory/slab.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

namespace weightroom::engine {

/// Something that must live as long as a slab and go before its memory does: registrations with devices, for example.
class SlabCompanion {
public:
    virtual ~SlabCompanion() = default;
};

/// Memory of the host: a memfd, mapped here. Its size is sealed, so that a process with which it is shared can never
/// take pages away under us (SIGBUS). Not inherited by child processes.
class HostSlab final : public Slab {
public:
    /// Reserves all pages and maps them in. Errors: OutOfHostMemory; IoError when the system refuses for another
    /// reason.
    [[nodiscard]] static Result<std::unique_ptr<HostSlab>> make(Bytes size);
    ~HostSlab() override;

    [[nodiscard]] std::span<std::byte> hostBytes() const { return m_bytes; }
    /// The descriptor of the memfd: what is handed to other processes. Owned by the slab.
    [[nodiscard]] int descriptor() const { return m_descriptor.get(); }

private:
    friend class MemfdSlabSource;
    HostSlab(UniqueFd descriptor, std::span<std::byte> bytes);

    UniqueFd m_descriptor;
    std::span<std::byte> m_bytes;
    std::unique_ptr<SlabCompanion> m_companion;
};

/// Slabs of host memory, for the RAM cache and for host devices. Thread-safe.
///
/// Cost: the kernel clears every page, about 0.5 s per GiB with two threads (2-core virtual machine, November 2026);
/// afterwards the memory is touched, and copies into it run at full speed instead of a tenth of it.
class MemfdSlabSource final : public SlabSource {
public:
    /// Called on the allocating thread, no lock held, when a slab was made; what it returns (or nothing) is kept with
    /// the slab and destroyed right before its memory is unmapped.
    using OnSlabMade = std::function<std::unique_ptr<SlabCompanion>(HostSlab&)>;

    explicit MemfdSlabSource(OnSlabMade onSlabMade = {});
    [[nodiscard]] Bytes granularity() const override { return m_granularity; }
    [[nodiscard]] Result<std::unique_ptr<Slab>> acquire(Bytes size) override;

private:
    const Bytes m_granularity;
    const OnSlabMade m_onSlabMade;
};

} // namespace weightroom::engine
