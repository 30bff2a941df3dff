// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/benchmark_comparison_text.h"

#include "ui/bridge/text/benchmark_text.h"
#include "ui/bridge/text/units.h"

#include <QCoreApplication>
#include <QHash>
#include <QLocale>

#include <cmath>

namespace weightroom::ui {
namespace {

struct BenchmarkComparisonText {
    Q_DECLARE_TR_FUNCTIONS(BenchmarkComparisonText)
};

/// From here on the machine itself was another one at the time.
constexpr double kLimitMoved = 1.1;

/// "takes 12 % less time"; the ratio of the times is known.
QString ratioText(double ratio)
{
    if (ratio >= 2)
        return BenchmarkComparisonText::tr("takes %1 times as long", "a stage of a benchmark")
            .arg(QLocale().toString(ratio, 'f', 1));
    const QString percent = percentText(static_cast<int>(std::lround(std::abs(ratio - 1) * 100)));
    return ratio > 1 ? BenchmarkComparisonText::tr("takes %1 more time", "a stage of a benchmark").arg(percent)
                     : BenchmarkComparisonText::tr("takes %1 less time", "a stage of a benchmark").arg(percent);
}

/// "moves 12 % more bytes a second"; the ratio of the times for a byte is known.
QString rateRatioText(double ratio)
{
    const double factor = 1 / ratio;
    if (factor >= 2)
        return BenchmarkComparisonText::tr("moves %1 times as many bytes a second", "a stage of a benchmark")
            .arg(QLocale().toString(factor, 'f', 1));
    const QString percent = percentText(static_cast<int>(std::lround(std::abs(factor - 1) * 100)));
    return factor > 1
        ? BenchmarkComparisonText::tr("moves %1 more bytes a second", "a stage of a benchmark").arg(percent)
        : BenchmarkComparisonText::tr("moves %1 fewer bytes a second", "a stage of a benchmark").arg(percent);
}

/// Where the verdict is that nothing can be said.
QString doubtText(BenchmarkVerdict verdict)
{
    switch (verdict) {
    case BenchmarkVerdict::NoDifference:
        return BenchmarkComparisonText::tr("is as fast as before", "a stage of a benchmark");
    case BenchmarkVerdict::TooNoisy:
        return BenchmarkComparisonText::tr("varies too much to tell; more iterations may", "a stage of a benchmark");
    default:
        return BenchmarkComparisonText::tr("has too few iterations to tell; five are needed", "a stage of a benchmark");
    }
}

bool isDifference(BenchmarkVerdict verdict)
{
    return verdict == BenchmarkVerdict::Faster || verdict == BenchmarkVerdict::Slower;
}

QString judgement(const BenchmarkStageComparison& stage)
{
    return isDifference(stage.verdict)
        ? ratioText(stage.ratio.value_or(stage.medianAfter / std::max(stage.medianBefore, 1e-9)))
        : doubtText(stage.verdict);
}

/// "2.30 GiB/s (92 % of the disk)"
QString rateFigureText(const BenchmarkStageRate& rate)
{
    if (!rate.bytesPerSecond)
        return BenchmarkComparisonText::tr("no byte", "what a stage has moved");
    const QString share = limitShareText(rate.limit, rate.limitShare);
    return share.isEmpty() ? rateText(*rate.bytesPerSecond)
                           : BenchmarkComparisonText::tr("%1 (%2)", "bytes a second, share of the limit")
                                 .arg(rateText(*rate.bytesPerSecond), share);
}

/// Of a cold run beside a warm one, which other limits hold up; else empty.
QString otherLimitText(const BenchmarkStageComparison& stage)
{
    const QString before = limitShareText(stage.rateBefore.limit, stage.rateBefore.limitShare);
    const QString after = limitShareText(stage.rateAfter.limit, stage.rateAfter.limitShare);
    if (stage.rateBefore.limit == stage.rateAfter.limit || before.isEmpty() || after.isEmpty())
        return {};
    return BenchmarkComparisonText::tr("It came to %1, before to %2.", "shares of limits: 92 % of the disk")
        .arg(after, before);
}

/// Empty, unless the machine could do clearly more or less than before.
QString limitMovedText(const std::optional<double>& ratio)
{
    if (!ratio || (*ratio<kLimitMoved&& * ratio> 1 / kLimitMoved))
        return {};
    const QString number = QLocale().toString(*ratio, 'f', 2);
    return BenchmarkComparisonText::tr(
        "The machine itself was %1 times as fast as before, which says more than the program.", "ratio")
        .arg(number);
}

/// By the engine's word. One that is not known here is shown as it is.
QString aspectText(const QString& aspect)
{
    const QHash<QString, QString> names{
        {QStringLiteral("device_kind"), BenchmarkComparisonText::tr("Kind of device", "aspect of a setup")},
        {QStringLiteral("precision"), BenchmarkComparisonText::tr("Precision", "aspect of a setup")},
        {QStringLiteral("temperature"), BenchmarkComparisonText::tr("Where loads began", "aspect of a setup")},
        {QStringLiteral("models"), BenchmarkComparisonText::tr("Models", "aspect of a setup")},
        {QStringLiteral("processor"), BenchmarkComparisonText::tr("Processor", "aspect of a setup")},
        {QStringLiteral("processors"), BenchmarkComparisonText::tr("Threads", "aspect of a setup")},
        {QStringLiteral("memory"), BenchmarkComparisonText::tr("RAM", "aspect of a setup")},
        {QStringLiteral("kernel"), BenchmarkComparisonText::tr("System", "aspect of a setup")},
        {QStringLiteral("device"), BenchmarkComparisonText::tr("Device", "aspect of a setup")},
        {QStringLiteral("driver"), BenchmarkComparisonText::tr("Driver", "aspect of a setup")},
        {QStringLiteral("version"), BenchmarkComparisonText::tr("Version of Weightroom", "aspect of a setup")},
        {QStringLiteral("build_type"), BenchmarkComparisonText::tr("Build", "aspect of a setup")},
        {QStringLiteral("features"), BenchmarkComparisonText::tr("Features in use", "aspect of a setup")},
        {QStringLiteral("verification"), BenchmarkComparisonText::tr("Comparing of bytes", "aspect of a setup")},
        {QStringLiteral("other_loads"), BenchmarkComparisonText::tr("Other loads meanwhile", "aspect of a setup")},
    };
    return names.value(aspect, aspect);
}

/// A value of an aspect: cold and warm in words, the others as the engine has them.
QString valueText(const QString& aspect, const QString& value)
{
    const QHash<QString, BenchmarkTemperature> temperatures{
        {QStringLiteral("disk"), BenchmarkTemperature::Disk},
        {QStringLiteral("page_cache"), BenchmarkTemperature::PageCache},
        {QStringLiteral("ram_cache"), BenchmarkTemperature::RamCache},
    };
    if (value.isEmpty())
        return BenchmarkComparisonText::tr("unknown", "a value of a setup");
    return aspect == QLatin1String("temperature") && temperatures.contains(value)
        ? temperatureText(temperatures.value(value))
        : value;
}

QString sentences(QStringList parts)
{
    parts.removeAll(QString());
    return parts.join(QLatin1Char(' '));
}

} // namespace

QString verdictText(const BenchmarkStageComparison& stage)
{
    const QString sentence =
        BenchmarkComparisonText::tr("%1 %2: %3.", "stage, what is said of it, times")
            .arg(stageText(stage.stage), judgement(stage), stageChangeText(stage.medianBefore, stage.medianAfter));
    return sentences({sentence, otherLimitText(stage), limitMovedText(stage.limitRatio)});
}

QString rateVerdictText(const BenchmarkStageComparison& stage)
{
    const QString said =
        isDifference(stage.verdict) && stage.ratio ? rateRatioText(*stage.ratio) : doubtText(stage.verdict);
    const QString sentence =
        BenchmarkComparisonText::tr("%1 %2: %3, before %4.", "stage, what is said of it, rates")
            .arg(stageText(stage.stage), said, rateFigureText(stage.rateAfter), rateFigureText(stage.rateBefore));
    return sentences({sentence, limitMovedText(stage.limitRatio)});
}

QString comparabilityText(const BenchmarkComparisonView& comparison)
{
    switch (comparison.comparability) {
    case BenchmarkComparability::SameSetup:
        return BenchmarkComparisonText::tr("Both runs had the same setup.", "two benchmarks");
    case BenchmarkComparability::OtherSetup:
        return BenchmarkComparisonText::tr(
            "The setups differ, which may be the reason for what differs.", "two benchmarks");
    case BenchmarkComparability::RatesOnly:
        return BenchmarkComparisonText::tr(
            "No model was measured in both runs with the same components: what is compared is how many bytes a second "
            "a "
            "stage moves, not how long it takes. What each load costs, whatever its size, weighs more on small models.",
            "two benchmarks");
    case BenchmarkComparability::NotComparable:
        return BenchmarkComparisonText::tr(
            "These runs cannot be compared: they measured different things.", "two benchmarks");
    case BenchmarkComparability::None:
        break;
    }
    return {};
}

QString setupDifferenceText(const QString& aspect, const QString& before, const QString& after)
{
    return BenchmarkComparisonText::tr("%1: %2, before %3", "aspect of a setup, values")
        .arg(aspectText(aspect), valueText(aspect, after), valueText(aspect, before));
}

QStringList modelsAloneText(const BenchmarkComparisonView& comparison)
{
    QStringList lines;
    if (!comparison.onlyBefore.isEmpty())
        lines.append(BenchmarkComparisonText::tr("Only in the earlier run: %1", "names of models")
                         .arg(comparison.onlyBefore.join(QStringLiteral(", "))));
    if (!comparison.onlyAfter.isEmpty())
        lines.append(BenchmarkComparisonText::tr("Only in the later run: %1", "names of models")
                         .arg(comparison.onlyAfter.join(QStringLiteral(", "))));
    return lines;
}

QString modelPairText(const BenchmarkModelComparison& models)
{
    return BenchmarkComparisonText::tr("%1 beside %2 of the earlier run:", "two models")
        .arg(models.name, models.nameBefore);
}

} // namespace weightroom::ui
