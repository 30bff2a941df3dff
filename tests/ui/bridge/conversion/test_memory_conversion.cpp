// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/conversion/memory_conversion.h"

#include <QLocale>
#include <QTest>

using namespace weightroom;
using namespace weightroom::ui;

namespace {

engine::ComponentPlacement placement(const std::string& model, const std::string& component, engine::Bytes size)
{
    return {.key = {{model}, {component}}, .size = size, .exclusive = size};
}

/// One model, whose name is its id.
engine::EngineSnapshot snapshotWith(const std::string& id)
{
    auto record = std::make_shared<engine::ModelRecord>();
    record->id = {id};
    record->name = id;
    engine::ModelState state;
    state.record = std::move(record);
    engine::EngineSnapshot snapshot;
    snapshot.models = {std::move(state)};
    return snapshot;
}

} // namespace

class TestMemoryConversion : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void ownersAreGroupedByModel();
    void gaugesAddUp();
    void unknownUseOfOthersIsNotZero();
    void tellsTheDriverFromOtherPrograms();
    void countsNothingAsFreeThatOthersHave();
    void whatIsReadyIsFree();
    void saysWhyTheCacheMayHaveLess();
    void saysWhatWentBackToTheSystem();
};

void TestMemoryConversion::ownersAreGroupedByModel()
{
    engine::EngineSnapshot snapshot = snapshotWith("a");
    snapshot.cache.memory.capacity = engine::kGiB;
    snapshot.cache.owners = {placement("a", "unet_sdxl", engine::kMiB * 2), placement("gone", "vae", engine::kMiB),
        placement("a", "vae_kl_f8", engine::kMiB)};
    const QList<MemoryView> memory = memoryViews(snapshot);
    QCOMPARE(memory.size(), 1);
    const QList<MemoryOwner>& owners = memory.first().owners;
    QCOMPARE(owners.size(), 2);
    QCOMPARE(owners[0].modelName, QStringLiteral("a"));
    QCOMPARE(owners[0].bytes, quint64{3} << 20);
    QCOMPARE(owners[0].components.size(), 2);
    // Not in the library any more: its id is what is known.
    QCOMPARE(owners[1].modelName, QStringLiteral("gone"));
}

void TestMemoryConversion::gaugesAddUp()
{
    engine::EngineSnapshot snapshot;
    engine::DeviceState device;
    device.description.id = {"HOST_0"};
    device.description.kind = engine::DeviceKind::Host;
    device.memory.ours.capacity = engine::kGiB;
    device.memory.ours.held = engine::kMiB * 5;
    device.overhead = engine::kMiB;
    device.owners = {placement("a", "unet", engine::kMiB * 4)};
    snapshot.devices = {device};
    const MemoryView view = memoryViews(snapshot).first();
    QCOMPARE(view.id, QStringLiteral("HOST_0"));
    QCOMPARE(view.place, MemoryPlace::HostDevice);
    QCOMPARE(view.owners.first().bytes + view.overhead, view.held);
    // What two have is counted once, and by neither.
    snapshot.devices[0].owners[0].exclusive = engine::kMiB;
    snapshot.devices[0].owners.push_back(placement("b", "vae", engine::kMiB * 3));
    snapshot.devices[0].owners[1].exclusive = {};
    snapshot.devices[0].sharedBytes = engine::kMiB * 3;
    const MemoryView shared = memoryViews(snapshot).first();
    QCOMPARE(shared.owners[0].bytes + shared.owners[1].bytes + shared.shared + shared.overhead, shared.held);
    QCOMPARE(shared.owners[1].components, QStringList{QStringLiteral("vae, 3.0 MiB")});
    snapshot.devices = {device};
    // What is being loaded is told apart from what is loaded, also of the same model.
    snapshot.devices[0].loading = {{engine::ModelId{"a"}, engine::kMiB}};
    const MemoryView loading = memoryViews(snapshot).first();
    QCOMPARE(loading.owners.size(), 2);
    QCOMPARE(loading.owners[1].use, MemoryUse::Loading);
    QCOMPARE(loading.owners[1].modelName, QStringLiteral("a"));
    QCOMPARE(loading.owners[1].bytes, quint64{1} << 20);
    QCOMPARE(view.held + view.freeBytes(), view.capacity);
}

void TestMemoryConversion::unknownUseOfOthersIsNotZero()
{
    engine::EngineSnapshot snapshot;
    engine::DeviceState device;
    device.memory.ours.held = engine::kMiB;
    snapshot.devices = {device};
    QVERIFY(!memoryViews(snapshot).first().usedByOthers.has_value());
    snapshot.devices[0].memory.driverTotal = engine::kMiB * 10;
    snapshot.devices[0].memory.driverFree = engine::kMiB * 6;
    QCOMPARE(memoryViews(snapshot).first().usedByOthers, std::optional(quint64{3} << 20));
    QCOMPARE(memoryViews(snapshot).first().total, quint64{10} << 20);
    snapshot.devices[0].memory.driverFree.reset();
    QCOMPARE(memoryViews(snapshot).first().total, 0U); // without it nothing is known of what is left
}

void TestMemoryConversion::tellsTheDriverFromOtherPrograms()
{
    MemoryView gpu;
    gpu.id = QStringLiteral("GPU_0");
    gpu.place = MemoryPlace::Gpu;
    gpu.usedByOthers = 100;
    MemoryView host;
    host.id = QStringLiteral("HOST_0");
    host.place = MemoryPlace::HostDevice;
    QList<MemoryView> memory{gpu, host};
    MonitorView monitor;
    addLedgers(memory, monitor); // nothing was seen yet
    QCOMPARE(memory.first().usedByOthers, std::optional<quint64>(100));
    const auto row = [](LedgerKind kind, quint64 bytes) {
        LedgerRow made;
        made.kind = kind;
        made.bytes = bytes;
        return made;
    };
    WatchedMemory watched;
    watched.id = QStringLiteral("GPU_0");
    watched.ledger = {row(LedgerKind::Context, 50), row(LedgerKind::Process, 30), row(LedgerKind::Reserved, 5),
        row(LedgerKind::Unattributed, 15)};
    watched.areOthersKnown = false;
    watched.total = 200;
    monitor.memories = {watched};
    addLedgers(memory, monitor); // the ledger knows nothing of others
    QCOMPARE(memory.first().usedByOthers, std::optional<quint64>(100));
    monitor.memories.first().areOthersKnown = true;
    addLedgers(memory, monitor);
    QCOMPARE(memory.first().usedByOthers, std::optional<quint64>(45));
    QCOMPARE(memory.first().usedByDriver, 55U);
    QCOMPARE(memory.first().total, 200U);
    QVERIFY(!memory.last().usedByOthers);
}

void TestMemoryConversion::countsNothingAsFreeThatOthersHave()
{
    MemoryView gpu;
    gpu.capacity = 100;
    gpu.held = 30;
    QCOMPARE(gpu.freeBytes(), 70U); // nothing is known of others
    gpu.total = 120;
    gpu.usedByOthers = 10;
    gpu.usedByDriver = 5;
    QCOMPARE(gpu.freeBytes(), 70U); // they have what is left to them
    gpu.usedByOthers = 45;
    QCOMPARE(gpu.freeBytes(), 40U);
    QCOMPARE(gpu.unheldBytes(), 70U);
    gpu.usedByOthers = 200; // of another moment
    QCOMPARE(gpu.freeBytes(), 0U);
}

void TestMemoryConversion::whatIsReadyIsFree()
{
    engine::EngineSnapshot snapshot;
    engine::DeviceState device;
    device.memory.ours.capacity = engine::kGiB;
    device.ready = engine::kMiB * 3;
    snapshot.devices = {device};
    snapshot.cache.ready = engine::kMiB * 2;
    const QList<MemoryView> views = memoryViews(snapshot);
    QCOMPARE(views.first().ready, quint64{3} << 20);
    QCOMPARE(views.first().freeBytes(), quint64{1} << 30);
    QCOMPARE(views.last().ready, quint64{2} << 20);
}

void TestMemoryConversion::saysWhyTheCacheMayHaveLess()
{
    engine::EngineSnapshot snapshot;
    QVERIFY(memoryViews(snapshot).last().note.isEmpty()); // nobody watches
    snapshot.systemMemory = engine::SystemMemoryState{.budget = engine::kGiB * 12, .reserve = engine::kGiB * 2};
    QVERIFY(memoryViews(snapshot).last().note.isEmpty());
    snapshot.systemMemory->isCacheLimited = true;
    QCOMPARE(memoryViews(snapshot).last().note,
        QStringLiteral(
            "It may have less than its budget of 12.00 GiB now, so that 2.00 GiB stay free for other programs."));
}

void TestMemoryConversion::saysWhatWentBackToTheSystem()
{
    engine::EngineSnapshot snapshot;
    snapshot.systemMemory = engine::SystemMemoryState{.budget = engine::kGiB * 12,
        .givenBack = engine::kGiB * 3,
        .gaveBackAt = engine::Clock::Wall{} + std::chrono::hours{24 * 365}};
    const QString note = memoryViews(snapshot).last().note;
    QVERIFY2(note.startsWith(QStringLiteral("3.00 GiB went back to the system, the last at ")), qPrintable(note));
}

QTEST_MAIN(TestMemoryConversion)
#include "test_memory_conversion.moc"
