// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/ids.h"
#include "model_engine/core/result.h"
#include "model_engine/memory/arena.h"
#include "model_engine/memory/contents/content_store.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

namespace weightroom::engine {

class SlabPool;

enum class DeviceKind : std::uint8_t { Unknown = 0, Host, Cuda };
[[nodiscard]] std::string_view toText(DeviceKind kind); ///< "host", "cuda"

/// What a device is. A host device says that it is host memory wherever it is shown: its name says so.
struct DeviceDescription {
    DeviceId id;
    DeviceKind kind = DeviceKind::Unknown;
    std::string name; ///< "NVIDIA H100 80GB HBM3"; "Host memory (RAM, not a GPU)"
    std::string uuid; ///< of the GPU; empty for a host device
    std::string driver; ///< "CUDA 13.0"; empty for a host device
    Bytes capacity; ///< what may be held at most
};

/// What a device keeps in order to be used: a GPU its context, which takes memory there.
enum class DeviceUse : std::uint8_t {
    Unknown = 0,
    Resting, ///< nothing
    Idle, ///< something, and nothing of ours lies there: rest() gives it back
    InUse,
};

/// The state of a device's memory at one moment. What is unknown is absent, never 0.
struct DeviceMemory {
    ArenaStatistics ours;
    std::optional<Bytes> driverTotal; ///< as the driver reports it, other processes included
    std::optional<Bytes> driverFree;
};

/// One copy from the host to the device.
struct CopyStep {
    std::span<const std::byte> source;
    std::uint64_t destination = 0;
};

/// Keeps a range of host memory registered (pinned) for a device; gives it back when destroyed.
class HostRegistration {
public:
    virtual ~HostRegistration() = default;
};

/// The largest slab of a device that several tensors share. A slab is what is exported to other processes and what goes
/// back to the system when it is empty: small enough that a sparse one costs little, large enough that a model of 24 GB
/// is fewer than a hundred handles.
inline constexpr Bytes kDeviceSlabSize = kMiB * 256;

/// A device: memory in which components are loaded (C1). Every implementation passes the checks of device_contract.h.
///
/// Threads: arena(), contents() and memory() from any thread. upload(), download() and copyWithin() block their caller
/// until the bytes are there; they and rest() are called by the transfer thread of the device, one at a time. Errors:
/// Cancelled; OutOfDeviceMemory; OutOfHostMemory (a host device); DeviceError (still usable); DeviceLost: sticky, from
/// then on every call answers DeviceLost without touching the driver.
class Device {
public:
    virtual ~Device() = default;

    [[nodiscard]] virtual const DeviceDescription& description() const = 0;
    [[nodiscard]] virtual Arena& arena() = 0;
    /// What lies in the arena, by content.
    [[nodiscard]] ContentStore& contents() { return m_contents; }
    [[nodiscard]] virtual Result<DeviceMemory> memory() const = 0;
    /// What it keeps ready for the next load; nullptr: nothing. A GPU keeps nothing: its memory is wanted by others,
    /// and is given in milliseconds.
    [[nodiscard]] virtual SlabPool* pool() { return nullptr; }
    /// The reason for which the device is lost, if it is.
    [[nodiscard]] virtual std::optional<Error> lostReason() const = 0;

    /// Copies all steps. `progress` is called with the bytes copied since its last call; cancel is tested at least once
    /// per 64 MiB. After an error or a cancel no copy is under way any more, and the content of the destinations is
    /// undefined.
    [[nodiscard]] virtual Result<> upload(
        std::span<const CopyStep> steps, std::stop_token stop, const std::function<void(Bytes)>& progress) = 0;
    [[nodiscard]] virtual Result<> download(std::uint64_t source, std::span<std::byte> destination) = 0;
    /// The two ranges do not overlap.
    [[nodiscard]] virtual Result<> copyWithin(std::uint64_t source, std::uint64_t destination, Bytes size) = 0;

    /// Pins host memory for fast copies; a device that needs none answers with an empty registration. A failure is not
    /// the end of a load: the copies then go through pageable memory. The registration goes before the memory and the
    /// device. From any thread, as the destruction of a registration.
    [[nodiscard]] virtual Result<std::unique_ptr<HostRegistration>> registerHostMemory(std::span<std::byte> memory) = 0;
    /// Any thread. A host device keeps nothing that could be given back, and is always used.
    [[nodiscard]] virtual DeviceUse use() const { return DeviceUse::InUse; }
    /// Gives back what an idle device keeps; the next use takes it again. What is registered with it keeps it.
    virtual void rest() { }

private:
    ContentStore m_contents;
};

} // namespace weightroom::engine
