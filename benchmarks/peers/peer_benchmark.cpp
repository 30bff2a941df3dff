// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/peers/peer_benchmark.h"

#include "benchmarks/report.h"

#include <array>
#include <ostream>

namespace weightroom::benchmarks {
namespace {

struct Figure {
    const char* name;
    FigureFormat format;
    const Spread PeerFigures::*spread;
};

constexpr std::array<Figure, 5> kFigures{{
    {"cold_seconds", {"  cold", 1, "s"}, &PeerFigures::coldSeconds},
    {"cold_to_disk", {"    of the disk alone", 1, ""}, &PeerFigures::coldToDisk},
    {"cold_cpu_seconds_per_gb", {"    CPU", 1, "s/GB"}, &PeerFigures::coldCpu},
    {"warm_seconds", {"  warm", 1, "s"}, &PeerFigures::warmSeconds},
    {"warm_cpu_seconds_per_gb", {"    CPU", 1, "s/GB"}, &PeerFigures::warmCpu},
}};

} // namespace

void printTable(const PeerResult& result, std::ostream& out)
{
    out << result.size.value << " bytes; median (minimum to maximum)\n";
    out << lineOf({"limit of the disk", 1e9, "GB/s"}, result.diskLimit) << '\n';
    for (const PeerFigures& figures : result.figures) {
        out << figures.name << '\n';
        for (const Figure& figure : kFigures)
            out << lineOf(figure.format, figures.*figure.spread) << '\n';
    }
}

engine::Json toJson(const PeerResult& result)
{
    engine::Json rows = engine::Json::array();
    for (const PeerFigures& figures : result.figures) {
        engine::Json row{{"name", figures.name}};
        for (const Figure& figure : kFigures)
            row[figure.name] = toJson(figures.*figure.spread);
        rows.push_back(std::move(row));
    }
    return {{"size_bytes", result.size.value}, {"disk_limit", toJson(result.diskLimit)}, {"loaders", std::move(rows)}};
}

} // namespace weightroom::benchmarks
