// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/monitor/watch/host_reading.h"
#include "tests/support/made_up_host.h"
#include "tests/support/manual_clock.h"
#include "tests/support/quick_folder.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

#include <chrono>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unistd.h>

namespace weightroom::test {

/// Paths below the test's folder, and what stands there.
using Files = std::map<std::string, std::string>;
using Names = std::set<std::string>;

inline const std::string kGroup = "groups/app.slice/run.scope/";

inline std::string pressure(std::uint64_t some)
{
    return "some avg10=1.73 avg60=0.43 avg300=0.10 total=" + std::to_string(some)
        + "\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n";
}

inline std::string use(const std::string& name, long ticks)
{
    return "10225 (" + name + ") R 10198 10198 7271 0 -1 4194304 99 0 0 0 " + std::to_string(ticks) + " 7 0 0 20 0 1\n";
}

inline std::string disk(const std::string& device, std::uint64_t sectorsRead, std::uint64_t sectorsWritten)
{
    return " " + device + " 1845042 77730 " + std::to_string(sectorsRead) + " 76132375 1590427 503512 "
        + std::to_string(sectorsWritten) + " 3694161 12 1850900 80264281 347789 39 318761664 380710 205441 57033\n";
}

inline std::string group(const std::string& device, std::uint64_t read, std::uint64_t written)
{
    return device + " rbytes=" + std::to_string(read) + " wbytes=" + std::to_string(written)
        + " rios=192 wios=353 dbytes=0 dios=0\n";
}

/// A machine with one disk, a partition on it, and a volume on that.
inline Files firstLook()
{
    return {
        {"meminfo",
            "MemTotal:       1000 kB\nMemFree: 10 kB\nMemAvailable:    600 kB\n"
            "SwapTotal:      500 kB\nSwapFree:      400 kB\n"},
        {"memory", pressure(1'000'000)},
        {"io", pressure(2'000'000)},
        {"cpu", pressure(3'000'000)},
        {"diskstats", disk("253 0 dm-0", 50, 60) + disk("254 0 vda", 1000, 2000) + disk("254 1 vda1", 900, 1900)},
        {"statm", "7000 123 40 5 0 600 0\n"},
        {"stat", use("weightroom", 1000)},
        {"cgroup", "4:memory:/old\n0::/app.slice/run.scope\n"},
        {kGroup + "memory.current", "4096\n"},
        {kGroup + "memory.max", "8192\n"},
        {kGroup + "memory.pressure", pressure(4'000'000)},
        {kGroup + "io.stat", group("253:0", 5000, 6000) + group("254:0", 7000, 8000)},
    };
}

/// Two seconds later.
inline Files secondLook()
{
    Files files = firstLook();
    files["memory"] = pressure(1'500'000);
    files["io"] = pressure(3'000'000);
    files["cpu"] = pressure(3'250'000);
    files["diskstats"] =
        disk("253 0 dm-0", 5050, 6060) + disk("254 0 vda", 5096, 2004) + disk("254 1 vda1", 4996, 1904);
    files["stat"] = use("weightroom", 1000 + ::sysconf(_SC_CLK_TCK) * 3 / 2);
    files[kGroup + "memory.pressure"] = pressure(4'125'000);
    files[kGroup + "io.stat"] = group("253:0", 9000, 9000) + group("254:0", 7256, 8032);
    return files;
}

/// What the reading of these has.
inline const std::map<std::string, double> kExpected{
    {"memoryTotal", 1000 * 1024},
    {"memoryAvailable", 600 * 1024},
    {"swapTotal", 500 * 1024},
    {"swapFree", 400 * 1024},
    {"memoryStall", 0.25},
    {"diskStall", 0.5},
    {"processorStall", 0.125},
    {"diskRead", 4096 * 512 / 2},
    {"diskWritten", 4 * 512 / 2},
    {"ownMemory", 123.0 * static_cast<double>(::sysconf(_SC_PAGESIZE))},
    {"ownProcessor", 0.75},
    {"group.memory", 4096},
    {"group.memoryLimit", 8192},
    {"group.diskRead", 128},
    {"group.diskWritten", 16},
    {"group.memoryStall", 0.0625},
};
inline const Names kRates{"memoryStall", "diskStall", "processorStall", "diskRead", "diskWritten", "ownProcessor",
    "group.diskRead", "group.diskWritten", "group.memoryStall"};
inline const Names kOfGroup{
    "group.memory", "group.memoryLimit", "group.diskRead", "group.diskWritten", "group.memoryStall"};
inline const Names kDiskRates{"diskRead", "diskWritten", "group.diskRead", "group.diskWritten"};

/// The fields that are there.
inline std::map<std::string, double> fieldsOf(const engine::HostReading& reading)
{
    std::map<std::string, double> fields;
    const auto add = [&fields](const char* name, const auto& value) {
        if constexpr (requires { value->value; }) {
            if (value)
                fields[name] = static_cast<double>(value->value);
        } else if (value) {
            fields[name] = *value;
        }
    };
    add("memoryTotal", reading.memoryTotal);
    add("memoryAvailable", reading.memoryAvailable);
    add("swapTotal", reading.swapTotal);
    add("swapFree", reading.swapFree);
    add("memoryStall", reading.memoryStall);
    add("diskStall", reading.diskStall);
    add("processorStall", reading.processorStall);
    add("diskRead", reading.diskRead);
    add("diskWritten", reading.diskWritten);
    add("ownMemory", reading.ownMemory);
    add("ownProcessor", reading.ownProcessor);
    add("group.memory", reading.group.memory);
    add("group.memoryLimit", reading.group.memoryLimit);
    add("group.diskRead", reading.group.diskRead);
    add("group.diskWritten", reading.group.diskWritten);
    add("group.memoryStall", reading.group.memoryStall);
    return fields;
}

inline std::map<std::string, double> expectedWithout(const Names& names)
{
    auto fields = kExpected;
    for (const std::string& name : names)
        fields.erase(name);
    return fields;
}

inline QByteArray text(const std::map<std::string, double>& fields)
{
    std::string all;
    for (const auto& [name, value] : fields)
        all += name + "=" + std::to_string(value) + " ";
    return QByteArray::fromStdString(all);
}

/// A kernel of which each file is as a test wants it.
class Kernel {
public:
    Kernel()
    {
        addDisk("vda");
        std::filesystem::create_directories(folder / "block/dm-0/slaves/vda1");
        write(firstLook());
    }

    void addDisk(const std::string& name) const
    {
        std::filesystem::create_directories(folder / ("block/" + name) / "device");
        std::filesystem::create_directories(folder / ("block/" + name) / "slaves");
    }
    void write(const Files& files) const
    {
        for (const auto& [path, content] : files)
            folder.write(path, content);
    }
    void write(const std::string& path, std::string_view content) const { folder.write(path, content); }
    [[nodiscard]] engine::HostFiles files() const
    {
        engine::HostFiles files = madeUpHost(folder.path());
        files.memory.groups = {.membership = folder / "limits", .hierarchy = folder / "groups"};
        return files;
    }
    std::map<std::string, double> read() { return fieldsOf(reader.read()); }
    std::map<std::string, double> readLater(ManualClock::Duration time = std::chrono::seconds{2})
    {
        clock.advance(time);
        return read();
    }

    TemporaryFolder folder{quickFolder()};
    ManualClock clock;
    engine::HostReader reader{clock, files()};
};

} // namespace weightroom::test

Q_DECLARE_METATYPE(weightroom::test::Files)

/// All fields that are there, by name.
#define COMPARE_FIELDS(actual, expected) QCOMPARE(weightroom::test::text(actual), weightroom::test::text(expected))
