// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/watch/physical_disks.h"

#include "model_engine/core/bytes.h"
#include "model_engine/core/files/kernel_file.h"

#include <algorithm>
#include <utility>

namespace weightroom::engine {
namespace {

/// Of these the kernel counts, whatever the disk's own are.
constexpr std::uint64_t kSector = 512;

/// A line of /proc/diskstats: "254 0 vda 1845042 77730 302902658 …".
struct Row {
    std::string number; ///< "254:0"
    std::string name;
    std::string_view figures;
};

Row rowOf(std::string_view line)
{
    Row row;
    row.number = takeField(line);
    row.number.append(":").append(takeField(line));
    row.name = takeField(line);
    row.figures = line;
    return row;
}

std::vector<Row> rowsOf(std::string_view statistics)
{
    std::vector<Row> rows;
    while (!statistics.empty())
        rows.push_back(rowOf(takeUntil(statistics, '\n')));
    return rows;
}

/// False when one of them is nothing, or the sum does not fit.
bool add(std::uint64_t& sum, std::optional<std::uint64_t> more)
{
    const auto both = more ? checkedAdd(sum, *more) : std::nullopt;
    sum = both.value_or(sum);
    return both.has_value();
}

std::optional<std::uint64_t> bytesOf(std::string_view sectors)
{
    const auto count = kernelNumber(sectors);
    return count ? checkedMultiply(*count, kSector) : std::nullopt;
}

/// Reads, reads merged, sectors read, time; then likewise for writes.
bool addRow(DiskBytes& sum, std::string_view figures)
{
    const auto sectorsOfThree = [&figures] {
        takeField(figures);
        takeField(figures);
        return takeField(figures);
    };
    const auto read = bytesOf(sectorsOfThree());
    takeField(figures);
    const auto written = bytesOf(sectorsOfThree());
    return add(sum.read, read) && add(sum.written, written);
}

/// "rbytes=1459200"; other fields are left out.
bool addField(DiskBytes& sum, std::string_view field)
{
    const std::string_view name = takeUntil(field, '=');
    if (name == "rbytes")
        return add(sum.read, kernelNumber(field));
    return name != "wbytes" || add(sum.written, kernelNumber(field));
}

/// Loop devices, RAM disks, zram, device-mapper and RAID have no hardware behind them, and so no entry `device`; their
/// bytes go to RAM or are counted with the disks below. `slaves` names these disks where hardware has some. Hidden are
/// the single paths to a disk that has several and an entry of its own (NVMe multipath). Partitions have no entry here.
bool isPhysicalDisk(const std::filesystem::path& folder)
{
    std::error_code error;
    if (!std::filesystem::exists(folder / "device", error) || readKernelFile(folder / "hidden").starts_with('1'))
        return false;
    std::filesystem::directory_iterator slaves{folder / "slaves", error};
    return error || slaves == std::filesystem::directory_iterator{};
}

} // namespace

PhysicalDisks::PhysicalDisks(std::filesystem::path blockFolder)
    : m_blockFolder(std::move(blockFolder))
{
}

std::optional<DiskBytes> PhysicalDisks::sum(std::string_view statistics)
{
    const std::vector<Row> rows = rowsOf(statistics);
    std::vector<std::string> devices;
    std::ranges::transform(
        rows, std::back_inserter(devices), [](const Row& row) { return row.number + " " + row.name; });
    if (devices != m_devices)
        lookAgain(std::move(devices));
    DiskBytes sum;
    for (const Row& row : rows) {
        if (m_counted.contains(row.number) && !addRow(sum, row.figures))
            return std::nullopt;
    }
    return m_counted.empty() ? std::nullopt : std::optional{sum};
}

void PhysicalDisks::lookAgain(std::vector<std::string> devices)
{
    m_devices = std::move(devices);
    m_counted.clear();
    ++m_generation;
    for (std::string_view device : m_devices) {
        const std::string_view number = takeField(device);
        std::string entry{device};
        std::ranges::replace(entry, '/', '!'); // as /sys writes "cciss/c0d0"
        if (!entry.empty() && isPhysicalDisk(m_blockFolder / entry))
            m_counted.emplace(number);
    }
}

std::optional<DiskBytes> PhysicalDisks::sumOfGroup(std::string_view statistics) const
{
    if (statistics.empty() || m_counted.empty())
        return std::nullopt;
    DiskBytes sum;
    bool isCounted = false;
    while (!statistics.empty()) {
        // Some kernels write "8:0 8:16 rbytes=…" when the first one has no figures: a number begins a device, not a
        // line.
        std::string_view line = takeUntil(statistics, '\n');
        while (!line.empty()) {
            const std::string_view field = takeField(line);
            if (field.find(':') != std::string_view::npos)
                isCounted = m_counted.contains(field);
            else if (isCounted && !addField(sum, field))
                return std::nullopt;
        }
    }
    return sum;
}

} // namespace weightroom::engine
