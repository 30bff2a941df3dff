// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/limits/machine_limits.h"

#include "model_engine/benchmark/limits/disk_limit.h"
#include "model_engine/memory/contents/parallel_chunks.h"
#include "model_engine/memory/slabs/host_slab.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace weightroom::engine {
namespace {

// Below this a copy is over before a clock and a helper thread have started.
constexpr Bytes kSmallestCopy = kMiB * 8;
constexpr int kRepetitions = 5;
/// A GPU that has idled needs a while until its clocks and its bus are as fast as they can be. Decided, not measured.
constexpr double kLongEnoughOnGpu = 0.3;
/// What is smaller a GPU has in its cache (50 MB; H100) rather than in its memory.
constexpr Bytes kSmallestWithinGpu = kMiB * 256;

class Measurement {
public:
    Measurement(const LimitsRequest& request, const Clock& clock, const std::stop_token& stop)
        : m_request(request)
        , m_clock(clock)
        , m_stop(stop)
    {
    }

    MachineLimits run()
    {
        if (!m_request.file.empty())
            keep(m_limits.diskRead, measureDiskRead(m_request.file, m_clock, m_stop));
        auto host = HostSlab::make(m_request.copySize);
        if (!host) {
            m_limits.missing.push_back(std::move(host).error());
            return std::move(m_limits);
        }
        measureHost((*host)->hostBytes());
        if (m_request.device)
            measureDevice(*m_request.device, (*host)->hostBytes());
        return std::move(m_limits);
    }

private:
    void keep(std::optional<double>& limit, Result<double> measured)
    {
        if (measured)
            limit = *measured;
        else
            m_limits.missing.push_back(std::move(measured).error());
    }

    /// The fastest of some repetitions of `copy`, which copies `size` bytes. `shortest`: seconds that they go on for at
    /// least; a clock that stands still ends that.
    [[nodiscard]] Result<double> best(Bytes size, const std::function<Result<>()>& copy, double shortest = 0) const
    {
        double best = 0;
        double all = 0;
        for (int i = 0; i < kRepetitions || (all > 0 && all < shortest); ++i) {
            if (m_stop.stop_requested())
                return fail(ErrorCode::Cancelled, "measurement cancelled");
            const Clock::Steady begin = m_clock.now();
            if (auto copied = copy(); !copied)
                return fail(std::move(copied).error());
            const std::chrono::duration<double> seconds = m_clock.now() - begin;
            best = std::max(best, static_cast<double>(size.value) / seconds.count());
            all += seconds.count();
        }
        return best;
    }

    [[nodiscard]] Result<double> hostCopy(
        std::span<std::byte> destination, std::span<const std::byte> source, unsigned threads)
    {
        return best(Bytes{source.size()}, [&]() -> Result<> {
            forEachPart(Bytes{source.size()}, threads, [&](std::uint64_t begin, Bytes part) {
                std::memcpy(destination.data() + begin, source.data() + begin, part.value);
            });
            return {};
        });
    }

    void measureHost(std::span<std::byte> source)
    {
        const auto destination = HostSlab::make(m_request.copySize);
        if (!destination)
            return m_limits.missing.push_back(destination.error());
        keep(m_limits.hostCopyOneThread, hostCopy((*destination)->hostBytes(), source, 1));
        keep(m_limits.hostCopyTwoThreads, hostCopy((*destination)->hostBytes(), source, 2));
    }

    void measureDevice(Device& device, std::span<std::byte> host)
    {
        const ArenaStatistics statistics = device.arena().statistics();
        const Bytes room = statistics.capacity - std::min(statistics.capacity, statistics.held);
        const Bytes size{alignDown(std::min(room.value / 2, m_request.copySize.value), kMiB.value)};
        if (size < kSmallestCopy)
            return m_limits.missing.push_back(
                Error{ErrorCode::Unsupported, device.description().id.text + " has not enough room to be measured"});
        const bool isGpu = device.description().kind == DeviceKind::Cuda;
        const Bytes within{isGpu
                ? std::max(size.value, alignDown(std::min(room.value / 2, kSmallestWithinGpu.value), kMiB.value))
                : size.value};
        const std::array sizes{within, within};
        const auto places = device.arena().allocate(sizes);
        if (!places)
            return m_limits.missing.push_back(places.error());
        copyOn(device, host.first(size.value), *places, isGpu ? kLongEnoughOnGpu : 0);
    }

    void copyOn(Device& device, std::span<std::byte> host, std::span<const Allocation> places, double shortest)
    {
        const auto registration = device.registerHostMemory(host);
        if (!registration) // the copies then go through pageable memory: slower, and worth knowing why
            m_limits.missing.push_back(registration.error());
        const Bytes size{host.size()};
        const Bytes within = places[0].size();
        const CopyStep step{host, places[0].address()};
        const auto upload = [&] { return device.upload({&step, 1}, m_stop, {}); };
        const auto download = [&] { return device.download(places[0].address(), host); };
        const auto copy = [&] { return device.copyWithin(places[0].address(), places[1].address(), within); };
        keep(m_limits.deviceUpload, best(size, upload, shortest));
        keep(m_limits.deviceDownload, best(size, download, shortest));
        keep(m_limits.deviceCopyWithin, best(within, copy, shortest));
    }

    const LimitsRequest& m_request;
    const Clock& m_clock;
    const std::stop_token& m_stop;
    MachineLimits m_limits;
};

} // namespace

MachineLimits measureMachineLimits(const LimitsRequest& request, const Clock& clock, const std::stop_token& stop)
{
    return Measurement{request, clock, stop}.run();
}

} // namespace weightroom::engine
