// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/sharing/lease_table.h"
#include "tests/model_engine/sharing/leased_components.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

const Client kComfy{{1}, 4711, "python3"};
const Client kTrainer{{2}, 815, "trainer"};

/// A device with two components, and leases on them.
struct Scene {
    HostDevice device{DeviceId{"HOST_0"}, kMiB * 64};
    LoadedComponentPtr unet = loadedComponent(device, "sdxl", "unet", {{"a", kMiB}});
    LoadedComponentPtr vae = loadedComponent(device, "sdxl", "vae", {{"b", kMiB}});
    LeaseTable table;

    LeaseId give(const Client& client, std::vector<LoadedComponentPtr> components)
    {
        (void)table.consumerOf(client, {});
        const LeaseId id = table.nextId();
        table.add(
            Lease::make({.id = id, .client = client.id, .device = {"HOST_0"}, .model = {"sdxl"}}, std::move(components))
                .value());
        return id;
    }
};

} // namespace

class TestLeaseTable : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void knowsConsumersByTheirClients();
    void findsConsumersOfADomain();
    void findsWhoHoldsAComponent();
    void forgetsAClientWithItsLeases();
    void namesWhatOnlyLeasesHold();
};

void TestLeaseTable::knowsConsumersByTheirClients()
{
    LeaseTable table;
    QVERIFY(!table.find(kComfy.id));
    QCOMPARE(describe(table.consumerOf(kComfy, {})), std::string{"python3 (process 4711)"});
    QCOMPARE(describe(table.registerConsumer(kComfy, "ComfyUI", {}, {})), std::string{"ComfyUI (process 4711)"});
    QCOMPARE(table.consumerOf(kComfy, {}).name, std::string{"ComfyUI"});
    QCOMPARE(table.registerConsumer(kComfy, "", {SharingDomain::Inference}, {}).name, std::string{"ComfyUI"});
    QCOMPARE(table.consumers().size(), 1U);
}

void TestLeaseTable::findsConsumersOfADomain()
{
    LeaseTable table;
    (void)table.registerConsumer(kComfy, "ComfyUI", {SharingDomain::Inference, SharingDomain::Postprocessing}, {});
    (void)table.registerConsumer(kTrainer, "", {SharingDomain::Processing}, {});
    QCOMPARE(table.consumersIn(SharingDomain::Inference).size(), 1U);
    QVERIFY(table.consumersIn(SharingDomain::Processing).front().id == kTrainer.id);
    (void)table.registerConsumer(kTrainer, "", {}, {});
    QVERIFY(table.consumersIn(SharingDomain::Processing).empty());
}

void TestLeaseTable::findsWhoHoldsAComponent()
{
    Scene scene;
    const LeaseId both = scene.give(kComfy, {scene.unet, scene.vae});
    const LeaseId one = scene.give(kTrainer, {scene.vae});
    QVERIFY(both < one);
    QCOMPARE(scene.table.holding({"HOST_0"}, {scene.unet}).size(), 1U);
    QCOMPARE(scene.table.holding({"HOST_0"}, {scene.vae}).size(), 2U);
    QVERIFY(scene.table.holding({"HOST_0"}, {}).empty() && scene.table.holding({"HOST_1"}, {scene.vae}).empty());
    // Another object of the same name, as after a conversion.
    const auto converted = loadedComponent(scene.device, "sdxl", "vae", {{"b", kMiB}});
    QCOMPARE(scene.table.holding({"HOST_0"}, {converted}).size(), 2U);
    QVERIFY(scene.table.equalLease(kTrainer.id, {scene.vae}) == scene.table.find(one));
    QVERIFY(!scene.table.equalLease(kTrainer.id, {converted}) && !scene.table.equalLease(kComfy.id, {scene.vae}));
    QVERIFY(scene.table.isLeased({"sdxl"}) && scene.table.isLeased({"sdxl"}, {"HOST_0"}));
    QVERIFY(!scene.table.isLeased({"sdxl"}, {"HOST_1"}) && !scene.table.isLeased({"sd15"}));
    QVERIFY(scene.table.remove(one));
    QVERIFY(!scene.table.remove(one) && !scene.table.find(one));
    QCOMPARE(scene.table.holding({"HOST_0"}, {scene.vae}).size(), 1U);
}

void TestLeaseTable::forgetsAClientWithItsLeases()
{
    Scene scene;
    scene.give(kComfy, {scene.unet});
    scene.give(kComfy, {scene.vae});
    scene.give(kTrainer, {scene.vae});
    QCOMPARE(scene.table.countOf(kComfy.id), 2U);
    QCOMPARE(scene.table.removeClient(kComfy.id).size(), 2U);
    QVERIFY(!scene.table.find(kComfy.id));
    QCOMPARE(scene.table.countOf(kComfy.id), 0U);
    QCOMPARE(scene.table.leases().size(), 1U);
    QVERIFY(scene.table.removeClient(kComfy.id).empty());
}

void TestLeaseTable::namesWhatOnlyLeasesHold()
{
    Scene scene;
    scene.give(kComfy, {scene.unet, scene.vae});
    scene.give(kTrainer, {scene.vae});
    QCOMPARE(scene.table.onDevice({"HOST_0"}).size(), 2U);
    QVERIFY(scene.table.onDevice({"HOST_1"}).empty());
}

QTEST_APPLESS_MAIN(TestLeaseTable)
#include "test_lease_table.moc"
