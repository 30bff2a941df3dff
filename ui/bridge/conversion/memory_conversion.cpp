// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/conversion/memory_conversion.h"

#include "ui/bridge/text/error_text.h"
#include "ui/bridge/text/plain_text.h"
#include "ui/bridge/text/units.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QHash>
#include <QLocale>

#include <algorithm>
#include <map>

namespace weightroom::ui {
namespace {

struct ViewText {
    Q_DECLARE_TR_FUNCTIONS(ViewText)
};

QString idText(const std::string& id) { return QString::fromStdString(id); }

QString timeText(engine::Clock::Wall time)
{
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
    return QLocale().toString(QDateTime::fromMSecsSinceEpoch(since.count()).time(), QLocale::ShortFormat);
}

using Names = std::map<engine::ModelId, QString>;

/// A model whose file was removed from the library still holds its bytes: it has its id for a name.
QString nameOf(const Names& names, const engine::ModelId& model)
{
    const QString& name = names.at(model);
    return name.isEmpty() ? idText(model.text) : name;
}

Names namesOf(const engine::EngineSnapshot& snapshot, const std::vector<engine::ComponentPlacement>& owners,
    const std::vector<engine::LoadingShare>& loading)
{
    Names names;
    for (const engine::LeaseState& lease : snapshot.leases)
        names.emplace(lease.grant.model, QString());
    for (const engine::ComponentPlacement& owner : owners)
        names.emplace(owner.key.model, QString());
    for (const engine::LoadingShare& share : loading)
        names.emplace(share.model, QString());
    for (const engine::ModelState& state : snapshot.models) {
        const auto name = names.find(state.record->id);
        if (name != names.end())
            name->second = plainText(state.record->name);
    }
    return names;
}

/// Groups components by model, in the order of their first component; what is being loaded comes last.
QList<MemoryOwner> ownersOf(const Names& names, const std::vector<engine::ComponentPlacement>& placements,
    const std::vector<engine::LoadingShare>& loading)
{
    QHash<QString, qsizetype> rows;
    QList<MemoryOwner> owners;
    for (const engine::ComponentPlacement& placement : placements) {
        const QString modelId = idText(placement.key.model.text);
        const qsizetype row = rows.value(modelId, owners.size());
        if (row == owners.size()) {
            owners.append({.modelId = modelId,
                .modelName = nameOf(names, placement.key.model),
                .components = {},
                .bytes = 0,
                .isOnlyLeased = true});
            rows.insert(modelId, row);
        }
        owners[row].isOnlyLeased = owners[row].isOnlyLeased && placement.isOnlyLeased;
        owners[row].bytes += placement.exclusive.value;
        owners[row].components.append(
            QStringLiteral("%1, %2").arg(idText(placement.key.component.text), bytesText(placement.size.value)));
    }
    for (const engine::LoadingShare& share : loading) {
        owners.append({.modelId = idText(share.model.text),
            .modelName = nameOf(names, share.model),
            .components = {},
            .bytes = share.size.value,
            .use = MemoryUse::Loading});
    }
    return owners;
}

QList<MemoryUser> usersOf(
    const Names& names, const std::vector<engine::LeaseState>& leases, const engine::DeviceId& device)
{
    QList<MemoryUser> users;
    for (const engine::LeaseState& lease : leases) {
        if (lease.grant.device != device)
            continue;
        users.append({.program = plainText(lease.consumer),
            .modelId = idText(lease.grant.model.text),
            .modelName = nameOf(names, lease.grant.model),
            .bytes = lease.size.value,
            .isOffered = lease.stage == engine::LeaseStage::Offered});
    }
    return users;
}

std::optional<quint64> usedByOthers(const engine::DeviceMemory& memory)
{
    if (!memory.driverTotal || !memory.driverFree)
        return std::nullopt;
    const quint64 used =
        memory.driverTotal->value - std::min<quint64>(memory.driverTotal->value, memory.driverFree->value);
    return used - std::min<quint64>(used, memory.ours.held.value);
}

MemoryView deviceView(const engine::EngineSnapshot& snapshot, const engine::DeviceState& device)
{
    const Names names = namesOf(snapshot, device.owners, device.loading);
    return {
        .id = idText(device.description.id.text),
        .title = plainText(device.description.name),
        .place = device.description.kind == engine::DeviceKind::Cuda ? MemoryPlace::Gpu : MemoryPlace::HostDevice,
        .capacity = device.memory.ours.capacity.value,
        .held = device.memory.ours.held.value,
        .shared = device.sharedBytes.value,
        .overhead = device.overhead.value,
        .owners = ownersOf(names, device.owners, device.loading),
        .usedByOthers = usedByOthers(device.memory),
        .problem = device.lost ? errorView(*device.lost).sentence : QString(),
        .ready = device.ready.value,
        .users = usersOf(names, snapshot.leases, device.description.id),
        .total = device.memory.driverFree ? device.memory.driverTotal.value_or(engine::Bytes{}).value : 0,
    };
}

MemoryView unusableView(const engine::UnusableDevice& device)
{
    MemoryView view;
    view.id = plainText(device.name);
    view.title = view.id;
    view.place = MemoryPlace::Gpu;
    view.problem = errorView(device.reason).sentence;
    return view;
}

/// What the needs of other programs have done to the cache.
QString noteOf(const std::optional<engine::SystemMemoryState>& system)
{
    QStringList sentences;
    if (system && system->isCacheLimited)
        sentences.append(
            ViewText::tr("It may have less than its budget of %1 now, so that %2 stay free for other programs.",
                "about the RAM cache")
                .arg(bytesText(system->budget.value), bytesText(system->reserve.value)));
    if (system && system->gaveBackAt)
        sentences.append(ViewText::tr("%1 went back to the system, the last at %2.", "about the RAM cache")
                             .arg(bytesText(system->givenBack.value), timeText(*system->gaveBackAt)));
    return sentences.join(QLatin1Char(' '));
}

MemoryView cacheView(const engine::EngineSnapshot& snapshot)
{
    MemoryView view;
    view.id = QStringLiteral("CACHE");
    view.title = ViewText::tr("RAM cache", "title of a gauge");
    view.place = MemoryPlace::Cache;
    view.capacity = snapshot.cache.memory.capacity.value;
    view.held = snapshot.cache.memory.held.value;
    view.shared = snapshot.cache.sharedBytes.value;
    view.overhead = snapshot.cache.overhead.value;
    const Names names = namesOf(snapshot, snapshot.cache.owners, snapshot.cache.loading);
    view.owners = ownersOf(names, snapshot.cache.owners, snapshot.cache.loading);
    view.ready = snapshot.cache.ready.value;
    view.note = noteOf(snapshot.systemMemory);
    return view;
}

} // namespace

QList<MemoryView> memoryViews(const engine::EngineSnapshot& snapshot)
{
    QList<MemoryView> views;
    for (const engine::DeviceState& device : snapshot.devices)
        views.append(deviceView(snapshot, device));
    for (const engine::UnusableDevice& device : snapshot.unusableDevices)
        views.append(unusableView(device));
    views.append(cacheView(snapshot));
    return views;
}

void addLedgers(QList<MemoryView>& memory, const MonitorView& monitor)
{
    for (MemoryView& view : memory) {
        const WatchedMemory* watched = view.place == MemoryPlace::Gpu ? monitor.find(view.id) : nullptr;
        if (watched == nullptr || !watched->areOthersKnown)
            continue;
        view.usedByOthers = watched->bytesOf(LedgerKind::Process) + watched->bytesOf(LedgerKind::Unattributed);
        view.usedByDriver = watched->bytesOf(LedgerKind::Context) + watched->bytesOf(LedgerKind::Reserved);
        view.total = watched->total;
    }
}

} // namespace weightroom::ui
