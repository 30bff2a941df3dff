// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/jobs/helper_threads.h"
#include "model_engine/device/device.h"
#include "model_engine/memory/slabs/host_slab_source.h"
#include "model_engine/memory/slabs/slab_pool.h"

namespace weightroom::engine {

/// A device whose memory is host memory: an arena of memfd slabs with a fixed capacity, recycled by a pool. It says so
/// in its name. All that works on a GPU works here, sharing with other processes too.
///
/// Pages of a new slab are taken by the copy that needs them. Large blocks are copied by the caller and one helper
/// thread: 22.1 instead of 18.0 GB/s (2-core virtual machine, November 2026; one thread does not saturate the memory).
class HostDevice final : public Device {
public:
    HostDevice(DeviceId id, Bytes capacity);

    [[nodiscard]] const DeviceDescription& description() const override { return m_description; }
    [[nodiscard]] Arena& arena() override { return m_arena; }
    [[nodiscard]] SlabPool* pool() override { return &m_pool; }
    [[nodiscard]] Result<DeviceMemory> memory() const override;
    [[nodiscard]] std::optional<Error> lostReason() const override { return std::nullopt; }

    [[nodiscard]] Result<> upload(
        std::span<const CopyStep> steps, std::stop_token stop, const std::function<void(Bytes)>& progress) override;
    [[nodiscard]] Result<> download(std::uint64_t source, std::span<std::byte> destination) override;
    [[nodiscard]] Result<> copyWithin(std::uint64_t source, std::uint64_t destination, Bytes size) override;
    [[nodiscard]] Result<std::unique_ptr<HostRegistration>> registerHostMemory(std::span<std::byte> memory) override;

private:
    [[nodiscard]] Result<> write(std::uint64_t address, const std::byte* source, Bytes size);
    [[nodiscard]] Result<> writePart(std::span<std::byte> destination, const std::byte* source);

    void copyInParts(Bytes size, const std::function<void(std::uint64_t begin, Bytes size)>& copy);

    const DeviceDescription m_description;
    HostSlabSource m_source{HostMemory::Shared, PageTaking::WhenUsed};
    Budget m_budget;
    SlabPool m_pool{m_source, m_budget};
    Arena m_arena;
    HelperThreads m_helper{1}; ///< from the first large block on
};

} // namespace weightroom::engine
