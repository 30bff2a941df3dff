// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QList>
#include <QMetaType>
#include <QString>
#include <QStringList>

#include <algorithm>
#include <optional>
#include <utility>

namespace weightroom::ui {

/// What is measured apart, in the order in which it is shown. As the engine's.
enum class BenchmarkStage : quint8 { None = 0, Disk, Cache, Copy, Convert, Share, Unload, Whole };
/// Whether its rate says something. The engine says so: see benchmark_conversion.cpp.
[[nodiscard]] bool movesBytes(BenchmarkStage stage);
/// Where the bytes of a model are when a measured load begins.
enum class BenchmarkTemperature : quint8 { None = 0, Disk, PageCache, RamCache };
enum class BenchmarkEnd : quint8 { None = 0, Finished, Cancelled, Failed };
/// What holds a stage up. Other: not the limit of the machine that is known.
enum class BenchmarkLimit : quint8 { None = 0, DiskRead, HostCopy, DeviceUpload, Other };
enum class BenchmarkVerdict : quint8 { None = 0, Faster, Slower, NoDifference, TooNoisy, TooFew };
/// RatesOnly: no model is in both, so that bytes a second are compared.
enum class BenchmarkComparability : quint8 { None = 0, SameSetup, OtherSetup, RatesOnly, NotComparable };

/// In place of the id of a device: models go no further than into the RAM cache.
inline constexpr QLatin1String kCacheOnly{"cache"};
inline constexpr int kMostBenchmarkIterations = 200;
inline constexpr qsizetype kMostBenchmarkModels = 32;

/// What is asked of a run.
struct BenchmarkRequest {
    QStringList modelIds;
    QStringList componentIds{}; ///< of one model; empty: all
    QString deviceId; ///< kCacheOnly: none
    QString precision; ///< the engine's word, "as_stored"
    BenchmarkTemperature temperature = BenchmarkTemperature::Disk;
    int iterations = 5; ///< 1 to kMostBenchmarkIterations
    bool verifies = false;
    bool comparesPeer = false; ///< another loader loads the same files
    bool checksCompute = false; ///< the device calculates with what was loaded
};

/// One stage of a model in all loads that had it. Times are in seconds.
struct BenchmarkStageView {
    BenchmarkStage stage = BenchmarkStage::None;
    QList<std::pair<int, double>> values; ///< iteration from 1, seconds; at least one
    double minimum = 0;
    double median = 0;
    double p95 = 0;
    double maximum = 0;
    std::optional<double> spread{}; ///< median distance from the median, of the median
    QList<int> outliers{}; ///< iterations
    std::optional<double> bytesPerSecond{};
    BenchmarkLimit limit = BenchmarkLimit::None; ///< that it cannot be faster than
    std::optional<double> limitShare{}; ///< of that limit, 0 to 1 and a little more
    BenchmarkLimit limitedBy = BenchmarkLimit::None;

    /// What it would take at its limit; absent where no limit is known.
    [[nodiscard]] std::optional<double> secondsAtLimit() const
    {
        return limitShare ? std::optional(median * *limitShare) : std::nullopt;
    }
    friend bool operator==(const BenchmarkStageView&, const BenchmarkStageView&) = default;
};

/// Another loader at the same files.
struct BenchmarkPeerView {
    QString name; ///< with its version: "safetensors 0.7.0"
    double median = 0; ///< seconds
    std::optional<double> ratio{}; ///< of its time to ours; above 1: it took longer

    friend bool operator==(const BenchmarkPeerView&, const BenchmarkPeerView&) = default;
};

/// A calculation with weights of a model where they lie. Texts are safe to show.
struct BenchmarkComputeCheck {
    QString name; ///< the engine's word: "matmul"
    QString tensor;
    QString type; ///< "F16"
    QString shape; ///< "1280 × 320"
    double seconds = 0;
    std::optional<double> operationsPerSecond{};
    double deviation = 0; ///< of what rounding explains
    bool matches = false;

    friend bool operator==(const BenchmarkComputeCheck&, const BenchmarkComputeCheck&) = default;
};

struct BenchmarkModelView {
    QString id;
    QString name; ///< safe to show
    quint64 bytes = 0; ///< of what was loaded; 0: not told
    QList<BenchmarkStageView> stages; ///< that were measured, by stage
    QString problem; ///< why it has no figures, or not all; a sentence
    std::optional<BenchmarkPeerView> peer{};
    QString peerProblem{}; ///< why the other loader has no figures, or not all; a sentence
    QList<BenchmarkComputeCheck> computeChecks{};
    QString computeProblem{}; ///< why nothing was calculated, or not all; a sentence

    /// nullptr: it was not measured.
    [[nodiscard]] const BenchmarkStageView* find(BenchmarkStage stage) const
    {
        const auto found = std::ranges::find(stages, stage, &BenchmarkStageView::stage);
        return found == stages.end() ? nullptr : &*found;
    }
    friend bool operator==(const BenchmarkModelView&, const BenchmarkModelView&) = default;
};

/// A fact about the machine, the versions or the settings: its name, and what it is.
using BenchmarkFact = std::pair<QString, QString>;

/// All of one run.
struct BenchmarkReportView {
    QString id;
    QDateTime startedAt; ///< local time
    BenchmarkEnd end = BenchmarkEnd::None;
    BenchmarkTemperature temperature = BenchmarkTemperature::None;
    QList<BenchmarkFact> facts; ///< safe to show
    QList<BenchmarkModelView> models;
};

/// A run that goes on.
struct BenchmarkProgressView {
    QString id; ///< empty: none does
    quint64 done = 0; ///< steps
    quint64 total = 0; ///< 0: not known yet
    QList<BenchmarkModelView> models; ///< with what was measured so far
};

/// A run that is kept, as the list has it.
struct BenchmarkRunView {
    QString id;
    QDateTime startedAt; ///< local time
    BenchmarkEnd end = BenchmarkEnd::None;
    QString deviceId; ///< empty: into the RAM cache only
    QString precision; ///< as shown
    BenchmarkTemperature temperature = BenchmarkTemperature::None;
    int iterations = 0;
    QStringList models; ///< names, safe to show
    std::optional<double> wholeSeconds; ///< median of a load, all models together; absent: one was not measured
    std::optional<double> wholeRatio; ///< of that to the run before that measured the same; absent: there is none
    QString problem; ///< why it cannot be read, a sentence; empty: it can

    friend bool operator==(const BenchmarkRunView&, const BenchmarkRunView&) = default;
};

/// How fast a stage was, whatever the size of the model.
struct BenchmarkStageRate {
    std::optional<double> bytesPerSecond{};
    BenchmarkLimit limit = BenchmarkLimit::None; ///< that it cannot be faster than
    std::optional<double> limitShare{}; ///< of that limit, 0 to 1 and a little more
};

/// One stage of one model in two runs, or of two models.
struct BenchmarkStageComparison {
    BenchmarkStage stage = BenchmarkStage::None;
    BenchmarkVerdict verdict = BenchmarkVerdict::None;
    double medianBefore = 0; ///< seconds; 0 with RatesOnly
    double medianAfter = 0;
    std::optional<double> ratio; ///< of the times, or with RatesOnly per byte; above 1: the later one took longer
    std::optional<double> limitRatio; ///< of what the machine could do; above 1: it was faster
    BenchmarkStageRate rateBefore{};
    BenchmarkStageRate rateAfter{};
};

struct BenchmarkModelComparison {
    QString name; ///< safe to show
    QString nameBefore; ///< of the model that it is compared with: the same one, but for RatesOnly
    QString idBefore;
    QString idAfter;
    QList<BenchmarkStageComparison> stages;
};

struct BenchmarkComparisonView {
    QString before; ///< ids of the runs
    QString after;
    BenchmarkComparability comparability = BenchmarkComparability::None;
    QStringList differences; ///< of the two setups, each a line that is safe to show
    QList<BenchmarkModelComparison> models;
    QStringList onlyBefore; ///< names of models that have none beside them, safe to show
    QStringList onlyAfter;
};

enum class BenchmarkFile : quint8 { Json = 0, Csv };

} // namespace weightroom::ui

Q_DECLARE_METATYPE(weightroom::ui::BenchmarkReportView)
