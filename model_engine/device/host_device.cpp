// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/host_device.h"

#include "model_engine/device/copy_blocks.h"
#include "model_engine/memory/contents/parallel_chunks.h"

#include <algorithm>
#include <cstring>
#include <mutex>

namespace weightroom::engine {
namespace {

// Below this, waking a thread costs more than the second one wins.
constexpr Bytes kSmallestSharedCopy = kMiB * 4;

std::byte* pointer(std::uint64_t address) { return reinterpret_cast<std::byte*>(address); }

} // namespace

HostDevice::HostDevice(DeviceId id, Bytes capacity)
    : m_description{std::move(id), DeviceKind::Host, "Host memory (RAM, not a GPU)", {}, {}, capacity}
    , m_budget(capacity, ErrorCode::OutOfDeviceMemory, "host device")
    , m_arena(m_pool, m_budget, kDeviceSlabSize)
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
        if (auto written = write(block.destination, block.source.data(), size); !written)
            return written;
        done.add(size);
        return {};
    });
    done.flush();
    return copied;
}

Result<> HostDevice::download(std::uint64_t source, std::span<std::byte> destination)
{
    const std::byte* const begin = pointer(source);
    copyInParts(Bytes{destination.size()}, [&](std::uint64_t offset, Bytes part) {
        std::memcpy(destination.data() + offset, begin + offset, part.value);
    });
    return {};
}

Result<> HostDevice::copyWithin(std::uint64_t source, std::uint64_t destination, Bytes size)
{
    return write(destination, pointer(source), size);
}

/// Large ones by two threads. `copy(begin, size)` copies a part.
void HostDevice::copyInParts(Bytes size, const std::function<void(std::uint64_t begin, Bytes size)>& copy)
{
    if (size >= kSmallestSharedCopy)
        forEachPart(size, m_helper, copy);
    else if (size > Bytes{}) // nothing has no address
        copy(0, size);
}

Result<> HostDevice::write(std::uint64_t address, const std::byte* source, Bytes size)
{
    std::mutex mutex; // guards what follows
    Result<> written;
    copyInParts(size, [&](std::uint64_t offset, Bytes part) {
        auto partWritten = writePart({pointer(address) + offset, part.value}, source + offset);
        const std::scoped_lock lock{mutex};
        if (!partWritten)
            written = std::move(partWritten);
    });
    return written;
}

/// Where pages have to be taken, in steps: what the kernel has just cleared is still in the processor's cache when it
/// is written.
Result<> HostDevice::writePart(std::span<std::byte> destination, const std::byte* source)
{
    const std::size_t step = m_source.isComplete() ? destination.size() : kMiB.value;
    while (!destination.empty()) {
        const auto next = destination.first(std::min(step, destination.size()));
        if (auto taken = m_source.takePages(next); !taken)
            return taken;
        std::memcpy(next.data(), source, next.size());
        destination = destination.subspan(next.size());
        source += next.size();
    }
    return {};
}

Result<std::unique_ptr<HostRegistration>> HostDevice::registerHostMemory(std::span<std::byte>)
{
    return std::make_unique<HostRegistration>();
}

} // namespace weightroom::engine
