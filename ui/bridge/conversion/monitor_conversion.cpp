// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/conversion/monitor_conversion.h"

#include "ui/bridge/text/error_text.h"
#include "ui/bridge/text/gpu_text.h"
#include "ui/bridge/text/group_text.h"
#include "ui/bridge/text/plain_text.h"
#include "ui/bridge/text/units.h"

#include <QCoreApplication>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace weightroom::ui {
namespace {

struct MonitorText {
    Q_DECLARE_TR_FUNCTIONS(MonitorText)
};

/// Both enumerators stand at the same place.
template <class View, class Engine>
constexpr bool areSame(View view, Engine engine)
{
    return static_cast<int>(view) == static_cast<int>(engine);
}
static_assert(areSame(LedgerKind::Component, engine::LedgerOwner::Component)
    && areSame(LedgerKind::Loading, engine::LedgerOwner::Loading)
    && areSame(LedgerKind::Ready, engine::LedgerOwner::Ready)
    && areSame(LedgerKind::Process, engine::LedgerOwner::Process)
    && areSame(LedgerKind::Unattributed, engine::LedgerOwner::Unattributed)
    && areSame(LedgerKind::Free, engine::LedgerOwner::Free));
static_assert(areSame(ProcessWork::Unknown, engine::GpuWork::Unknown)
    && areSame(ProcessWork::Compute, engine::GpuWork::Compute)
    && areSame(ProcessWork::Graphics, engine::GpuWork::Graphics)
    && areSame(ProcessWork::ComputeAndGraphics, engine::GpuWork::ComputeAndGraphics));
static_assert(areSame(AlertLevel::Info, engine::AlertSeverity::Info)
    && areSame(AlertLevel::Warning, engine::AlertSeverity::Warning)
    && areSame(AlertLevel::Error, engine::AlertSeverity::Error));
static_assert(std::chrono::milliseconds{MonitorView::kRestingStep} == engine::WatchedDevice::kRestingLook);

QString idText(const std::string& id) { return QString::fromStdString(id); }

qint64 millisecondsOf(engine::Clock::Wall time)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

QDateTime dateTimeOf(engine::Clock::Wall time) { return QDateTime::fromMSecsSinceEpoch(millisecondsOf(time)); }

using Names = std::map<engine::ModelId, std::string>;

LedgerRow rowOf(const engine::LedgerEntry& entry, const Names& names)
{
    LedgerRow row{.kind = static_cast<LedgerKind>(entry.owner),
        .bytes = entry.size.value,
        .modelId = idText(entry.model.text),
        .modelName = {},
        .componentId = idText(entry.component.text),
        .processId = entry.processId,
        .processName = plainText(entry.name),
        .reported = entry.reported ? std::optional<quint64>(entry.reported->value) : std::nullopt,
        .work = static_cast<ProcessWork>(entry.work)};
    const auto name = names.find(entry.model);
    if (!entry.model.empty())
        row.modelName = name == names.end() ? row.modelId : plainText(name->second);
    return row;
}

QList<LedgerRow> ledgerOf(const engine::MemoryLedger& ledger, const Names& names)
{
    QList<LedgerRow> rows;
    for (const engine::LedgerEntry& entry : ledger.entries)
        rows.append(rowOf(entry, names));
    return rows;
}

/// In whole seconds; a clock may have been set back meanwhile.
std::optional<int> ageOf(const engine::WatchedDevice& device, engine::Clock::Wall now)
{
    if (!device.isKept || !device.readAt)
        return std::nullopt;
    const auto age = std::chrono::round<std::chrono::seconds>(now - *device.readAt).count();
    return static_cast<int>(std::max<std::int64_t>(age, 0));
}

WatchedMemory deviceOf(const engine::WatchedDevice& device, const engine::MonitorSnapshot& snapshot)
{
    const bool isGpu = device.description.kind == engine::DeviceKind::Cuda;
    return {.id = idText(device.description.id.text),
        .title = plainText(device.description.name),
        .place = isGpu ? MemoryPlace::Gpu : MemoryPlace::HostDevice,
        .total = device.ledger.total.value,
        .capacity = device.description.capacity.value,
        .areOthersKnown = device.ledger.areOthersKnown,
        .ledger = ledgerOf(device.ledger, snapshot.modelNames),
        .figures = device.reading ? gpuFigures(*device.reading) : QList<GpuFigure>(),
        .age = ageOf(device, snapshot.at),
        .isAsleep = device.wakefulness == engine::GpuWakefulness::Asleep,
        .problem = device.problem ? errorView(*device.problem).sentence : QString()};
}

WatchedMemory cacheOf(const engine::MonitorSnapshot& snapshot)
{
    return {.id = QStringLiteral("CACHE"),
        .title = MonitorText::tr("RAM cache", "title of a memory"),
        .place = MemoryPlace::Cache,
        .total = snapshot.cache.total.value,
        .ledger = ledgerOf(snapshot.cache, snapshot.modelNames),
        .figures = {},
        .problem = {}};
}

SeriesId seriesIdOf(const engine::SeriesKey& key)
{
    const std::string_view name = toText(key.metric);
    return {.metric = QString::fromLatin1(name.data(), static_cast<qsizetype>(name.size())),
        .deviceId = idText(key.device.text)};
}

QString titleOf(const engine::Alert& alert)
{
    const QString device = idText(alert.device.text);
    switch (alert.kind) {
    case engine::AlertKind::MemoryFull:
        return MonitorText::tr("%1: memory is nearly full", "alert").arg(device);
    case engine::AlertKind::SlowLoads:
        return MonitorText::tr("%1: loads are slow", "alert").arg(device);
    case engine::AlertKind::FailingLoads:
        return MonitorText::tr("%1: loads fail", "alert").arg(device);
    case engine::AlertKind::None:
        break;
    }
    return device;
}

QString percentOfFraction(double fraction) { return percentText(qRound(fraction * 100)); }

QString secondsText(double seconds) { return durationText(std::chrono::duration<double>(seconds)); }

QString sentenceOf(const engine::Alert& alert)
{
    switch (alert.kind) {
    case engine::AlertKind::MemoryFull:
        return MonitorText::tr(
            "%1 of its memory was in use; the limit is %2. Unloading what is not needed helps.", "alert: memory")
            .arg(percentOfFraction(alert.worst), percentOfFraction(alert.threshold));
    case engine::AlertKind::SlowLoads:
        return MonitorText::tr("Loads took %1 on average over five minutes; the limit is %2. A faster drive or more "
                               "RAM cache helps.",
            "alert: slow loads")
            .arg(secondsText(alert.worst), secondsText(alert.threshold));
    case engine::AlertKind::FailingLoads:
        return MonitorText::tr("%1 of the loads of five minutes failed; the limit is %2. The activity list says why.",
            "alert: failing loads")
            .arg(percentOfFraction(alert.worst), percentOfFraction(alert.threshold));
    case engine::AlertKind::None:
        break;
    }
    return {};
}

qint64 millisecondsFrom(const engine::Json& seconds) { return qRound64(seconds.get<double>() * 1000); }

QList<TimePoint> pointsOf(const engine::Json& series)
{
    QList<TimePoint> points;
    const engine::Json& times = series.at("times");
    points.reserve(static_cast<qsizetype>(times.size()));
    for (std::size_t i = 0; i < times.size(); ++i) {
        points.append({.at = millisecondsFrom(times[i]),
            .minimum = series.at("minimum")[i].get<double>(),
            .mean = series.at("mean")[i].get<double>(),
            .maximum = series.at("maximum")[i].get<double>(),
            .weight = series.at("counts")[i].get<double>()});
    }
    return points;
}

/// The engine gives a step to one without points too, which says nothing.
HistorySeries seriesOf(const engine::Json& series)
{
    HistorySeries made{.points = pointsOf(series)};
    if (!made.points.isEmpty() && !series.at("step_seconds").is_null())
        made.step = millisecondsFrom(series.at("step_seconds"));
    return made;
}

std::optional<double> numberOrNone(const engine::Json& value)
{
    return value.is_null() ? std::nullopt : std::optional(value.get<double>());
}

LoadFiguresView loadFiguresOf(const engine::Json& device)
{
    const engine::Json& loads = device.at("loads");
    return {.deviceId = idText(device.at("device_id").get<std::string>()),
        .succeeded = loads.at("succeeded").get<quint64>(),
        .failed = loads.at("failed").get<quint64>(),
        .meanSeconds = numberOrNone(loads.at("mean_seconds")),
        .medianSeconds = numberOrNone(loads.at("median_seconds")),
        .p95Seconds = numberOrNone(loads.at("p95_seconds")),
        .bytesPerSecond = numberOrNone(loads.at("bytes_per_second"))};
}

std::optional<engine::Clock::Wall> timeFrom(const engine::Json& text)
{
    if (!text.is_string())
        return std::nullopt;
    const auto time = QDateTime::fromString(QString::fromStdString(text.get<std::string>()), Qt::ISODateWithMs);
    return engine::Clock::Wall(std::chrono::milliseconds(time.toMSecsSinceEpoch()));
}

engine::Alert alertFrom(const engine::Json& row)
{
    return {.number = row.at("alert_id").get<std::uint64_t>(),
        .kind = engine::alertKindFromText(row.at("kind").get<std::string>()).value_or(engine::AlertKind::None),
        .device = engine::DeviceId{row.at("device_id").get<std::string>()},
        .threshold = row.at("threshold").get<double>(),
        .value = row.at("value").get<double>(),
        .worst = row.at("worst").get<double>(),
        .raisedAt = timeFrom(row.at("raised_at")).value_or(engine::Clock::Wall{}),
        .recoveredAt = timeFrom(row.at("recovered_at")),
        .acknowledgedAt = timeFrom(row.at("acknowledged_at"))};
}

/// "fp16 [320, 4, 3, 3]"
QString typeOf(const engine::Json& tensor)
{
    QStringList extents;
    for (const engine::Json& extent : tensor.at("shape"))
        extents.append(QString::number(extent.get<quint64>()));
    return QStringLiteral("%1 [%2]").arg(
        QString::fromStdString(tensor.at("dtype").get<std::string>()), extents.join(QStringLiteral(", ")));
}

/// "sd_xl_base: vae"
QString holderOf(const engine::Json& tensor)
{
    const engine::Json& name = tensor.at(tensor.at("model_name").is_null() ? "model_id" : "model_name");
    return MonitorText::tr("%1: %2", "model, component")
        .arg(plainText(name.get<std::string>()), idText(tensor.at("component_id").get<std::string>()));
}

TensorsView::Tensor tensorFrom(const engine::Json& content)
{
    const engine::Json& tensors = content.at("tensors");
    TensorsView::Tensor made{.name = plainText(tensors.at(0).at("name").get<std::string>()),
        .type = typeOf(tensors.at(0)),
        .bytes = content.at("size_bytes").get<quint64>()};
    const bool isShared = content.at("is_shared").get<bool>();
    std::set<std::pair<std::string, std::string>> holders; // two models may have the same name
    for (const engine::Json& tensor : tensors) {
        const QString name = plainText(tensor.at("name").get<std::string>());
        if (!isShared && name != made.name)
            made.otherNames.append(name);
        const bool isNew =
            holders.emplace(tensor.at("model_id").get<std::string>(), tensor.at("component_id").get<std::string>())
                .second;
        if (isShared && isNew)
            made.holders.append(holderOf(tensor));
    }
    return made;
}

} // namespace

quint64 WatchedMemory::bytesOf(LedgerKind kind) const
{
    quint64 sum = 0;
    for (const LedgerRow& row : ledger)
        sum += row.kind == kind ? row.bytes : 0;
    return sum;
}

const WatchedMemory* MonitorView::find(const QString& id) const
{
    const auto found = std::ranges::find(memories, id, &WatchedMemory::id);
    return found == memories.end() ? nullptr : &*found;
}

AlertView alertView(const engine::Alert& alert)
{
    return {.number = alert.number,
        .level = static_cast<AlertLevel>(engine::severityOf(alert.kind)),
        .title = titleOf(alert),
        .sentence = sentenceOf(alert),
        .isActive = alert.isActive(),
        .isAcknowledged = alert.acknowledgedAt.has_value(),
        .raisedAt = dateTimeOf(alert.raisedAt),
        .recoveredAt = alert.recoveredAt ? std::optional(dateTimeOf(*alert.recoveredAt)) : std::nullopt};
}

MonitorView monitorView(const engine::MonitorSnapshot& snapshot)
{
    MonitorView view;
    view.at = millisecondsOf(snapshot.at);
    for (const engine::WatchedDevice& device : snapshot.devices)
        view.memories.append(deviceOf(device, snapshot));
    view.memories.append(cacheOf(snapshot));
    for (const engine::MetricSample& sample : snapshot.samples)
        view.samples.insert(seriesIdOf(sample.series), sample.value);
    for (const engine::MetricSample& sample : snapshot.keptSamples)
        view.resting.insert(seriesIdOf(sample.series));
    for (const engine::Alert& alert : snapshot.alerts)
        view.alerts.prepend(alertView(alert));
    view.lastEarlierAlert = snapshot.lastEarlierAlert;
    view.group = groupFigures(snapshot.host.group);
    if (snapshot.historyProblem)
        view.historyProblem = errorView(*snapshot.historyProblem).sentence;
    return view;
}

HistoryView historyView(const HistoryRequest& request, const engine::Json& answer)
{
    HistoryView view{.request = request, .series = {}};
    for (const engine::Json& series : answer.at("series")) {
        const engine::Json& device = series.at("device_id");
        view.series.insert({.metric = QString::fromStdString(series.at("metric").get<std::string>()),
                               .deviceId = device.is_null() ? QString() : idText(device.get<std::string>())},
            seriesOf(series));
    }
    return view;
}

PerformanceView performanceView(const engine::Json& answer)
{
    PerformanceView view;
    for (const engine::Json& device : answer.at("devices"))
        view.devices.append(loadFiguresOf(device));
    view.cacheHitRate = numberOrNone(answer.at("machine").at("cache_hit_rate"));
    return view;
}

QList<AlertView> alertViews(const engine::Json& answer)
{
    QList<AlertView> views;
    for (const engine::Json& row : answer.at("alerts"))
        views.append(alertView(alertFrom(row)));
    return views;
}

TensorsView tensorsView(const TensorsView& asked, const engine::Json& answer)
{
    TensorsView view = asked;
    for (const engine::Json& content : answer.at("contents"))
        view.tensors.append(tensorFrom(content));
    return view;
}

} // namespace weightroom::ui
