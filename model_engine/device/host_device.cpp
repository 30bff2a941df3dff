// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/host_device.h"

#include "model_engine/device/copy_blocks.h"
#include "model_engine/memory/parallel_chunks.h"

#include <cstring>

namespace weightroom::engine {
namespace {

// Below this, starting a thread costs more than the second one wins.
constexpr Bytes kSmallestSharedCopy = kMiB * 4;

std::byte* pointer(std::uint64_t address) { return reinterpret_cast<std::byte*>(address); }

void copyBytes(std::byte* destination, const std::byte* source, Bytes size)
{
    forEachPart(size, size < kSmallestSharedCopy ? 1 : 2,
        [&](std::uint64_t begin, Bytes part) { std::memcpy(destination + begin, source + begin, part.value); });
}

} // namespace

HostDevice::HostDevice(DeviceId id, Bytes capacity)
    : m_description{std::move(id), DeviceKind::Host, "Host memory (RAM, not a GPU)", {}, {}, capacity}
    , m_budget(capacity, ErrorCode::OutOfDeviceMemory, "host device")
    , m_arena(m_source, m_budget, kDeviceSlabSize)
{
}

Result<DeviceMemory> HostDevice::memory() const
{
    return DeviceMemory{m_arena.statistics(), std::nullopt, std::nullopt};
}

Result<> HostDevice::upload(
    std::span<const CopyStep> steps, std::stop_token stop, const std::function<void(Bytes)>& progress)
{
    CopyProgress done{progress};
    auto copied = forEachBlock(steps, stop, [&](const CopyStep& block) -> Result<> {
        const Bytes size{block.source.size()};
        copyBytes(pointer(block.destination), block.source.data(), size);
        done.add(size);
        return {};
    });
    done.flush();
    return copied;
}

Result<> HostDevice::download(std::uint64_t source, std::span<std::byte> destination)
{
    copyBytes(destination.data(), pointer(source), Bytes{destination.size()});
    return {};
}

Result<> HostDevice::copyWithin(std::uint64_t source, std::uint64_t destination, Bytes size)
{
    copyBytes(pointer(destination), pointer(source), size);
    return {};
}

Result<std::unique_ptr<HostRegistration>> HostDevice::registerHostMemory(std::span<std::byte>)
{
    return std::make_unique<HostRegistration>();
}

} // namespace weightroom::engine
