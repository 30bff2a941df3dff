// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/benchmark_facts.h"

#include "ui/bridge/text/benchmark_text.h"
#include "ui/bridge/text/units.h"

#include <QCoreApplication>

#include <algorithm>
#include <limits>

namespace weightroom::ui {
namespace {

struct BenchmarkFactsText {
    Q_DECLARE_TR_FUNCTIONS(BenchmarkFactsText)
};

QString rateOrUnknown(const std::optional<double>& rate) { return rate ? rateText(*rate) : QString(); }

QString sizeText(quint64 bytes) { return bytes == 0 ? QString() : bytesText(bytes); }

QString threadsText(quint64 count)
{
    return BenchmarkFactsText::tr("%n threads", "of a processor", static_cast<int>(count));
}

QString joined(QStringList parts)
{
    parts.removeAll(QString());
    return parts.join(QStringLiteral(", "));
}

} // namespace

QList<BenchmarkFact> benchmarkFacts(const BenchmarkFacts& facts)
{
    QList<BenchmarkFact> list;
    const auto add = [&list](const QString& name, const QString& value) {
        if (!value.isEmpty())
            list.append({name, value});
    };
    add(BenchmarkFactsText::tr("Weightroom", "fact of a benchmark: the version"),
        joined({facts.version, facts.buildType}));
    add(BenchmarkFactsText::tr("Processor", "fact of a benchmark"),
        joined({facts.processor, facts.processors == 0 ? QString() : threadsText(facts.processors)}));
    add(BenchmarkFactsText::tr("RAM", "fact of a benchmark"), sizeText(facts.memory));
    add(BenchmarkFactsText::tr("System", "fact of a benchmark"), facts.kernel);
    add(BenchmarkFactsText::tr("Device", "fact of a benchmark"),
        joined({benchmarkPlaceText(facts.deviceId), facts.deviceName, sizeText(facts.deviceMemory)}));
    add(BenchmarkFactsText::tr("Driver", "fact of a benchmark"), joined({facts.driver, facts.interface}));
    add(BenchmarkFactsText::tr("In use", "fact of a benchmark: optional features"), facts.features);
    add(BenchmarkFactsText::tr("Loads began", "fact of a benchmark: cold or warm"), temperatureText(facts.temperature));
    add(BenchmarkFactsText::tr("Precision", "fact of a benchmark"), benchmarkPrecisionText(facts.precision));
    add(BenchmarkFactsText::tr("Iterations", "fact of a benchmark"), countText(facts.iterations));
    if (facts.verifies)
        add(BenchmarkFactsText::tr("Checked", "fact of a benchmark"),
            BenchmarkFactsText::tr("bytes were read back and compared", "fact of a benchmark"));
    if (facts.otherLoads > 0)
        add(BenchmarkFactsText::tr("Disturbed", "fact of a benchmark"),
            BenchmarkFactsText::tr("%n other loads ran meanwhile", "fact of a benchmark",
                static_cast<int>(std::min<quint64>(facts.otherLoads, std::numeric_limits<int>::max()))));
    add(BenchmarkFactsText::tr("Took", "fact of a benchmark: time"), benchmarkTimeText(facts.seconds));
    add(BenchmarkFactsText::tr("Limit: the disk", "fact of a benchmark"), rateOrUnknown(facts.diskRead));
    add(BenchmarkFactsText::tr("Limit: copying in RAM", "fact of a benchmark"), rateOrUnknown(facts.hostCopy));
    add(BenchmarkFactsText::tr("Limit: the way to the device", "fact of a benchmark"),
        rateOrUnknown(facts.deviceUpload));
    add(BenchmarkFactsText::tr("Limit: copying in the device's memory", "fact of a benchmark"),
        rateOrUnknown(facts.deviceCopyWithin));
    return list;
}

} // namespace weightroom::ui
