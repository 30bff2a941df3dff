// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/benchmark/reports/benchmark_report.h"
#include "model_engine/benchmark/reports/rank_test.h"
#include "model_engine/benchmark/reports/stage_figures.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// What is said of a stage in two reports.
///
///  - TooFew: one of them has fewer than kFewestToCompare values. Of four and four no test can be sure.
///  - Faster, Slower: the rank test rejects that they are of one origin (kSignificance), and the ratio (Hodges and
///    Lehmann) is at least kSmallestEffect away from 1. The test is by ranks, as times have long tails and a bad run
///    now and then, and one in a hundred and not in twenty, because a comparison looks at seven stages of several
///    models.
///  - NoDifference: neither, and the interval of the ratio rules out kLargestDoubt or more. A smaller difference may be
///    there.
///  - TooNoisy: neither, and a difference of kLargestDoubt or more may hide in the noise: more iterations may tell.
///
/// What the test cannot see: that the machine itself was another one at the time. A shared disk drifts by a factor of
/// two within an hour, all values of one run with it: see StageComparison::limitRatio.
enum class StageVerdict : std::uint8_t { None = 0, Faster, Slower, NoDifference, TooNoisy, TooFew };
[[nodiscard]] std::string_view toText(StageVerdict verdict); ///< "none", "faster", "slower", "no_difference", …

inline constexpr std::size_t kFewestToCompare = 5;
inline constexpr double kSignificance = 0.01;
inline constexpr double kSmallestEffect = 1.03; ///< times as long, or this part of it: less is of no use to anybody
inline constexpr double kLargestDoubt = 1.10; ///< likewise

/// How fast a stage was, whatever the size of the model: what says something between models of other contents too.
struct StageRate {
    std::optional<double> bytesPerSecond{}; ///< median bytes ÷ median seconds; absent where either is 0
    std::optional<StageLimit> limit{}; ///< of the stage, where the run has measured it
    std::optional<double> limitShare{}; ///< of the limit's rate
};

/// One stage of two models that are looked at beside each other. A ratio above 1 means that the later one took longer:
/// in seconds, or with Comparability::RatesOnly in seconds for each byte.
struct StageComparison {
    BenchmarkStage stage = BenchmarkStage::None;
    StageVerdict verdict = StageVerdict::None;
    double medianBefore = 0; ///< seconds; no measure of each other with Comparability::RatesOnly
    double medianAfter = 0;
    StageRate rateBefore{};
    StageRate rateAfter{};
    std::optional<RatioEstimate> ratio; ///< absent with too few values
    std::optional<double> probability; ///< of such a difference by chance (rankTest()); absent with too few values
    /// What the machine could do at best in the stage, after ÷ before; absent unless both runs have measured the same
    /// limit. Above 1: faster. Far from 1 the verdict is about the machine.
    std::optional<double> limitRatio;
};

/// A model that both reports have, or with Comparability::RatesOnly two that stand beside each other: see
/// model_pairs.h.
struct ModelComparison {
    std::string name; ///< in the later report; by rates its label (see labelOf() in model_pairs.h)
    std::string nameBefore; ///< in the earlier one, likewise
    ModelId before;
    ModelId after;
    std::vector<StageComparison> stages; ///< that both have measured; by rates those alone that move bytes
};

/// What can differ between two runs.
enum class SetupAspect : std::uint8_t {
    None = 0,
    // These make two reports incomparable.
    DeviceKind,
    Precision, ///< level or precision
    // This one leaves rates.
    Models, ///< none is in both
    // These are told.
    Temperature,
    Processor,
    Processors,
    Memory,
    Kernel,
    Device, ///< its name or its memory
    Driver,
    Version,
    BuildType,
    Features,
    Verification,
    OtherLoads ///< that ran meanwhile
};
[[nodiscard]] std::string_view toText(SetupAspect aspect); ///< "device_kind", …

struct SetupDifference {
    SetupAspect aspect = SetupAspect::None;
    std::string before; ///< English, for the log and the table: "host", "Linux 6.1.0", "share_contents off"
    std::string after;

    friend bool operator==(const SetupDifference&, const SetupDifference&) = default;
};

/// SameSetup: a verdict is about what changes from run to run. OtherSetup: what differs may be the reason. RatesOnly:
/// no model is in both, so that bytes a second are compared, and no seconds.
enum class Comparability : std::uint8_t { None = 0, SameSetup, OtherSetup, RatesOnly, NotComparable };
[[nodiscard]] std::string_view toText(
    Comparability comparability); ///< "same_setup", "other_setup", "rates_only", "not_comparable"

struct BenchmarkComparison {
    BenchmarkId before;
    BenchmarkId after;
    Comparability comparability = Comparability::None;
    std::vector<SetupDifference> differences; ///< in the order of SetupAspect
    std::vector<ModelComparison> models; ///< empty where the reports are not comparable; in the order of the later one
    /// Labels of models that the other report does not have (see labelOf() in model_pairs.h); with RatesOnly of those
    /// that have none beside them.
    std::vector<std::string> onlyBefore;
    std::vector<std::string> onlyAfter;
};

/// A pure function. `before` is what `after` is measured by: the earlier one mostly.
[[nodiscard]] BenchmarkComparison compareReports(const BenchmarkReport& before, const BenchmarkReport& after);

[[nodiscard]] Json toJson(const BenchmarkComparison& comparison);

} // namespace weightroom::engine
