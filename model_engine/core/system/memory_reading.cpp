// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/system/memory_reading.h"

#include "model_engine/core/files/kernel_file.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <unistd.h>
#include <utility>

namespace weightroom::engine {

std::optional<Bytes> memoryFigure(std::string_view content, std::string_view name)
{
    const auto figure = kernelFigure(content, name);
    if (!figure || figure->value > Bytes{~0ULL}.value / kKiB.value)
        return std::nullopt;
    return kKiB * figure->value;
}

std::optional<std::chrono::microseconds> stalledFrom(std::string_view content)
{
    constexpr std::string_view kTotal = "total=";
    const std::string_view line = content.substr(0, content.find('\n'));
    const std::size_t place = line.find(kTotal);
    if (!line.starts_with("some ") || place == std::string_view::npos)
        return std::nullopt;
    const auto total = memoryLimitFrom(line.substr(place + kTotal.size()));
    if (!total || !std::in_range<std::chrono::microseconds::rep>(total->value))
        return std::nullopt;
    return std::chrono::microseconds{total->value};
}

std::optional<MemoryReading> readMemory(const MemoryFiles& files)
{
    const std::string content = readKernelFile(files.memoryInfo);
    const auto total = memoryFigure(content, "MemTotal:");
    const auto available = memoryFigure(content, "MemAvailable:");
    if (!total || !available)
        return std::nullopt;
    return MemoryReading{
        .total = std::min(*total, controlGroupMemoryLimit(files.groups).value_or(*total)),
        .available = std::min(*available, controlGroupMemoryRoom(files.groups).value_or(*available)),
        .stalled = stalledFrom(readKernelFile(files.pressure)),
    };
}

std::optional<Bytes> residentMemory(const std::filesystem::path& statistics)
{
    // "size resident shared ...", in pages.
    const std::string content = readKernelFile(statistics);
    const std::size_t place = content.find(' ');
    const long pageSize = ::sysconf(_SC_PAGESIZE);
    if (place == std::string::npos || pageSize <= 0)
        return std::nullopt;
    std::uint64_t pages = 0;
    const char* const end = content.data() + content.size();
    const auto read = std::from_chars(content.data() + place + 1, end, pages);
    const auto size = static_cast<std::uint64_t>(pageSize);
    if (read.ec != std::errc{} || read.ptr == end || pages > ~0ULL / size) // at the end: cut off
        return std::nullopt;
    return Bytes{pages * size};
}

} // namespace weightroom::engine
