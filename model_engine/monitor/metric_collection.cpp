// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/metric_collection.h"

#include <cmath>
#include <optional>

namespace weightroom::engine {
namespace {

/// Enters what is known.
class Collection {
public:
    explicit Collection(Clock::Wall at)
        : m_at(at)
    {
    }
    void setDevice(DeviceId device) { m_device = std::move(device); }
    void setTime(Clock::Wall at) { m_at = at; }

    void add(Metric metric, double value)
    {
        if (std::isfinite(value))
            m_samples.push_back({.series = {metric, m_device}, .at = m_at, .value = value});
    }
    void add(Metric metric, Bytes value) { add(metric, static_cast<double>(value.value)); }
    template <class Number>
    void add(Metric metric, const std::optional<Number>& value)
    {
        if (value)
            add(metric, static_cast<double>(*value));
    }
    void add(Metric metric, const std::optional<Bytes>& value)
    {
        if (value)
            add(metric, *value);
    }
    [[nodiscard]] std::vector<MetricSample> take() { return std::move(m_samples); }

private:
    Clock::Wall m_at;
    DeviceId m_device;
    std::vector<MetricSample> m_samples;
};

bool isOurs(LedgerOwner owner)
{
    return owner == LedgerOwner::Component || owner == LedgerOwner::Shared || owner == LedgerOwner::Loading
        || owner == LedgerOwner::Overhead || owner == LedgerOwner::Context;
}

void addOwnMemory(Collection& collection, const MemoryLedger& ledger)
{
    Bytes held;
    for (const LedgerEntry& entry : ledger.entries)
        held += isOurs(entry.owner) ? entry.size : Bytes{};
    collection.add(Metric::MemoryHeld, held);
}

void addOtherMemory(Collection& collection, const MemoryLedger& ledger)
{
    if (!ledger.areOthersKnown)
        return;
    collection.add(Metric::MemoryUsedByOthers,
        ledger.sizeOf(LedgerOwner::Process) + ledger.sizeOf(LedgerOwner::Unattributed)
            + ledger.sizeOf(LedgerOwner::Reserved));
    collection.add(Metric::MemoryFree, ledger.sizeOf(LedgerOwner::Free) + ledger.sizeOf(LedgerOwner::Ready));
}

void addReading(Collection& collection, const GpuReading& reading)
{
    collection.add(Metric::GpuBusy, reading.busyFraction);
    collection.add(Metric::GpuMemoryBusy, reading.memoryBusyFraction);
    collection.add(Metric::Temperature, reading.temperature);
    collection.add(Metric::Power, reading.power);
    collection.add(Metric::GraphicsClock, reading.graphicsClock);
    collection.add(Metric::MemoryClock, reading.memoryClock);
    collection.add(Metric::PcieReceived, reading.pcieReceived);
    collection.add(Metric::PcieSent, reading.pcieSent);
    collection.add(Metric::FanSpeed, reading.fanFraction);
}

/// What the driver says of a device.
void addDriverView(Collection& collection, const WatchedDevice& device)
{
    addOtherMemory(collection, device.ledger);
    if (device.reading)
        addReading(collection, *device.reading);
}

void addHost(Collection& collection, const HostReading& host)
{
    if (host.memoryTotal && host.memoryAvailable)
        collection.add(Metric::RamUsed, *host.memoryTotal - std::min(*host.memoryTotal, *host.memoryAvailable));
    collection.add(Metric::RamAvailable, host.memoryAvailable);
    collection.add(Metric::MemoryStall, host.memoryStall);
    collection.add(Metric::DiskStall, host.diskStall);
    collection.add(Metric::ProcessorStall, host.processorStall);
    collection.add(Metric::DiskRead, host.diskRead);
    collection.add(Metric::DiskWritten, host.diskWritten);
    collection.add(Metric::EngineMemory, host.ownMemory);
    collection.add(Metric::EngineProcessor, host.ownProcessor);
    collection.add(Metric::GroupMemory, host.group.memory);
}

} // namespace

std::vector<MetricSample> samplesOf(const MonitorSnapshot& now, const MonitorSnapshot* before)
{
    Collection collection{now.at};
    addHost(collection, now.host);
    collection.add(Metric::CacheHeld,
        now.cache.total - now.cache.sizeOf(LedgerOwner::Free) - now.cache.sizeOf(LedgerOwner::Ready));
    if (before) {
        collection.add(Metric::CacheHits, static_cast<double>(now.cacheHits - before->cacheHits));
        collection.add(Metric::CacheMisses, static_cast<double>(now.cacheMisses - before->cacheMisses));
    }
    for (const WatchedDevice& device : now.devices) {
        collection.setDevice(device.description.id);
        addOwnMemory(collection, device.ledger);
        if (!device.isKept)
            addDriverView(collection, device);
    }
    return collection.take();
}

std::vector<MetricSample> keptSamplesOf(const MonitorSnapshot& now)
{
    Collection collection{now.at};
    for (const WatchedDevice& device : now.devices) {
        if (!device.isKept || !device.readAt)
            continue;
        collection.setDevice(device.description.id);
        collection.setTime(*device.readAt);
        addDriverView(collection, device);
    }
    return collection.take();
}

std::vector<MetricSample> samplesOf(const LoadEvent& load)
{
    Collection collection{load.at};
    const bool isJudged = load.end == LoadEnd::Succeeded || load.end == LoadEnd::Failed;
    if (!isJudged || load.device.empty())
        return {};
    collection.setDevice(load.device);
    collection.add(Metric::LoadFailed, load.end == LoadEnd::Failed ? 1.0 : 0.0);
    if (load.end == LoadEnd::Failed)
        return collection.take();
    collection.add(Metric::LoadTime, load.took.count());
    if (load.took.count() > 0)
        collection.add(Metric::LoadRate, static_cast<double>(load.moved.value) / load.took.count());
    return collection.take();
}

} // namespace weightroom::engine
