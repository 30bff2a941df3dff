// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/residency_table.h"

#include "model_engine/core/settings/keep_alive.h"
#include "tests/support/manual_clock.h"

#include <QTest>

using namespace weightroom::engine;
using namespace std::chrono_literals;
using weightroom::test::ManualClock;

namespace {

const DeviceId kFirst{"HOST_0"};
const DeviceId kSecond{"HOST_1"};

const ContentIdentity kFile{{.inode = 1}};

LoadedComponentPtr component(const char* model, const char* id, ContentIdentity identity = kFile)
{
    return std::make_shared<const LoadedComponent>(
        LoadedComponent{{ModelId{model}, ComponentId{id}}, ComponentKind::Other, identity, {}});
}

std::string namesOf(const std::vector<LoadedComponentPtr>& components)
{
    std::string names;
    for (const LoadedComponentPtr& component : components)
        names += component->key.model.text + "." + component->key.component.text + " ";
    return names;
}

} // namespace

class TestResidencyTable : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void findsWhatWasAdded();
    void addsToWhatIsThere();
    void replacesTheSameAndTheOutdated();
    void removesAModelFromOneDevice();
    void releasesWhatItGivesOut();
    void removesSingleComponents();
    void saysWhoseTimeIsOver();
    void forgetsTheTimeOfWhatGoes();
    void knowsHowLongIsForEver();
};

void TestResidencyTable::findsWhatWasAdded()
{
    ResidencyTable table;
    QVERIFY(!table.find(kFirst, ModelId{"m"}));
    QVERIFY(table.onDevice(kFirst).empty());
    QVERIFY(table.add(kFirst, {component("n", "vae"), component("m", "unet"), component("m", "encoder")}).empty());
    QCOMPARE(table.find(kFirst, ModelId{"m"})->size(), 2U);
    QCOMPARE(namesOf(table.onDevice(kFirst)), std::string{"m.encoder m.unet n.vae "});
    QVERIFY(!table.find(kSecond, ModelId{"m"}));
    const PresentComponents expected{{ComponentId{"encoder"}, {}}, {ComponentId{"unet"}, {}}};
    QVERIFY(table.componentsOf(kFirst, ModelId{"m"}, kFile) == expected);
    QVERIFY(table.componentsOf(kSecond, ModelId{"m"}, kFile).empty());
}

void TestResidencyTable::addsToWhatIsThere()
{
    ResidencyTable table;
    QVERIFY(table.add(kFirst, {component("m", "unet")}).empty());
    QVERIFY(table.add(kFirst, {component("m", "vae")}).empty());
    QVERIFY(table.add(kSecond, {component("m", "vae")}).empty());
    QCOMPARE(namesOf(table.onDevice(kFirst)), std::string{"m.unet m.vae "});
    QVERIFY((table.devicesOf(ModelId{"m"}) == std::vector<DeviceId>{kFirst, kSecond}));
    QVERIFY(table.devicesOf(ModelId{"n"}).empty());
}

void TestResidencyTable::replacesTheSameAndTheOutdated()
{
    const ContentIdentity newer{{.inode = 1, .modifiedNs = 5}};
    ResidencyTable table;
    QVERIFY(table.add(kFirst, {component("m", "unet"), component("m", "vae"), component("n", "vae")}).empty());
    QCOMPARE(namesOf(table.add(kFirst, {component("m", "unet")})), std::string{"m.unet "});
    // The file was changed: what an older state of it gave goes as a whole.
    QCOMPARE(namesOf(table.add(kFirst, {component("m", "unet", newer)})), std::string{"m.unet m.vae "});
    QVERIFY(table.componentsOf(kFirst, ModelId{"m"}, kFile).empty());
    QCOMPARE(table.componentsOf(kFirst, ModelId{"m"}, newer).size(), 1U);
    QCOMPARE(namesOf(table.onDevice(kFirst)), std::string{"m.unet n.vae "});
}

void TestResidencyTable::removesAModelFromOneDevice()
{
    ResidencyTable table;
    QVERIFY(table.add(kFirst, {component("m", "unet"), component("n", "unet")}).empty());
    QVERIFY(table.add(kSecond, {component("m", "unet")}).empty());
    QCOMPARE(namesOf(table.remove(kFirst, ModelId{"m"})), std::string{"m.unet "});
    QVERIFY(table.remove(kFirst, ModelId{"m"}).empty());
    QVERIFY(table.remove(DeviceId{"HOST_9"}, ModelId{"m"}).empty());
    QVERIFY(!table.find(kFirst, ModelId{"m"}));
    QCOMPARE(namesOf(table.onDevice(kFirst)), std::string{"n.unet "});
    QVERIFY((table.devicesOf(ModelId{"m"}) == std::vector<DeviceId>{kSecond}));
}

void TestResidencyTable::releasesWhatItGivesOut()
{
    ResidencyTable table;
    QVERIFY(table.add(kFirst, {component("m", "unet")}).empty());
    const auto removed = table.remove(kFirst, ModelId{"m"});
    QCOMPARE(removed.front().use_count(), 1L); // the memory is given back on the caller's thread
}

void TestResidencyTable::removesSingleComponents()
{
    ResidencyTable table;
    QVERIFY(table.add(kFirst, {component("m", "unet"), component("m", "vae"), component("n", "vae")}).empty());
    QCOMPARE(namesOf(table.remove(kFirst, ModelId{"m"}, {{"vae"}, {"encoder"}})), std::string{"m.vae "});
    QCOMPARE(namesOf(table.onDevice(kFirst)), std::string{"m.unet n.vae "});
    QVERIFY(table.remove(kFirst, ModelId{"m"}, {{"vae"}}).empty());
    QVERIFY(table.remove(kSecond, ModelId{"m"}, {{"unet"}}).empty());
    QCOMPARE(namesOf(table.remove(kFirst, ModelId{"m"}, {{"unet"}})), std::string{"m.unet "});
    QVERIFY(!table.find(kFirst, ModelId{"m"})); // nothing is left of it
    const std::vector<DeviceId> nowhere;
    QVERIFY(table.devicesOf(ModelId{"m"}) == nowhere);
}

void TestResidencyTable::saysWhoseTimeIsOver()
{
    const ManualClock clock;
    const Clock::Steady now = clock.now();
    ResidencyTable table;
    for (const char* model : {"a", "b", "c"})
        QVERIFY(table.add(kFirst, {component(model, "unet")}).empty());
    QVERIFY(table.add(kSecond, {component("a", "unet")}).empty());
    table.setExpiry(kFirst, {"a"}, expiryAfter(10s, now));
    table.setExpiry(kSecond, {"a"}, expiryAfter(5s, now));
    table.setExpiry(kFirst, {"b"}, expiryAfter(0s, now));
    table.setExpiry(kFirst, {"none"}, now); // is not there
    using Places = std::vector<std::pair<DeviceId, ModelId>>;
    QVERIFY(table.expired(now - 1ns).empty());
    QVERIFY(table.expired(now) == (Places{{kFirst, {"b"}}}));
    QVERIFY(table.expired(now + 5s) == (Places{{kFirst, {"b"}}, {kSecond, {"a"}}}));
    QVERIFY(table.expired(now + 24h) == (Places{{kFirst, {"a"}}, {kFirst, {"b"}}, {kSecond, {"a"}}})); // c stays
    table.setExpiry(kFirst, {"b"}, expiryAfter(1h, now)); // it was used again
    QVERIFY(table.expired(now + 5s) == (Places{{kSecond, {"a"}}}));
    QVERIFY(table.expiryOf(kFirst, {"b"}) == now + 1h);
    QVERIFY(!table.expiryOf(kFirst, {"c"}) && !table.expiryOf(kFirst, {"none"}) && !table.expiryOf(kSecond, {"b"}));
}

void TestResidencyTable::forgetsTheTimeOfWhatGoes()
{
    const ManualClock clock;
    ResidencyTable table;
    QVERIFY(table.add(kFirst, {component("m", "unet"), component("m", "vae")}).empty());
    table.setExpiry(kFirst, {"m"}, clock.now());
    QCOMPARE(table.remove(kFirst, {"m"}, {{"vae"}}).size(), std::size_t{1});
    QVERIFY(table.expiryOf(kFirst, {"m"}).has_value()); // the rest still goes
    QCOMPARE(table.remove(kFirst, {"m"}).size(), std::size_t{1});
    QVERIFY(table.add(kFirst, {component("m", "unet")}).empty());
    QVERIFY(!table.expiryOf(kFirst, {"m"}));
}

void TestResidencyTable::knowsHowLongIsForEver()
{
    const ManualClock clock;
    QVERIFY(!expiryAfter(kKeepForEver, clock.now()));
    QVERIFY(expiryAfter(kLongestKeepAlive, clock.now()) == clock.now() + kLongestKeepAlive);
}

QTEST_APPLESS_MAIN(TestResidencyTable)
#include "test_residency_table.moc"
