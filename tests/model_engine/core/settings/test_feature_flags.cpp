// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/settings/feature_flags.h"
#include "tests/support/manual_clock.h"
#include "tests/support/recording_log.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>
#include <set>
#include <thread>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

Error broken() { return {ErrorCode::IoError, "the disk does not like it", {.path = "/models/x", .systemCode = 5}}; }

/// All flags on, with a clock that the test moves.
struct Rig {
    void fail(Feature feature)
    {
        for (std::uint32_t i = 0; i < specOf(feature).breaker.failures; ++i)
            flags.noteFailure(feature, broken());
    }
    void passPause(Feature feature) { clock.advance(specOf(feature).breaker.pause); }

    ManualClock clock;
    RecordingLog log;
    std::atomic<int> changes = 0;
    Settings settings;
    FeatureFlags flags{settings, clock, log, [this] { ++changes; }};
};

void addFeatures()
{
    QTest::addColumn<Feature>("feature");
    for (const FeatureSpec& spec : featureTable())
        QTest::newRow(spec.name.text().data()) << spec.feature;
}

} // namespace

class TestFeatureFlags : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void beginsAsTheUserHasChosen_data() { addFeatures(); }
    void beginsAsTheUserHasChosen();
    void flipsAtRunTime_data() { addFeatures(); }
    void flipsAtRunTime();
    void fallsBackAndSaysSo_data() { addFeatures(); }
    void fallsBackAndSaysSo();
    void recoversWhenATrySucceeds_data() { addFeatures(); }
    void recoversWhenATrySucceeds();
    void isLeftAloneAgainWhenATryFails();
    void isForgivenByWhoSwitchesItOn();
    void failuresOfWhatIsOffDoNotCount();
    void nothingSwitchesNone();
    void aSwitchWithoutFlagsIsOn();
    void opensOnceForManyThreads();
    void statesHaveNames();
};

void TestFeatureFlags::beginsAsTheUserHasChosen()
{
    QFETCH(Feature, feature);
    const ManualClock clock;
    NullLog log;
    Settings settings;
    settings.*specOf(feature).setting = false;
    const FeatureFlags flags{settings, clock, log};
    for (const FeatureSpec& spec : featureTable()) {
        QCOMPARE(flags.isOn(spec.feature), spec.feature != feature);
        const FeatureStatus status = flags.status(spec.feature);
        QVERIFY(status.feature == spec.feature);
        QVERIFY(status.state == (spec.feature == feature ? FeatureState::Off : FeatureState::On));
        QCOMPARE(status.isOn(), spec.feature != feature);
        QVERIFY(!status.reason && !status.triedAgainAt && status.failures == 0);
    }
    QVERIFY(flags.fallenBack().empty()); // off is what the user has chosen
}

void TestFeatureFlags::flipsAtRunTime()
{
    QFETCH(Feature, feature);
    Rig rig;
    for (const bool isOn : {false, false, true, false, true}) {
        rig.settings.*specOf(feature).setting = isOn;
        rig.flags.configure(rig.settings);
        for (const FeatureSpec& spec : featureTable())
            QCOMPARE(rig.flags.isOn(spec.feature), spec.feature != feature || isOn);
    }
    QCOMPARE(rig.changes, 0); // who changes the settings tells of that
}

void TestFeatureFlags::fallsBackAndSaysSo()
{
    QFETCH(Feature, feature);
    Rig rig;
    const FeatureSpec& spec = specOf(feature);
    for (std::uint32_t i = 1; i < spec.breaker.failures; ++i)
        rig.flags.noteFailure(feature, broken());
    QVERIFY(rig.flags.isOn(feature));
    QCOMPARE(rig.flags.status(feature).failures, spec.breaker.failures - 1);
    QVERIFY(rig.flags.status(feature).reason && !rig.flags.status(feature).triedAgainAt);
    QVERIFY(rig.flags.fallenBack().empty());
    QCOMPARE(rig.changes, 0);

    rig.flags.noteFailure(feature, broken());
    QVERIFY(!rig.flags.isOn(feature));
    QCOMPARE(rig.changes, 1);
    QCOMPARE(rig.log.count(LogLevel::Warning, spec.name.text()), 1U);
    QCOMPARE(rig.log.count(LogLevel::Warning, "the disk does not like it"), 1U);
    QCOMPARE(rig.log.count(LogLevel::Warning, spec.whenOff), 1U);
    const auto fallenBack = rig.flags.fallenBack();
    QCOMPARE(fallenBack.size(), 1U);
    const FeatureStatus& status = fallenBack.front();
    QVERIFY(status.feature == feature && status.state == FeatureState::FallenBack);
    QVERIFY(status.isConfigured() && !status.isOn());
    QCOMPARE(status.failures, spec.breaker.failures);
    QCOMPARE(status.reason->context.path, std::string{"/models/x"});
    QVERIFY(status.triedAgainAt == rig.clock.wallTime() + spec.breaker.pause);
    for (const FeatureSpec& other : featureTable())
        QCOMPARE(rig.flags.isOn(other.feature), other.feature != feature);
    rig.clock.advance(spec.breaker.pause - std::chrono::nanoseconds{1});
    QVERIFY(!rig.flags.isOn(feature));
    rig.flags.noteSuccess(feature); // of what had begun before
    QVERIFY(!rig.flags.isOn(feature));
}

void TestFeatureFlags::recoversWhenATrySucceeds()
{
    QFETCH(Feature, feature);
    Rig rig;
    rig.fail(feature);
    rig.passPause(feature);
    QVERIFY(rig.flags.isOn(feature));
    QVERIFY(rig.flags.status(feature).state == FeatureState::TryingAgain);
    QVERIFY(!rig.flags.status(feature).triedAgainAt);
    QCOMPARE(rig.flags.fallenBack().size(), 1U); // not as before yet
    rig.flags.noteSuccess(feature);
    QVERIFY(rig.flags.status(feature).state == FeatureState::On);
    QVERIFY(!rig.flags.status(feature).reason);
    QVERIFY(rig.flags.fallenBack().empty());
    QCOMPARE(rig.changes, 2);
    QCOMPARE(rig.log.count(LogLevel::Info, specOf(feature).name.text()), 1U);
}

void TestFeatureFlags::isLeftAloneAgainWhenATryFails()
{
    Rig rig;
    rig.fail(Feature::DirectIo);
    rig.passPause(Feature::DirectIo);
    rig.flags.noteFailure(Feature::DirectIo, {ErrorCode::DeviceError, "something else"});
    QVERIFY(!rig.flags.isOn(Feature::DirectIo));
    QVERIFY(rig.flags.status(Feature::DirectIo).reason->code == ErrorCode::DeviceError);
    QCOMPARE(rig.log.count(LogLevel::Warning, "direct_io"), 2U);
    QCOMPARE(rig.changes, 2);
    rig.passPause(Feature::DirectIo);
    QVERIFY(rig.flags.isOn(Feature::DirectIo));
}

void TestFeatureFlags::isForgivenByWhoSwitchesItOn()
{
    Rig rig;
    rig.fail(Feature::DirectIo);
    rig.flags.configure(rig.settings); // other settings have changed, and this one is as it was
    QVERIFY(!rig.flags.isOn(Feature::DirectIo));
    rig.flags.forgive(Feature::DirectIo);
    QVERIFY(rig.flags.isOn(Feature::DirectIo));
    QVERIFY(rig.flags.status(Feature::DirectIo).state == FeatureState::On);

    rig.fail(Feature::DirectIo);
    for (const bool isOn : {false, true}) {
        rig.settings.directIo = isOn;
        rig.flags.configure(rig.settings);
    }
    QVERIFY(rig.flags.isOn(Feature::DirectIo));
    QCOMPARE(rig.flags.status(Feature::DirectIo).failures, 0U);
}

void TestFeatureFlags::failuresOfWhatIsOffDoNotCount()
{
    Rig rig;
    rig.settings.directIo = false;
    rig.flags.configure(rig.settings);
    rig.fail(Feature::DirectIo);
    QVERIFY(rig.flags.status(Feature::DirectIo).state == FeatureState::Off);
    rig.settings.directIo = true;
    rig.flags.configure(rig.settings);
    QVERIFY(rig.flags.isOn(Feature::DirectIo));
    QCOMPARE(rig.flags.status(Feature::DirectIo).failures, 0U);
    QCOMPARE(rig.changes, 0);
}

void TestFeatureFlags::nothingSwitchesNone()
{
    Rig rig;
    for (int i = 0; i < 10; ++i)
        rig.flags.noteFailure(Feature::None, broken());
    rig.flags.noteSuccess(Feature::None);
    QVERIFY(rig.flags.isOn(Feature::None));
    QCOMPARE(rig.changes, 0);
}

void TestFeatureFlags::aSwitchWithoutFlagsIsOn()
{
    const FeatureSwitch alone;
    alone.noteFailure(broken());
    alone.noteSuccess();
    QVERIFY(alone.isOn());
    Rig rig;
    const FeatureSwitch direct{rig.flags, Feature::DirectIo};
    for (int i = 0; i < 3; ++i)
        direct.noteFailure(broken());
    QVERIFY(!direct.isOn());
    rig.passPause(Feature::DirectIo);
    direct.noteSuccess();
    QVERIFY(direct.isOn());
    QCOMPARE(rig.changes, 2);
}

void TestFeatureFlags::opensOnceForManyThreads()
{
    Rig rig;
    std::array<std::jthread, 4> threads;
    for (std::jthread& thread : threads) {
        thread = std::jthread{[&rig] {
            for (int i = 0; i < 1000; ++i) {
                if (rig.flags.isOn(Feature::DirectIo))
                    rig.flags.noteFailure(Feature::DirectIo, broken());
                rig.flags.noteSuccess(Feature::DirectIo);
            }
        }};
    }
    for (std::jthread& thread : threads)
        thread.join();
    QVERIFY(!rig.flags.isOn(Feature::DirectIo));
    QCOMPARE(rig.changes, 1);
    QCOMPARE(rig.log.count(LogLevel::Warning, ""), 1U);
}

void TestFeatureFlags::statesHaveNames()
{
    std::set<std::string_view> names;
    for (const FeatureState state : {FeatureState::None, FeatureState::On, FeatureState::Off, FeatureState::FallenBack,
             FeatureState::TryingAgain}) {
        QVERIFY(isRegistrableName(toText(state)));
        QVERIFY(names.insert(toText(state)).second);
    }
}

QTEST_APPLESS_MAIN(TestFeatureFlags)
#include "test_feature_flags.moc"
