// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/host_device.h"
#include "model_engine/operations/engine_services.h"
#include "tests/support/manual_clock.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>

using namespace weightroom::engine;
using weightroom::test::ManualClock;

namespace {

const DeviceId kDevice{"HOST_0"};

/// The tables of an engine with one host device, filled by hand.
struct Tables {
    Tables() { devices.devices.push_back(std::make_unique<HostDevice>(kDevice, kMiB)); }

    [[nodiscard]] EngineSnapshotPtr snapshot()
    {
        EngineServices services{clock, log, {}, store, devices, lanes, cacheMemory, readers, flags, tables, executor,
            [] {}, []() -> EngineSnapshotPtr { return nullptr; }};
        return makeSnapshot(services);
    }
    /// A component of 1000 bytes on the device.
    void addLoaded(const char* model, std::optional<ComponentConversion> conversion = {})
    {
        auto places = devices.devices.front()->arena().allocate(std::array{Bytes{1000}});
        ComponentWeights weights{.tensors = {}, .size = Bytes{1000}};
        weights.tensors.push_back({"weight", Dtype::U8, Shape{}, std::move(places->front())});
        QVERIFY(tables.residency
                    .add(kDevice,
                        {std::make_shared<const LoadedComponent>(LoadedComponent{{ModelId{model}, ComponentId{"unet"}},
                            ComponentKind::Unet, {}, std::move(weights), std::move(conversion)})})
                    .empty());
    }
    void addModel(const char* id)
    {
        auto record = std::make_shared<ModelRecord>();
        record->id = ModelId{id};
        record->path = std::filesystem::path{"/models"} / id;
        record->identified.components = {{ComponentId{"unet"}, ComponentKind::Unet, {"unet."}, 1, Bytes{1000}}};
        tables.catalog.replace({}, {record});
    }

    ManualClock clock;
    NullLog log;
    CatalogStore store{{}, clock, log};
    DeviceSet devices;
    std::vector<std::unique_ptr<TransferLane>> lanes;
    CacheMemory cacheMemory{kMiB, devices, log};
    ReaderPool readers{1};
    FeatureFlags flags{Settings{}, clock, log};
    EngineTables tables{Settings{}, clock};
    SerialExecutor executor{log};
};

/// A model whose header has this key.
ModelRecordPtr alike(const std::string& id, const std::string& key)
{
    auto record = std::make_shared<ModelRecord>();
    record->id = ModelId{id};
    record->path = std::filesystem::path{"/models"} / id;
    record->contentKey = {key};
    return record;
}

} // namespace

class TestSnapshot : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void modelsOfOneContentKnowOfEachOther();
    void manyCopiesAreToldOfInPart();
    void isNewerEachTime();
    void addsUpWhatIsLoaded();
    void neverCountsMoreAsLoadingThanIsHeld();
    void tellsTheStateOfEachModel();
    void tellsWhatWasConverted();
    void tellsWhatHasFallenBack();
};

void TestSnapshot::isNewerEachTime()
{
    Tables tables;
    const auto first = tables.snapshot()->revision;
    QVERIFY(tables.snapshot()->revision > first);
}

void TestSnapshot::addsUpWhatIsLoaded()
{
    Tables tables;
    tables.addLoaded("m");
    const DeviceState device = tables.snapshot()->devices.front();
    QCOMPARE(device.owners.size(), 1U);
    QCOMPARE(device.ownedBytes(), Bytes{1000});
    QCOMPARE(device.memory.ours.held, Bytes{4096});
    QCOMPARE(device.overhead, Bytes{3096});
    QCOMPARE(device.freeBytes(), kMiB - Bytes{4096});
}

void TestSnapshot::neverCountsMoreAsLoadingThanIsHeld()
{
    // A load has given its memory back, and its row is about to go.
    Tables tables;
    tables.addLoaded("m");
    tables.tables.loading[{kDevice, ModelId{"n"}}] = Bytes{500'000};
    tables.tables.loading[{DeviceId{"HOST_1"}, ModelId{"n"}}] = Bytes{7};
    const DeviceState device = tables.snapshot()->devices.front();
    QCOMPARE(device.ownedBytes() + device.loadingBytes() + device.overhead, device.memory.ours.held);
    QCOMPARE(device.overhead, Bytes{});

    tables.tables.loading[{kDevice, ModelId{"n"}}] = Bytes{96};
    QCOMPARE(tables.snapshot()->devices.front().loadingBytes(), Bytes{96});
    QCOMPARE(tables.snapshot()->devices.front().overhead, Bytes{3000});
}

void TestSnapshot::tellsTheStateOfEachModel()
{
    Tables tables;
    tables.addModel("m");
    QVERIFY(tables.snapshot()->models.front().devices.empty());
    tables.addLoaded("m");
    const ModelState loaded = tables.snapshot()->models.front();
    QVERIFY(loaded.isLoaded() && !loaded.isLoading() && !loaded.isCached());
    QCOMPARE(loaded.devices.front().size, Bytes{1000});
    tables.tables.loading[{kDevice, ModelId{"m"}}] = Bytes{5}; // more of it is on the way
    QVERIFY(tables.snapshot()->models.front().isLoading());
}

void TestSnapshot::tellsWhatWasConverted()
{
    Tables tables;
    tables.addModel("m");
    tables.addLoaded("m");
    QVERIFY(tables.snapshot()->models.front().devices.front().conversions.empty());
    Tables converting;
    converting.addModel("m");
    converting.addLoaded("m",
        ComponentConversion{.id = ComponentId{"unet"},
            .tensors = 3,
            .stored = Bytes{2000},
            .loaded = Bytes{1000},
            .loss = {.elements = 500, .overflowed = 1, .largestError = 0.25, .errorSum = 5}});
    const auto conversions = converting.snapshot()->models.front().devices.front().conversions;
    QCOMPARE(conversions.size(), 1U);
    QCOMPARE(conversions.front().tensors, 3U);
    QCOMPARE(conversions.front().loss.meanError(), 0.01);
}

void TestSnapshot::modelsOfOneContentKnowOfEachOther()
{
    Tables tables;
    tables.tables.catalog.replace({}, {alike("a", "k"), alike("b", "k"), alike("c", "other"), alike("d", "")});
    const auto snapshot = tables.snapshot();
    QCOMPARE(snapshot->models[0].lookAlikes.size(), 1U);
    QCOMPARE(snapshot->models[0].lookAlikes.front().text, std::string{"b"});
    QCOMPARE(snapshot->models[1].lookAlikes.front().text, std::string{"a"});
    QVERIFY(snapshot->models[2].lookAlikes.empty());
    QVERIFY(snapshot->models[3].lookAlikes.empty());
}

void TestSnapshot::manyCopiesAreToldOfInPart()
{
    Tables tables;
    std::vector<ModelRecordPtr> models;
    for (std::size_t i = 0; i < 2 * kMostLookAlikes; ++i)
        models.push_back(alike(std::to_string(i), "k"));
    tables.tables.catalog.replace({}, models);
    const auto snapshot = tables.snapshot();
    for (const ModelState& model : snapshot->models)
        QCOMPARE(model.lookAlikes.size(), kMostLookAlikes);
}

void TestSnapshot::tellsWhatHasFallenBack()
{
    Tables tables;
    QVERIFY(tables.snapshot()->fallenBack.empty());
    for (int i = 0; i < 3; ++i)
        tables.flags.noteFailure(Feature::DirectIo, {ErrorCode::IoError, "no direct read"});
    const auto snapshot = tables.snapshot();
    QCOMPARE(snapshot->fallenBack.size(), 1U);
    const FeatureStatus& status = snapshot->fallenBack.front();
    QVERIFY(status.feature == Feature::DirectIo && status.state == FeatureState::FallenBack);
    QVERIFY(status.reason && status.triedAgainAt);
}

QTEST_APPLESS_MAIN(TestSnapshot)
#include "test_snapshot.moc"
