// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/scan/scan_benchmark.h"

#include "benchmarks/report.h"

#include <array>
#include <ostream>

namespace weightroom::benchmarks {
namespace {

template <class Figures>
struct Figure {
    const char* name;
    FigureFormat format;
    const Spread Figures::*spread;
};

using First = FirstScanFigures;
constexpr std::array<Figure<First>, 14> kFirstScan{{
    {"bare_cold", {"bare loop over the headers, cold", 1e-3, "ms"}, &First::bareCold},
    {"scan_cold", {"scan with identification, cold", 1e-3, "ms"}, &First::scanCold},
    {"scan_to_bare_cold", {"  to the bare loop", 1, ""}, &First::scanToBareCold},
    {"bare_warm", {"bare loop, warm", 1e-3, "ms"}, &First::bareWarm},
    {"scan_warm", {"scan, warm", 1e-3, "ms"}, &First::scanWarm},
    {"scan_to_bare_warm", {"  to the bare loop", 1, ""}, &First::scanToBareWarm},
    {"parse_warm", {"bare loop with simdjson, warm", 1e-3, "ms"}, &First::parseWarm},
    {"scan_to_parse_warm", {"  the scan to it", 1, ""}, &First::scanToParseWarm},
    {"safe_open_warm", {"safetensors.safe_open, warm", 1e-3, "ms"}, &First::safeOpenWarm},
    {"safe_open_to_scan", {"  to the scan", 1, ""}, &First::safeOpenToScan},
    {"invoke_cold", {"InvokeAI's classification of a file, cold", 1e-3, "ms"}, &First::invokeCold},
    {"scan_to_invoke_cold", {"  a file of the scan to it, thousandths", 1e-3, ""}, &First::scanToInvokeCold},
    {"invoke_warm", {"InvokeAI's classification of a file, warm", 1e-3, "ms"}, &First::invokeWarm},
    {"scan_to_invoke_warm", {"  a file of the scan to it, thousandths", 1e-3, ""}, &First::scanToInvokeWarm},
}};

using Result = ScanBenchmarkResult;
constexpr std::array<Figure<Result>, 3> kRescan{{
    {"stat_walk", {"walk with stat", 1e-3, "ms"}, &Result::statWalk},
    {"rescan", {"rescan of unchanged files", 1e-3, "ms"}, &Result::rescan},
    {"rescan_to_walk", {"  to the walk", 1, ""}, &Result::rescanToWalk},
}};

using Memory = MemoryFigures;
constexpr std::array<Figure<Memory>, 2> kMemory{{
    {"beside", {"memory beside the result", 1 << 20, "MiB"}, &Memory::beside},
    {"kept_per_model", {"memory of a record", 1 << 10, "KiB"}, &Memory::keptPerModel},
}};

template <class Figures, std::size_t count>
void print(const std::array<Figure<Figures>, count>& rows, const Figures& figures, std::ostream& out)
{
    for (const Figure<Figures>& row : rows) {
        if (!(figures.*row.spread).isEmpty())
            out << lineOf(row.format, figures.*row.spread) << '\n';
    }
}

template <class Figures, std::size_t count>
void add(engine::Json& document, const std::array<Figure<Figures>, count>& rows, const Figures& figures)
{
    for (const Figure<Figures>& row : rows) {
        if (!(figures.*row.spread).isEmpty())
            document[row.name] = toJson(figures.*row.spread);
    }
}

engine::Json toJson(const FirstScanFigures& figures)
{
    engine::Json document{{"models", figures.models}, {"different_tables", figures.tables}};
    add(document, kFirstScan, figures);
    return document;
}

} // namespace

void printTable(const ScanBenchmarkResult& result, std::ostream& out)
{
    out << "median (minimum to maximum)\n";
    for (const FirstScanFigures* figures : {&result.shared, &result.distinct}) {
        out << '\n' << figures->models << " models with " << figures->tables << " different tensor tables\n";
        print(kFirstScan, *figures, out);
    }
    out << '\n' << result.unchanged << " unchanged files\n";
    print(kRescan, result, out);
    for (const MemoryFigures& figures : result.memory) {
        out << '\n' << figures.models << " models, each with a tensor table of its own\n";
        print(kMemory, figures, out);
    }
}

engine::Json toJson(const ScanBenchmarkResult& result)
{
    engine::Json document{{"shared_tables", toJson(result.shared)}, {"distinct_tables", toJson(result.distinct)},
        {"unchanged", result.unchanged}, {"memory", engine::Json::array()}};
    add(document, kRescan, result);
    for (const MemoryFigures& figures : result.memory) {
        engine::Json row{{"models", figures.models}};
        add(row, kMemory, figures);
        document["memory"].push_back(std::move(row));
    }
    return document;
}

} // namespace weightroom::benchmarks
