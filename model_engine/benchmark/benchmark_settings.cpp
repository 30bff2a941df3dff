// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/benchmark_settings.h"

#include <array>

namespace weightroom::engine {

std::string_view toText(BenchmarkTemperature temperature)
{
    static constexpr std::array<std::string_view, 4> kWords{"unknown", "disk", "page_cache", "ram_cache"};
    return kWords.at(static_cast<std::size_t>(temperature));
}

std::string_view toText(BenchmarkStage stage)
{
    static constexpr std::array<std::string_view, 8> kWords{
        "none", "disk", "cache", "copy", "convert", "share", "unload", "whole"};
    return kWords.at(static_cast<std::size_t>(stage));
}

bool movesBytes(BenchmarkStage stage)
{
    return stage != BenchmarkStage::None && stage != BenchmarkStage::Share && stage != BenchmarkStage::Unload;
}

std::string_view toText(BenchmarkEnd end)
{
    static constexpr std::array<std::string_view, 4> kWords{"unknown", "finished", "cancelled", "failed"};
    return kWords.at(static_cast<std::size_t>(end));
}

} // namespace weightroom::engine
