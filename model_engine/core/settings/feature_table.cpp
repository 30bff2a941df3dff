// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/settings/feature_table.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

using namespace std::chrono_literals;

// Three failures are no accident. A disk is read thousands of times in a minute, so what ails it shows in one; loads
// are minutes apart. The pauses are short enough that a cause that has gone is noticed in one session.
constexpr BreakerPolicy kForReads{.failures = 3, .within = 60s, .pause = 10min};
constexpr BreakerPolicy kForLoads{.failures = 3, .within = 30min, .pause = 30min};

constexpr std::array kTable{
    FeatureSpec{.feature = Feature::DirectIo,
        .name = "direct_io",
        .setting = &Settings::directIo,
        .help = "Whether files are read past the system's page cache (O_DIRECT) where the file system allows it: that "
                "is faster, and leaves alone what other programs have there.",
        .whenOff = "Files are read through the page cache.",
        .breaker = kForReads},
    FeatureSpec{.feature = Feature::ShareContents,
        .name = "share_contents",
        .setting = &Settings::shareContents,
        .help = "Whether tensors with equal bytes are held once in RAM and once on each device, whichever models they "
                "belong to; holds for loads that begin later.",
        .whenOff = "Loads hold what they read for themselves.",
        .breaker = kForLoads},
    FeatureSpec{.feature = Feature::PredictiveCaching,
        .name = "predictive_caching",
        .setting = &Settings::predictiveCaching,
        .help = "Whether models that are likely to be loaded next are read into the free part of the RAM cache while "
                "nobody wants anything; a guess that is wrong has read for nothing.",
        .whenOff = "Nothing is read ahead.",
        .breaker = kForLoads},
    FeatureSpec{.feature = Feature::PrecisionConversion,
        .name = "precision_conversion",
        .setting = &Settings::precisionConversion,
        .help = "Whether loads to a device may bring weights to another type. What optimization_level says, and a "
                "model's own settings, count only where this is on.",
        .whenOff = "Weights are loaded as they are stored, and loads that ask for a precision are refused.",
        .breaker = kForLoads},
    FeatureSpec{.feature = Feature::ShareWithProcesses,
        .name = "share_with_processes",
        .setting = &Settings::shareWithProcesses,
        .help = "Whether other programs of the user may attach to loaded weights, and use the very memory that they "
                "lie in.",
        .whenOff = "Requests for leases are refused; leases that there are stay.",
        .breaker = kForLoads},
};

constexpr bool isInOrder()
{
    for (std::size_t row = 0; row < kTable.size(); ++row) {
        if (static_cast<std::size_t>(kTable[row].feature) != row + 1)
            return false;
    }
    return kTable.back().feature == Feature::ShareWithProcesses;
}
static_assert(isInOrder(), "one row per feature, in the order of the enumeration, up to the last");

} // namespace

std::span<const FeatureSpec> featureTable() { return kTable; }

const FeatureSpec& specOf(Feature feature) { return kTable.at(static_cast<std::size_t>(feature) - 1); }

const FeatureSpec* findFeature(std::string_view name)
{
    const auto row = std::ranges::find(kTable, name, [](const FeatureSpec& spec) { return spec.name.text(); });
    return row == kTable.end() ? nullptr : &*row;
}

std::string_view toText(Feature feature)
{
    return feature == Feature::None ? std::string_view{} : specOf(feature).name.text();
}

} // namespace weightroom::engine
