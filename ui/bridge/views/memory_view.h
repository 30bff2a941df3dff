// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>

#include <algorithm>
#include <optional>

namespace weightroom::ui {

enum class MemoryPlace : quint8 { None = 0, Gpu, HostDevice, Cache };

/// Owner: what is loaded or cached. Loading: what a load that has not ended yet has taken.
enum class MemoryUse : quint8 { Owner = 0, Loading };

/// What one model holds in one memory.
struct MemoryOwner {
    QString modelId;
    QString modelName;
    QStringList components; ///< "unet_sdxl, 4.78 GiB", in the order of the file
    quint64 bytes = 0; ///< that no other component has
    MemoryUse use = MemoryUse::Owner;
    bool isOnlyLeased = false; ///< it was unloaded, and other programs still use it

    friend bool operator==(const MemoryOwner&, const MemoryOwner&) = default;
};

/// Another program that uses what a model holds in one memory.
struct MemoryUser {
    QString program; ///< "ComfyUI (process 4711)", safe to show
    QString modelId;
    QString modelName;
    quint64 bytes = 0;
    bool isOffered = false; ///< it was offered them and has not attached yet

    friend bool operator==(const MemoryUser&, const MemoryUser&) = default;
};

/// A device or the RAM cache, and who holds its bytes: owners + shared + overhead = held, held + free =
/// capacity.
struct MemoryView {
    QString id; ///< "GPU_0", "HOST_0"; "CACHE" for the cache
    QString title; ///< what it is: "NVIDIA H100", "Host memory (RAM, not a GPU)"
    MemoryPlace place = MemoryPlace::None;
    quint64 capacity = 0;
    quint64 held = 0;
    quint64 shared = 0; ///< of several components, counted once
    quint64 overhead = 0;
    QList<MemoryOwner> owners;
    std::optional<quint64> usedByOthers; ///< of a GPU, by other processes; unknown is not zero
    quint64 usedByDriver = 0; ///< of a GPU, by the driver for itself and for this program; 0 also where that is unknown
    QString problem; ///< why it cannot be used; empty when it can
    quint64 ready = 0; ///< of what is free: kept made for the next load, so that it begins at once
    QList<MemoryUser> users{}; ///< other programs, by their leases
    QString note{}; ///< what is worth knowing about it now; may be empty
    quint64 total = 0; ///< of a GPU, all of it: the capacity and what is left to others; 0: not known

    [[nodiscard]] quint64 whole() const { return std::max(total, capacity); } ///< what the parts of a gauge add up to
    /// What this program might take yet, if others left it.
    [[nodiscard]] quint64 unheldBytes() const { return capacity - std::min(capacity, held); }
    /// What there is for it now: less, where other programs have taken from it.
    [[nodiscard]] quint64 freeBytes() const
    {
        if (total == 0 || !usedByOthers)
            return unheldBytes();
        const quint64 used = held + *usedByOthers + usedByDriver;
        return std::min(unheldBytes(), total - std::min(total, used));
    }
    friend bool operator==(const MemoryView&, const MemoryView&) = default;
};

} // namespace weightroom::ui
