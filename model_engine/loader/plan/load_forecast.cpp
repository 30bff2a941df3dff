// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/plan/load_forecast.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

/// Half of what is foretold comes from the last three loads: the disk of a workstation gives 0.9 to 2.4 GB/s from hour
/// to hour (docs/performance.md).
constexpr double kNewest = 0.2;
/// Below, a load says more about threads that wake up than about rates.
constexpr Bytes kSmallestSample = kMiB * 64;
/// A load counts for the disk, or for the page cache, when this share of its bytes came from there.
constexpr double kMostly = 0.9;

std::optional<LoadForecast::Seconds> sum(std::optional<LoadForecast::Seconds> a, std::optional<LoadForecast::Seconds> b)
{
    return a && b ? std::optional{*a + *b} : std::nullopt;
}

} // namespace

std::optional<LoadForecast::Seconds> LoadForecast::total() const
{
    if (!reading || !copying)
        return std::nullopt;
    return sum(taking, std::max(*reading, *copying));
}

void LoadRates::Rate::note(Bytes bytes, std::chrono::duration<double> took)
{
    if (bytes < kSmallestSample || took.count() <= 0)
        return;
    const double now = static_cast<double>(bytes.value) / took.count();
    m_perSecond = m_perSecond ? *m_perSecond + kNewest * (now - *m_perSecond) : now;
}

std::optional<LoadForecast::Seconds> LoadRates::Rate::secondsFor(Bytes bytes) const
{
    if (bytes == Bytes{})
        return LoadForecast::Seconds{0};
    if (!m_perSecond)
        return std::nullopt;
    return LoadForecast::Seconds{static_cast<double>(bytes.value) / *m_perSecond};
}

void LoadRates::note(const DeviceId& device, const LoadWork& done, const LoadDurations& took)
{
    DeviceRates& rates = m_devices[device];
    rates.taking.note(done.toTake, took.taking);
    rates.copying.note(done.toCopy, took.copying);
    const Bytes read = done.fromDisk + done.fromPageCache;
    const auto most = static_cast<std::uint64_t>(static_cast<double>(read.value) * kMostly);
    if (done.fromDisk.value >= most)
        m_disk.note(read, took.reading);
    else if (done.fromPageCache.value >= most)
        m_pageCache.note(read, took.reading);
}

LoadForecast LoadRates::forecast(const DeviceId& device, const LoadWork& work) const
{
    const auto found = m_devices.find(device);
    const DeviceRates rates = found == m_devices.end() ? DeviceRates{} : found->second;
    return {
        .taking = rates.taking.secondsFor(work.toTake),
        .reading = sum(m_disk.secondsFor(work.fromDisk), m_pageCache.secondsFor(work.fromPageCache)),
        .copying = rates.copying.secondsFor(work.toCopy),
    };
}

} // namespace weightroom::engine
