// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/system/log.h"
#include "model_engine/device/device_set.h"
#include "model_engine/memory/slabs/host_slab.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <vector>

namespace weightroom::engine {

/// Pins the slabs of the RAM cache for GPUs: out of pinned memory copies run at the speed of the bus. It takes as long
/// as taking the pages, and needs a context on a GPU, which takes VRAM (decision 24). So a slab is pinned when it is
/// made, if a GPU is used then, else by the first copy out of it; and it is unpinned when the GPU comes to rest.
///
///     made while a GPU is used ──────────▶ pinned ──the GPU that pinned it rests──▶ not pinned
///     made otherwise ──first copy out of it──▶                                       and so on
///
/// What one GPU has pinned is pinned for all. Thread-safe. The devices must outlive it.
class CachePinning {
public:
    CachePinning(DeviceSet& devices, LogSink& log);

    /// A new slab that has all of its pages. What is returned goes before the slab's memory.
    [[nodiscard]] std::unique_ptr<SlabCompanion> enter(HostSlab& slab);

    /// As long as somebody has this nothing is unpinned: copies may be under way.
    using Copying = std::shared_lock<std::shared_mutex>;
    [[nodiscard]] Copying beginCopying();
    /// Pins the slab out of which the first of `steps` copies, if it lies in the cache and is not pinned, and says how
    /// many steps, from the first one on, need no more than that. At least 1. A slab that cannot be pinned is logged,
    /// and copied as it is. For who has Copying, by the device's thread of copies.
    [[nodiscard]] std::size_t pinNext(Device& device, std::span<const CopyStep> steps);
    /// Unpins what this device has pinned, unless copies are under way.
    void release(const Device& device);

private:
    /// One slab. The memory is there as long as `bytes` are not empty.
    struct Pin {
        [[nodiscard]] Result<> take(Device& gpu);
        void release(const Device& gpu);
        [[nodiscard]] bool wants(const Device& gpu);

        std::mutex mutex; ///< guards all that follows; held while the driver is asked: it is what others wait for
        std::span<std::byte> bytes;
        std::unique_ptr<HostRegistration> registration; ///< nullptr: not pinned
        const Device* pinnedBy = nullptr;
        std::vector<const Device*> refusedBy; ///< they are not asked again before they have rested
    };
    class Entered;

    void pinForUsed(Pin& pin);
    [[nodiscard]] std::shared_ptr<Pin> find(std::span<const std::byte> bytes) const;
    void leave(Pin& pin);
    void pin(Pin& pin, Device& device); ///< any thread

    DeviceSet& m_devices;
    LogSink& m_log;
    std::shared_mutex m_copying; ///< shared by copies that are under way
    mutable std::mutex m_mutex; ///< guards m_pins
    std::map<const std::byte*, std::shared_ptr<Pin>> m_pins; ///< by where the slab begins; shared with who pins now
};

} // namespace weightroom::engine
