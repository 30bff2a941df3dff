// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/core/ids.h"
#include "model_engine/device/nvml/gpu_reading.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// Who has bytes of a memory.
enum class LedgerOwner : std::uint8_t {
    None = 0,
    Component, ///< of a model: what no other component has
    Shared, ///< of several components, counted once
    Loading, ///< taken by a load of the model that has not ended yet
    Overhead, ///< ours: alignment, and slab space that no tensor uses
    Ready, ///< ours: slabs that the next load finds made
    Context, ///< ours: what the driver needs for this process beside its slabs
    Process, ///< another one
    Reserved, ///< by driver and firmware
    Unattributed, ///< is used, and nobody says by whom
    Free,
};
[[nodiscard]] std::string_view toText(LedgerOwner owner); ///< "component", "unattributed"

/// One line: who, and how many bytes.
struct LedgerEntry {
    LedgerOwner owner = LedgerOwner::None;
    Bytes size;
    ModelId model{}; ///< of a component and of what is loading
    ComponentId component{};
    std::int64_t processId = 0; ///< of a process
    std::string name{}; ///< of a process; empty: unknown
    /// Of a process: what the driver says of it, absent where it does not tell. May be more than `size`: what it shares
    /// with us is counted with the components.
    std::optional<Bytes> reported{};
    GpuWork work = GpuWork::Unknown; ///< of a process

    friend bool operator==(const LedgerEntry&, const LedgerEntry&) = default;
};

/// Who has which byte of a memory. The entries add up to `total`, always.
struct MemoryLedger {
    Bytes total;
    /// False: others may use this memory too, and nobody says how much. Then the total is what the engine itself may
    /// have, Free is what is left of that, and neither says how much there is.
    bool areOthersKnown = true;
    /// In the order of LedgerOwner. Unattributed and Free are always there, once; processes also those of no bytes, the
    /// largest first; the others only where they have any.
    std::vector<LedgerEntry> entries;

    [[nodiscard]] Bytes sizeOf(LedgerOwner owner) const; ///< of all its entries together
    friend bool operator==(const MemoryLedger&, const MemoryLedger&) = default;
};

/// What this engine has in one memory, by owner.
struct OwnMemory {
    struct Component {
        ModelId model;
        ComponentId component;
        Bytes exclusive; ///< that no other component has
    };
    struct Loading {
        ModelId model;
        Bytes size;
    };
    std::vector<Component> components;
    Bytes shared;
    std::vector<Loading> loading;
    Bytes overhead;
    Bytes ready;
    Bytes capacity; ///< what it may have at most

    [[nodiscard]] Bytes sum() const;
};

/// A process that the driver knows, with the name that we know.
struct NamedProcess {
    GpuProcess process;
    std::string name;
};

/// What the driver says of the whole device. Total and free belong together: without either, nothing is known of
/// others.
struct DriverView {
    bool isShared = false; ///< others may use this memory
    std::optional<Bytes> total;
    std::optional<Bytes> reserved; ///< absent: part of what is used
    std::optional<Bytes> free;
    std::vector<NamedProcess> processes; ///< this one too
    std::int64_t ownProcess = 0; ///< the id of this process
    Bytes heldThen; ///< what this engine held when the driver was asked
};

/// A pure function. What is ours is never doubted. The driver's figures are of another moment: what others use is what
/// was used then beside what we held then, and what we have taken or given back since changes what is free. Without the
/// driver's view, or where it has no total: of the engine's own capacity.
[[nodiscard]] MemoryLedger makeLedger(const OwnMemory& own, const DriverView& driver);

} // namespace weightroom::engine
