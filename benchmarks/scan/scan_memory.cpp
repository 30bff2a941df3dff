// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/scan/scan_memory.h"

#include "benchmarks/scan/child_process.h"
#include "benchmarks/scan/scan_library.h"
#include "model_engine/catalog/scan/scanner.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <malloc.h>
#include <ostream>
#include <string>
#include <string_view>

namespace weightroom::benchmarks {
namespace {

using engine::fail;
using engine::Result;

/// A line of /proc/self/status in bytes: "VmHWM", "VmRSS".
double memoryFigure(std::string_view name)
{
    std::ifstream status{"/proc/self/status"};
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(name))
            return std::stod(line.substr(line.find(':') + 1)) * 1024;
    }
    return 0;
}

double memoryInUse()
{
    ::malloc_trim(0);
    return memoryFigure("VmRSS");
}

} // namespace

void printTable(const ScanMemory& memory, std::ostream& out) { out << memory.beside << '\n' << memory.kept << '\n'; }

engine::Json toJson(const ScanMemory& memory) { return {{"beside", memory.beside}, {"kept", memory.kept}}; }

Result<ScanMemory> measureScanMemory(const std::filesystem::path& library, std::size_t models)
{
    engine::ScanRequest request;
    for (std::size_t folder = 0; folder < models / kFilesInAFolder; ++folder) {
        std::array<char, 32> name{};
        std::snprintf(name.data(), name.size(), "%03zu", folder);
        request.directories.push_back(library / name.data());
    }
    const engine::SystemClock clock;
    engine::NullLog log;
    const double before = memoryInUse();
    const auto result = engine::scan(request, clock, log, {}, {});
    if (!result)
        return fail(result.error());
    if (result->models.size() != models)
        return fail(engine::ErrorCode::Internal, "the scan did not find what was written");
    const double peak = memoryFigure("VmHWM");
    const double after = memoryInUse();
    return ScanMemory{std::max(0.0, peak - after), std::max(0.0, after - before)};
}

Result<ScanMemory> scanMemoryOfChild(const std::filesystem::path& library, std::size_t models)
{
    std::error_code failed;
    const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", failed);
    const auto numbers = numbersFrom({self.string(), library.string(), kMemoryOption, std::to_string(models)}, 2);
    if (!numbers)
        return fail(numbers.error());
    return ScanMemory{numbers->at(0), numbers->at(1)};
}

} // namespace weightroom::benchmarks
