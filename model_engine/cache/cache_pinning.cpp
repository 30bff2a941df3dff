// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/cache_pinning.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace weightroom::engine {
namespace {

bool contains(std::span<const std::byte> slab, std::span<const std::byte> bytes)
{
    const std::less_equal<> isAtOrBefore;
    return isAtOrBefore(slab.data(), bytes.data())
        && isAtOrBefore(bytes.data() + bytes.size(), slab.data() + slab.size());
}

} // namespace

class CachePinning::Entered final : public SlabCompanion {
public:
    Entered(CachePinning& pinning, std::shared_ptr<Pin> pin)
        : m_pinning(pinning)
        , m_pin(std::move(pin))
    {
    }
    Entered(const Entered&) = delete;
    Entered& operator=(const Entered&) = delete;
    ~Entered() override { m_pinning.leave(*m_pin); }

private:
    CachePinning& m_pinning;
    const std::shared_ptr<Pin> m_pin; ///< shared with who unpins it at this moment
};

CachePinning::CachePinning(DeviceSet& devices, LogSink& log)
    : m_devices(devices)
    , m_log(log)
{
}

std::unique_ptr<SlabCompanion> CachePinning::enter(HostSlab& slab)
{
    auto entry = std::make_shared<Pin>();
    entry->bytes = slab.hostBytes();
    auto entered = std::make_unique<Entered>(*this, entry);
    {
        const std::scoped_lock lock{m_mutex};
        m_pins.emplace(entry->bytes.data(), entry);
    }
    pinForUsed(*entry);
    return entered;
}

void CachePinning::pinForUsed(Pin& pin)
{
    for (const auto& device : m_devices.devices) {
        const bool isUsedGpu = device->description().kind != DeviceKind::Host && device->use() != DeviceUse::Resting;
        if (isUsedGpu && pin.wants(*device))
            this->pin(pin, *device);
    }
}

/// Whoever unpins it at this moment has done so when this returns, and the memory may go.
void CachePinning::leave(Pin& pin)
{
    {
        const std::scoped_lock lock{m_mutex};
        m_pins.erase(pin.bytes.data());
    }
    const std::scoped_lock lock{pin.mutex};
    pin.registration.reset();
    pin.bytes = {};
}

CachePinning::Copying CachePinning::beginCopying() { return Copying{m_copying}; }

std::shared_ptr<CachePinning::Pin> CachePinning::find(std::span<const std::byte> bytes) const
{
    const std::scoped_lock lock{m_mutex};
    const auto behind = m_pins.upper_bound(bytes.data());
    if (behind == m_pins.begin())
        return nullptr;
    const auto& candidate = std::prev(behind)->second;
    return contains(candidate->bytes, bytes) ? candidate : nullptr;
}

bool CachePinning::Pin::wants(const Device& gpu)
{
    const std::scoped_lock lock{mutex};
    return !registration && !bytes.empty() && std::ranges::find(refusedBy, &gpu) == refusedBy.end();
}

Result<> CachePinning::Pin::take(Device& gpu)
{
    const std::scoped_lock lock{mutex};
    if (registration || bytes.empty()) // somebody was quicker
        return {};
    auto registered = gpu.registerHostMemory(bytes);
    if (!registered) {
        refusedBy.push_back(&gpu);
        return fail(std::move(registered).error());
    }
    registration = std::move(*registered);
    pinnedBy = &gpu;
    return {};
}

void CachePinning::Pin::release(const Device& gpu)
{
    const std::scoped_lock lock{mutex};
    std::erase(refusedBy, &gpu);
    if (pinnedBy != &gpu)
        return;
    registration.reset();
    pinnedBy = nullptr;
}

void CachePinning::pin(Pin& pin, Device& device)
{
    if (const auto taken = pin.take(device); !taken)
        m_log.write(LogLevel::Warning,
            "A cache slab could not be pinned, copies from it will be slower: " + describe(taken.error()));
}

std::size_t CachePinning::pinNext(Device& device, std::span<const CopyStep> steps)
{
    std::size_t ready = 0;
    std::shared_ptr<Pin> last;
    bool mayPin = true;
    for (; ready < steps.size(); ++ready) {
        const auto bytes = steps[ready].source;
        if (last && contains(last->bytes, bytes))
            continue;
        last = find(bytes);
        if (!last || !last->wants(device))
            continue;
        if (!std::exchange(mayPin, false))
            break;
        pin(*last, device);
    }
    return ready;
}

void CachePinning::release(const Device& device)
{
    const std::unique_lock nobodyCopies{m_copying, std::try_to_lock};
    if (!nobodyCopies)
        return;
    std::vector<std::shared_ptr<Pin>> pins;
    {
        const std::scoped_lock lock{m_mutex};
        for (const auto& [begin, pin] : m_pins)
            pins.push_back(pin);
    }
    for (const auto& pin : pins)
        pin->release(device);
}

} // namespace weightroom::engine
