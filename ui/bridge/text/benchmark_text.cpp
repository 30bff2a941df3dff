// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/benchmark_text.h"

#include "ui/bridge/text/units.h"

#include <QCoreApplication>
#include <QLocale>

#include <cmath>

namespace weightroom::ui {
namespace {

struct BenchmarkText {
    Q_DECLARE_TR_FUNCTIONS(BenchmarkText)
};

/// 0.123 -> "0.123", 1.234 -> "1.23", 42.34 -> "42.3", 423.4 -> "423".
QString threeDigits(double number)
{
    const int decimals = number < 0.9995 ? 3 : number < 9.995 ? 2 : number < 99.95 ? 1 : 0;
    return QLocale().toString(number, 'f', decimals);
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

QString limitShareText(BenchmarkLimit limit, std::optional<double> share)
{
    if (!share || limit == BenchmarkLimit::None)
        return {};
    const int percent = static_cast<int>(std::lround(std::min(*share, 100.0) * 100));
    return BenchmarkText::tr("%1 of %2", "percentage, limit: the disk").arg(percentText(percent), limitText(limit));
}

QString stageFigureText(const BenchmarkStageView& stage)
{
    QStringList parts{benchmarkTimeText(stage.median),
        stage.bytesPerSecond ? rateText(*stage.bytesPerSecond) : QString(),
        limitShareText(stage.limit, stage.limitShare)};
    parts.removeAll(QString());
    return parts.join(QStringLiteral(" \u00B7 "));
}

QString outliersText(const BenchmarkStageView& stage)
{
    QStringList loads;
    for (const auto& [iteration, seconds] : stage.values) {
        if (stage.outliers.contains(iteration))
            loads.append(BenchmarkText::tr("iteration %1 (%2)", "number, time")
                             .arg(countText(static_cast<quint64>(iteration)), benchmarkTimeText(seconds)));
    }
    return loads.isEmpty() ? QString()
                           : BenchmarkText::tr("%1, far from the others: %2.", "stage, iterations")
                                 .arg(stageText(stage.stage), loads.join(QStringLiteral(", ")));
}

QString outliersText(const BenchmarkModelView& model)
{
    QStringList sentences;
    for (const BenchmarkStageView& stage : model.stages)
        sentences.append(outliersText(stage));
    sentences.removeAll(QString());
    return sentences.join(QLatin1Char(' '));
}

QString stageChangeText(double before, double after)
{
    return BenchmarkText::tr("%1, before %2", "times of a stage")
        .arg(benchmarkTimeText(after), benchmarkTimeText(before));
}

QString changeText(double ratio)
{
    const int percent = static_cast<int>(std::lround(std::min(ratio - 1, 100.0) * 100));
    const QString number = percentText(std::abs(percent));
    return percent > 0 ? QString(QLatin1Char('+') + number) : percent < 0 ? QString(QChar(u'\u2212') + number) : number;
}

QString benchmarkRunText(const BenchmarkRunView& run, const QDate& today)
{
    return BenchmarkText::tr("%1 \u00B7 %2 \u00B7 %3", "a benchmark: when, where, models")
        .arg(momentText(run.startedAt, today), benchmarkPlaceText(run.deviceId), run.models.join(QStringLiteral(", ")));
}

} // namespace weightroom::ui
