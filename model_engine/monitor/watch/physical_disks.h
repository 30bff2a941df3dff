// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// Bytes since the start.
struct DiskBytes {
    std::uint64_t read = 0;
    std::uint64_t written = 0;

    friend bool operator==(const DiskBytes&, const DiskBytes&) = default;
};

/// Adds up what disks have read and written. The kernel counts a byte once for each device that it goes through: a file
/// on an encrypted logical volume on a RAID is read four times and more. So only what stands on nothing else counts.
/// One thread at a time.
class PhysicalDisks {
public:
    /// `blockFolder`: /sys/block.
    explicit PhysicalDisks(std::filesystem::path blockFolder);

    /// The sum of all disks in `statistics`, the content of /proc/diskstats. Nothing where there is no disk, or where
    /// the numbers of one are none. Looks into /sys/block only when other devices are there than the last time.
    [[nodiscard]] std::optional<DiskBytes> sum(std::string_view statistics);

    /// Of the same disks, in io.stat of a control group. Nothing before sum() has found a disk.
    [[nodiscard]] std::optional<DiskBytes> sumOfGroup(std::string_view statistics) const;

    /// Another one whenever other devices are there: a sum of before says nothing about one of after.
    [[nodiscard]] std::uint64_t generation() const { return m_generation; }

private:
    void lookAgain(std::vector<std::string> devices);

    const std::filesystem::path m_blockFolder;
    std::vector<std::string> m_devices; ///< "254:0 vda", in the kernel's order
    std::set<std::string, std::less<>> m_counted; ///< their numbers: "254:0"
    std::uint64_t m_generation = 0;
};

} // namespace weightroom::engine
