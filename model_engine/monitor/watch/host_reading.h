// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/core/clock.h"
#include "model_engine/core/system/memory_reading.h"
#include "model_engine/monitor/watch/physical_disks.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace weightroom::engine {

/// Where the kernel tells how the machine is.
struct HostFiles {
    MemoryFiles memory{};
    std::filesystem::path pressureFolder = "/proc/pressure"; ///< "memory", "io", "cpu"
    std::filesystem::path diskStatistics = "/proc/diskstats";
    std::filesystem::path blockFolder = "/sys/block"; ///< whole disks have an entry here; their partitions have none
    std::filesystem::path ownStatistics = "/proc/self/statm";
    std::filesystem::path ownUse = "/proc/self/stat";
    std::filesystem::path ownGroup = "/proc/self/cgroup";
    std::filesystem::path groupRoot = "/sys/fs/cgroup";
};

/// What the control group (v2) that this process runs in has used; each field absent where it does not tell.
struct ControlGroupReading {
    std::optional<Bytes> memory; ///< memory.current
    std::optional<Bytes> memoryLimit; ///< memory.max; absent also where there is none
    std::optional<double> diskRead; ///< bytes a second since the last look, by io.stat
    std::optional<double> diskWritten;
    std::optional<double> memoryStall; ///< as HostReading's, of the threads of the group

    friend bool operator==(const ControlGroupReading&, const ControlGroupReading&) = default;
};

/// How the machine is at one moment. Each field by itself may be unreported, and then it is absent: never 0. Rates and
/// shares are over the time since the look before, and absent at the first; also where a counter of the kernel went
/// backwards, and where it counts something else by now: other disks, another control group.
struct HostReading {
    std::optional<Bytes> memoryTotal; ///< as MemoryReading
    std::optional<Bytes> memoryAvailable;
    std::optional<Bytes> swapTotal;
    std::optional<Bytes> swapFree;
    std::optional<double> memoryStall; ///< share of the time in which some thread waited for memory; 0 to 1
    std::optional<double> diskStall;
    std::optional<double> processorStall;
    std::optional<double> diskRead; ///< bytes a second, of all disks; devices that stand on others count once
    std::optional<double> diskWritten;
    std::optional<Bytes> ownMemory; ///< of this process: pages in RAM, shared ones included
    std::optional<double> ownProcessor; ///< processors that it kept busy: 1 is one of them
    ControlGroupReading group;

    friend bool operator==(const HostReading&, const HostReading&) = default;
};

/// Looks at the machine now and then. One thread at a time. A look takes 0.2 ms of a processor, and 0.35 ms with a
/// control group below five others that each have a limit (2026-11-27, 2 virtual cores, Linux 6.18, -O2): once a
/// second, that is nothing. The group's path is read each time, for 0.01 ms: a session manager may move a program that
/// runs.
class HostReader {
    using Seconds = std::chrono::duration<double>;

public:
    /// `clock` must outlive it.
    explicit HostReader(const Clock& clock, HostFiles files = {});

    [[nodiscard]] HostReading read();

private:
    /// What the kernel counts since the start; rates are differences of them.
    struct Counters {
        std::optional<std::chrono::microseconds> memoryStall, diskStall, processorStall, groupStall, ownTime;
        std::optional<DiskBytes> disks, groupDisks;
        std::uint64_t diskGeneration = 0; ///< of PhysicalDisks
        std::filesystem::path groupFolder; ///< empty: no group
    };

    [[nodiscard]] Counters count(const std::filesystem::path& groupFolder);
    static void addRates(HostReading& reading, const Counters& before, const Counters& now, Seconds elapsed);
    static void addGroupRates(
        ControlGroupReading& reading, const Counters& before, const Counters& now, Seconds elapsed);

    const Clock& m_clock;
    const HostFiles m_files;
    PhysicalDisks m_disks;
    Clock::Steady m_readAt{};
    Counters m_before; ///< before the first look: nothing
};

} // namespace weightroom::engine
