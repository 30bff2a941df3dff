// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/benchmark_text.h"

#include "ui/bridge/text/units.h"

#include <QCoreApplication>
#include <QHash>
#include <QLocale>

#include <cmath>

namespace weightroom::ui {
namespace {

struct BenchmarkText {
    Q_DECLARE_TR_FUNCTIONS(BenchmarkText)
};

/// From here on the machine itself was another one at the time.
constexpr double kLimitMoved = 1.1;

/// 0.123 -> "0.123", 1.234 -> "1.23", 42.34 -> "42.3", 423.4 -> "423".
QString threeDigits(double number)
{
    const int decimals = number < 0.9995 ? 3 : number < 9.995 ? 2 : number < 99.95 ? 1 : 0;
    return QLocale().toString(number, 'f', decimals);
}

QString shareText(const BenchmarkStageView& stage)
{
    if (!stage.limitShare || stage.limit == BenchmarkLimit::None)
        return {};
    const int percent = static_cast<int>(std::lround(std::min(*stage.limitShare, 100.0) * 100));
    return BenchmarkText::tr("%1 of %2", "percentage, limit: the disk")
        .arg(percentText(percent), limitText(stage.limit));
}

/// "takes 12 % less time"; the ratio of the times is known.
QString ratioText(double ratio)
{
    if (ratio >= 2)
        return BenchmarkText::tr("takes %1 times as long", "a stage of a benchmark")
            .arg(QLocale().toString(ratio, 'f', 1));
    const QString percent = percentText(static_cast<int>(std::lround(std::abs(ratio - 1) * 100)));
    return ratio > 1 ? BenchmarkText::tr("takes %1 more time", "a stage of a benchmark").arg(percent)
                     : BenchmarkText::tr("takes %1 less time", "a stage of a benchmark").arg(percent);
}

QString judgement(const BenchmarkStageComparison& stage)
{
    switch (stage.verdict) {
    case BenchmarkVerdict::Faster:
    case BenchmarkVerdict::Slower:
        return ratioText(stage.ratio.value_or(stage.medianAfter / std::max(stage.medianBefore, 1e-9)));
    case BenchmarkVerdict::NoDifference:
        return BenchmarkText::tr("is as fast as before", "a stage of a benchmark");
    case BenchmarkVerdict::TooNoisy:
        return BenchmarkText::tr("varies too much to tell; more iterations may", "a stage of a benchmark");
    case BenchmarkVerdict::TooFew:
    case BenchmarkVerdict::None:
        break;
    }
    return BenchmarkText::tr("has too few iterations to tell; five are needed", "a stage of a benchmark");
}

/// Empty, unless the machine could do clearly more or less than before.
QString limitMovedText(const std::optional<double>& ratio)
{
    if (!ratio || (*ratio<kLimitMoved&& * ratio> 1 / kLimitMoved))
        return {};
    const QString number = QLocale().toString(*ratio, 'f', 2);
    return BenchmarkText::tr(
        "The machine itself was %1 times as fast as before, which says more than the program.", "ratio")
        .arg(number);
}

/// By the engine's word. One that is not known here is shown as it is.
QString aspectText(const QString& aspect)
{
    const QHash<QString, QString> names{
        {QStringLiteral("device_kind"), BenchmarkText::tr("Kind of device", "aspect of a setup")},
        {QStringLiteral("precision"), BenchmarkText::tr("Precision", "aspect of a setup")},
        {QStringLiteral("temperature"), BenchmarkText::tr("Where loads began", "aspect of a setup")},
        {QStringLiteral("models"), BenchmarkText::tr("Models", "aspect of a setup")},
        {QStringLiteral("processor"), BenchmarkText::tr("Processor", "aspect of a setup")},
        {QStringLiteral("processors"), BenchmarkText::tr("Threads", "aspect of a setup")},
        {QStringLiteral("memory"), BenchmarkText::tr("RAM", "aspect of a setup")},
        {QStringLiteral("kernel"), BenchmarkText::tr("System", "aspect of a setup")},
        {QStringLiteral("device"), BenchmarkText::tr("Device", "aspect of a setup")},
        {QStringLiteral("driver"), BenchmarkText::tr("Driver", "aspect of a setup")},
        {QStringLiteral("version"), BenchmarkText::tr("Version of Weightroom", "aspect of a setup")},
        {QStringLiteral("build_type"), BenchmarkText::tr("Build", "aspect of a setup")},
        {QStringLiteral("features"), BenchmarkText::tr("Features in use", "aspect of a setup")},
        {QStringLiteral("verification"), BenchmarkText::tr("Comparing of bytes", "aspect of a setup")},
        {QStringLiteral("other_loads"), BenchmarkText::tr("Other loads meanwhile", "aspect of a setup")},
    };
    return names.value(aspect, aspect);
}

} // namespace

QString benchmarkTimeText(double seconds)
{
    if (!(seconds > 0))
        return BenchmarkText::tr("0 s", "no time at all");
    if (seconds < 0.9995e-3)
        return BenchmarkText::tr("%1 \u00B5s", "microseconds").arg(threeDigits(seconds * 1e6));
    if (seconds < 0.9995)
        return BenchmarkText::tr("%1 ms", "milliseconds").arg(threeDigits(seconds * 1e3));
    if (seconds < 600)
        return BenchmarkText::tr("%1 s", "seconds").arg(threeDigits(seconds));
    return durationText(std::chrono::duration<double>(seconds));
}

QString stageText(BenchmarkStage stage)
{
    switch (stage) {
    case BenchmarkStage::Disk:
        return BenchmarkText::tr("Reading", "stage of a benchmark");
    case BenchmarkStage::Cache:
        return BenchmarkText::tr("Into the RAM cache", "stage of a benchmark");
    case BenchmarkStage::Copy:
        return BenchmarkText::tr("Copying to the device", "stage of a benchmark");
    case BenchmarkStage::Convert:
        return BenchmarkText::tr("Converting", "stage of a benchmark");
    case BenchmarkStage::Share:
        return BenchmarkText::tr("Sharing", "stage of a benchmark");
    case BenchmarkStage::Unload:
        return BenchmarkText::tr("Unloading", "stage of a benchmark");
    case BenchmarkStage::Whole:
        return BenchmarkText::tr("The whole load", "stage of a benchmark");
    case BenchmarkStage::None:
        break;
    }
    return {};
}

QString stageHelp(BenchmarkStage stage)
{
    switch (stage) {
    case BenchmarkStage::Disk:
        return BenchmarkText::tr("Reading alone: from the disk, or from what the system has kept of the files.");
    case BenchmarkStage::Cache:
        return BenchmarkText::tr("From the request until the model lies in the RAM cache: memory taken, bytes read.");
    case BenchmarkStage::Copy:
        return BenchmarkText::tr("From the RAM cache to the device, as long as its transfers were busy.");
    case BenchmarkStage::Convert:
        return BenchmarkText::tr("Bringing numbers to another type, beside the copies.");
    case BenchmarkStage::Share:
        return BenchmarkText::tr("From the request of another program until it has the memory.");
    case BenchmarkStage::Unload:
        return BenchmarkText::tr("From the request until the memory of the device is given back.");
    case BenchmarkStage::Whole:
        return BenchmarkText::tr(
            "A load as anybody asks for it, from the request to the answer. Its stages overlap, so "
            "they may add up to more.");
    case BenchmarkStage::None:
        break;
    }
    return {};
}

QString temperatureText(BenchmarkTemperature temperature)
{
    switch (temperature) {
    case BenchmarkTemperature::Disk:
        return BenchmarkText::tr("Cold, from the disk", "where a measured load begins");
    case BenchmarkTemperature::PageCache:
        return BenchmarkText::tr("Warm, from the page cache", "where a measured load begins");
    case BenchmarkTemperature::RamCache:
        return BenchmarkText::tr("Warm, from the RAM cache", "where a measured load begins");
    case BenchmarkTemperature::None:
        break;
    }
    return {};
}

QString temperatureHelp(BenchmarkTemperature temperature)
{
    switch (temperature) {
    case BenchmarkTemperature::Disk:
        return BenchmarkText::tr("Before each load the system forgets the files: as the first load after a start.");
    case BenchmarkTemperature::PageCache:
        return BenchmarkText::tr("The system has read the files before: as a load soon after another one.");
    case BenchmarkTemperature::RamCache:
        return BenchmarkText::tr("The model lies in the RAM cache already: as a load of a model that was cached.");
    case BenchmarkTemperature::None:
        break;
    }
    return {};
}

QString benchmarkPrecisionText(const QString& word)
{
    if (word == QLatin1String("as_stored"))
        return BenchmarkText::tr("As stored", "precision");
    if (word == QLatin1String("by_level"))
        return BenchmarkText::tr("By the level", "precision: as the level of optimization says");
    return word;
}

QString limitText(BenchmarkLimit limit)
{
    switch (limit) {
    case BenchmarkLimit::DiskRead:
        return BenchmarkText::tr("the disk", "what limits a stage");
    case BenchmarkLimit::HostCopy:
        return BenchmarkText::tr("copying in RAM", "what limits a stage");
    case BenchmarkLimit::DeviceUpload:
        return BenchmarkText::tr("the way to the device", "what limits a stage");
    case BenchmarkLimit::Other:
        return BenchmarkText::tr("something else", "what limits a stage");
    case BenchmarkLimit::None:
        break;
    }
    return {};
}

QString calculationText(const QString& word)
{
    if (word == QLatin1String("matmul"))
        return BenchmarkText::tr("Matrix product", "a calculation");
    if (word == QLatin1String("conv2d"))
        return BenchmarkText::tr("Convolution", "a calculation");
    return word;
}

QString operationRateText(double operationsPerSecond)
{
    if (operationsPerSecond >= 0.9995e12)
        return BenchmarkText::tr("%1 TFLOP/s", "10^12 operations a second")
            .arg(threeDigits(operationsPerSecond / 1e12));
    return BenchmarkText::tr("%1 GFLOP/s", "10^9 operations a second").arg(threeDigits(operationsPerSecond / 1e9));
}

QString peerText(const BenchmarkModelView& model)
{
    QStringList sentences;
    if (model.peer && model.peer->ratio)
        sentences.append(BenchmarkText::tr(
            "%1 took %2 for the same files: %3 times as long as Weightroom.", "another loader, time, ratio")
                             .arg(model.peer->name, benchmarkTimeText(model.peer->median),
                                 QLocale().toString(*model.peer->ratio, 'f', 2)));
    else if (model.peer)
        sentences.append(BenchmarkText::tr("%1 took %2 for the same files.", "another loader, time")
                             .arg(model.peer->name, benchmarkTimeText(model.peer->median)));
    if (!model.peerProblem.isEmpty())
        sentences.append(
            BenchmarkText::tr("The other loader: %1", "a sentence about what went wrong").arg(model.peerProblem));
    return sentences.join(QLatin1Char(' '));
}

QString benchmarkEndText(BenchmarkEnd end)
{
    switch (end) {
    case BenchmarkEnd::Finished:
        return BenchmarkText::tr("Finished", "how a benchmark ended");
    case BenchmarkEnd::Cancelled:
        return BenchmarkText::tr("Cancelled", "how a benchmark ended");
    case BenchmarkEnd::Failed:
        return BenchmarkText::tr("Failed", "how a benchmark ended");
    case BenchmarkEnd::None:
        break;
    }
    return {};
}

QString benchmarkPlaceText(const QString& deviceId)
{
    return deviceId.isEmpty() || deviceId == kCacheOnly ? BenchmarkText::tr("RAM cache only", "place of a benchmark")
                                                        : deviceId;
}

QString stageFigureText(const BenchmarkStageView& stage)
{
    QStringList parts{benchmarkTimeText(stage.median),
        stage.bytesPerSecond ? rateText(*stage.bytesPerSecond) : QString(), shareText(stage)};
    parts.removeAll(QString());
    return parts.join(QStringLiteral(" \u00B7 "));
}

QString stageChangeText(double before, double after)
{
    return BenchmarkText::tr("%1, before %2", "times of a stage")
        .arg(benchmarkTimeText(after), benchmarkTimeText(before));
}

QString verdictText(const BenchmarkStageComparison& stage)
{
    const QString sentence =
        BenchmarkText::tr("%1 %2: %3.", "stage, what is said of it, times")
            .arg(stageText(stage.stage), judgement(stage), stageChangeText(stage.medianBefore, stage.medianAfter));
    const QString moved = limitMovedText(stage.limitRatio);
    return moved.isEmpty() ? sentence : QString(sentence + QLatin1Char(' ') + moved);
}

QString comparabilityText(const BenchmarkComparisonView& comparison)
{
    switch (comparison.comparability) {
    case BenchmarkComparability::SameSetup:
        return BenchmarkText::tr("Both runs had the same setup.", "two benchmarks");
    case BenchmarkComparability::OtherSetup:
        return BenchmarkText::tr("The setups differ, which may be the reason for what differs.", "two benchmarks");
    case BenchmarkComparability::NotComparable:
        return BenchmarkText::tr("These runs cannot be compared: they measured different things.", "two benchmarks");
    case BenchmarkComparability::None:
        break;
    }
    return {};
}

QString setupDifferenceText(const QString& aspect, const QString& before, const QString& after)
{
    const QString none = BenchmarkText::tr("unknown", "a value of a setup");
    return BenchmarkText::tr("%1: %2, before %3", "aspect of a setup, values")
        .arg(aspectText(aspect), after.isEmpty() ? none : after, before.isEmpty() ? none : before);
}

QString benchmarkRunText(const BenchmarkRunView& run, const QDate& today)
{
    return BenchmarkText::tr("%1 \u00B7 %2 \u00B7 %3", "a benchmark: when, where, models")
        .arg(momentText(run.startedAt, today), benchmarkPlaceText(run.deviceId), run.models.join(QStringLiteral(", ")));
}

} // namespace weightroom::ui
