// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/watch/host_reading.h"

#include "model_engine/core/files/kernel_file.h"

#include <algorithm>
#include <unistd.h>
#include <utility>

namespace weightroom::engine {
namespace {

using Microseconds = std::chrono::microseconds;
using Seconds = std::chrono::duration<double>;

/// The kernel ends each of these files with the end of a line. One that does not was cut off, and so may its last
/// number be: it counts as one that cannot be read, and is empty.
std::string readWhole(const std::filesystem::path& file)
{
    std::string content = readKernelFile(file);
    return content.ends_with('\n') ? content : std::string{};
}

std::optional<Microseconds> stalledIn(const std::filesystem::path& file) { return stalledFrom(readWhole(file)); }

/// The time that a process has had on processors, in the content of its "stat": "10225 (name) R 10198 …". The name is
/// the process's own choice, and may hold blanks, parentheses and ends of lines.
std::optional<Microseconds> processorTimeFrom(std::string_view statistics)
{
    constexpr int kFieldsBefore = 11; // from the state to the page faults
    const std::size_t nameEnd = statistics.rfind(')');
    if (nameEnd == std::string_view::npos)
        return std::nullopt;
    statistics.remove_prefix(nameEnd + 1);
    for (int field = 0; field < kFieldsBefore; ++field)
        takeField(statistics);
    const auto user = kernelNumber(takeField(statistics));
    const auto system = kernelNumber(takeField(statistics));
    const auto ticks = user && system ? checkedAdd(*user, *system) : std::nullopt;
    const auto scaled = ticks ? checkedMultiply(*ticks, std::micro::den) : std::nullopt;
    const long ticksPerSecond = ::sysconf(_SC_CLK_TCK);
    if (!scaled || ticksPerSecond <= 0 || !std::in_range<Microseconds::rep>(*scaled))
        return std::nullopt;
    return Microseconds{static_cast<Microseconds::rep>(*scaled) / ticksPerSecond};
}

/// The folder of this process's control group of version 2. Empty where there is none, and where it lies outside of
/// what this process may see.
std::filesystem::path groupFolderOf(const HostFiles& files)
{
    const std::string membership = readWhole(files.ownGroup);
    const auto group = controlGroupFrom(membership);
    if (!group)
        return {};
    const auto path = std::filesystem::path{*group}.relative_path();
    const bool isOutside = std::ranges::find(path, std::filesystem::path{".."}) != path.end();
    return isOutside ? std::filesystem::path{} : files.groupRoot / path;
}

HostReading levelsOf(const HostFiles& files, const std::filesystem::path& groupFolder)
{
    HostReading reading;
    const std::string memoryInfo = readWhole(files.memory.memoryInfo);
    if (const auto memory = memoryInfo.empty() ? std::nullopt : readMemory(files.memory)) {
        reading.memoryTotal = memory->total;
        reading.memoryAvailable = memory->available;
    }
    reading.swapTotal = memoryFigure(memoryInfo, "SwapTotal:");
    reading.swapFree = memoryFigure(memoryInfo, "SwapFree:");
    reading.ownMemory = residentMemory(files.ownStatistics);
    if (!groupFolder.empty()) {
        reading.group.memory = memoryLimitFrom(readWhole(groupFolder / "memory.current"));
        reading.group.memoryLimit = memoryLimitFrom(readWhole(groupFolder / "memory.max"));
    }
    return reading;
}

std::optional<double> ratio(std::optional<Microseconds> before, std::optional<Microseconds> now, Seconds elapsed)
{
    if (!before || !now || *now < *before)
        return std::nullopt;
    return Seconds{*now - *before} / elapsed;
}

/// The kernel counts on while the files are read one after the other: a little more than all of the time is all of it.
std::optional<double> share(std::optional<Microseconds> before, std::optional<Microseconds> now, Seconds elapsed)
{
    const auto exact = ratio(before, now, elapsed);
    return exact ? std::optional{std::min(*exact, 1.0)} : std::nullopt;
}

std::optional<double> perSecond(std::uint64_t before, std::uint64_t now, Seconds elapsed)
{
    if (now < before)
        return std::nullopt;
    return static_cast<double>(now - before) / elapsed.count();
}

} // namespace

HostReader::HostReader(const Clock& clock, HostFiles files)
    : m_clock(clock)
    , m_files(std::move(files))
    , m_disks(m_files.blockFolder)
{
}

HostReading HostReader::read()
{
    const Clock::Steady at = m_clock.now();
    const std::filesystem::path groupFolder = groupFolderOf(m_files);
    HostReading reading = levelsOf(m_files, groupFolder);
    Counters now = count(groupFolder);
    if (at > m_readAt)
        addRates(reading, m_before, now, at - m_readAt);
    m_readAt = at;
    m_before = std::move(now);
    return reading;
}

HostReader::Counters HostReader::count(const std::filesystem::path& groupFolder)
{
    Counters counters{
        .memoryStall = stalledIn(m_files.pressureFolder / "memory"),
        .diskStall = stalledIn(m_files.pressureFolder / "io"),
        .processorStall = stalledIn(m_files.pressureFolder / "cpu"),
        .groupStall = std::nullopt,
        .ownTime = processorTimeFrom(readWhole(m_files.ownUse)),
        .disks = m_disks.sum(readWhole(m_files.diskStatistics)),
        .groupDisks = std::nullopt,
        .diskGeneration = m_disks.generation(),
        .groupFolder = groupFolder,
    };
    if (!groupFolder.empty()) {
        counters.groupStall = stalledIn(groupFolder / "memory.pressure");
        counters.groupDisks = m_disks.sumOfGroup(readWhole(groupFolder / "io.stat"));
    }
    return counters;
}

void HostReader::addRates(HostReading& reading, const Counters& before, const Counters& now, Seconds elapsed)
{
    reading.memoryStall = share(before.memoryStall, now.memoryStall, elapsed);
    reading.diskStall = share(before.diskStall, now.diskStall, elapsed);
    reading.processorStall = share(before.processorStall, now.processorStall, elapsed);
    reading.ownProcessor = ratio(before.ownTime, now.ownTime, elapsed);
    if (before.disks && now.disks && before.diskGeneration == now.diskGeneration) {
        reading.diskRead = perSecond(before.disks->read, now.disks->read, elapsed);
        reading.diskWritten = perSecond(before.disks->written, now.disks->written, elapsed);
    }
    if (before.groupFolder == now.groupFolder)
        addGroupRates(reading.group, before, now, elapsed);
}

void HostReader::addGroupRates(
    ControlGroupReading& reading, const Counters& before, const Counters& now, Seconds elapsed)
{
    reading.memoryStall = share(before.groupStall, now.groupStall, elapsed);
    if (before.groupDisks && now.groupDisks && before.diskGeneration == now.diskGeneration) {
        reading.diskRead = perSecond(before.groupDisks->read, now.groupDisks->read, elapsed);
        reading.diskWritten = perSecond(before.groupDisks->written, now.groupDisks->written, elapsed);
    }
}

} // namespace weightroom::engine
