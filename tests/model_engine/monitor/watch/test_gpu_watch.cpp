// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/watch/gpu_watch.h"
#include "tests/fake_nvml/fake_nvml_control.h"
#include "tests/support/manual_clock.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using weightroom::test::ManualClock;
using weightroom::test::TemporaryFolder;
namespace fake_nvml = weightroom::fake_nvml;

namespace {

const std::string kUuid = "GPU-00000000-0000-0000-0000-000000000001"; // of every recording
constexpr int kLost = 15;
constexpr int kNotFound = 28;

fake_nvml::Control& nvml() { return fake_nvml::fakeNvml(); }

std::shared_ptr<const NvmlLibrary> library()
{
    auto opened = NvmlLibrary::open(fake_nvml::libraryPath());
    return opened ? *opened : nullptr;
}

} // namespace

/// One GPU, looked at again and again; by a test double of NVML.
class TestGpuWatch : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { QVERIFY(nvml().play(WEIGHTROOM_TEST_DATA_DIR "/nvml/h100-driver-580.json")); }
    void readsSlowFieldsNowAndThen();
    void doesNotWakeWhatSleeps_data();
    void doesNotWakeWhatSleeps();
    void looksForALostGpuAgain_data();
    void looksForALostGpuAgain();
    void keepsALossInMind();
    void looksAgainWhereNothingIsAnswered();
    void saysWhatCannotBeFound();

private:
    ManualClock m_clock;
};

void TestGpuWatch::readsSlowFieldsNowAndThen()
{
    GpuWatch watch{library(), kUuid, m_clock};
    const GpuLook first = watch.look();
    QVERIFY(first.reading && !first.problem);
    QCOMPARE(first.reading->powerLimit, std::optional{700.0});
    nvml().set("nvmlDeviceGetEnforcedPowerLimit", "value", 500'000);
    nvml().set("nvmlDeviceGetPowerUsage", "value", 123'000);
    const auto before = nvml().questions();
    m_clock.advance(std::chrono::seconds{1});
    const GpuLook second = watch.look();
    QCOMPARE(second.reading->power, std::optional{123.0});
    QCOMPARE(second.reading->powerLimit, std::optional{700.0}); // as it was at the last slow look
    const auto asked = nvml().questions() - before;
    QVERIFY2(asked <= 9, qPrintable(QString::number(asked)));
    m_clock.advance(GpuWatch::kSlowLook);
    QCOMPARE(watch.look().reading->powerLimit, std::optional{500.0});
}

void TestGpuWatch::doesNotWakeWhatSleeps_data()
{
    QTest::addColumn<QByteArray>("status");
    QTest::addColumn<bool>("isAsked");
    QTest::addColumn<int>("wakefulness");
    const auto row = [](const char* name, const char* status, bool isAsked, GpuWakefulness wakefulness) {
        QTest::newRow(name) << QByteArray(status) << isAsked << static_cast<int>(wakefulness);
    };
    row("asleep", "suspended\n", false, GpuWakefulness::Asleep);
    row("on its way", "suspending\n", false, GpuWakefulness::Asleep);
    row("awake", "active\n", true, GpuWakefulness::Awake);
    row("waking", "resuming\n", true, GpuWakefulness::Awake);
    row("cannot sleep", "unsupported\n", true, GpuWakefulness::Unknown);
    row("not told", "", true, GpuWakefulness::Unknown);
}

void TestGpuWatch::doesNotWakeWhatSleeps()
{
    QFETCH(const QByteArray, status);
    QFETCH(const bool, isAsked);
    QFETCH(const int, wakefulness);
    const TemporaryFolder devices;
    GpuWatch watch{library(), kUuid, m_clock, devices.path()};
    QVERIFY(watch.look().reading); // from here on its place on the bus is known
    const auto reader = library();
    QVERIFY(reader);
    nvmlPciInfo_t bus{};
    nvmlDevice_t device{};
    QCOMPARE(reader->functions().nvmlDeviceGetHandleByUUID(kUuid.c_str(), &device), NVML_SUCCESS);
    QCOMPARE(reader->functions().nvmlDeviceGetPciInfo(device, &bus), NVML_SUCCESS);
    const std::string name = QString::fromLatin1(bus.busId).toLower().right(12).toStdString();
    devices.write(name + "/power/runtime_status", status.toStdString());
    const auto before = nvml().questions();
    const GpuLook seen = watch.look();
    QCOMPARE(static_cast<int>(seen.wakefulness), wakefulness);
    QCOMPARE(seen.reading.has_value(), isAsked);
    QCOMPARE(nvml().questions() > before, isAsked);
    QVERIFY(!seen.problem);
}

void TestGpuWatch::looksForALostGpuAgain_data()
{
    QTest::addColumn<int>("result");
    QTest::newRow("fallen off the bus") << kLost;
    QTest::newRow("pulled out") << kNotFound;
}

void TestGpuWatch::looksForALostGpuAgain()
{
    QFETCH(const int, result);
    GpuWatch watch{library(), kUuid, m_clock};
    QVERIFY(watch.look().reading);
    nvml().loseAt(1, result);
    const GpuLook lost = watch.look();
    QVERIFY(!lost.reading && lost.problem);
    QCOMPARE(lost.problem->code, ErrorCode::DeviceLost);
    // Left alone for a while, whatever it would answer.
    QVERIFY(nvml().play(WEIGHTROOM_TEST_DATA_DIR "/nvml/h100-driver-580.json"));
    m_clock.advance(std::chrono::seconds{1});
    const GpuLook still = watch.look();
    QVERIFY(!still.reading && still.problem);
    QCOMPARE(nvml().questions(), 0U);
    m_clock.advance(GpuWatch::kSlowLook);
    const GpuLook again = watch.look();
    QVERIFY(again.reading && !again.problem);
    QCOMPARE(again.reading->powerLimit, std::optional{700.0});
}

void TestGpuWatch::keepsALossInMind()
{
    GpuWatch watch{library(), kUuid, m_clock};
    QVERIFY(watch.look().reading);
    nvml().loseAt(1, kLost);
    QCOMPARE(watch.look().problem->code, ErrorCode::DeviceLost);
    for (const int answer : {kLost, 6, 999}) { // lost, not found, unknown
        QVERIFY(nvml().play(WEIGHTROOM_TEST_DATA_DIR "/nvml/h100-driver-580.json"));
        nvml().refuse("nvmlDeviceGetHandleByUUID", answer);
        m_clock.advance(GpuWatch::kSlowLook);
        QCOMPARE(watch.look().problem->code, ErrorCode::DeviceLost);
    }
    QVERIFY(nvml().play(WEIGHTROOM_TEST_DATA_DIR "/nvml/h100-driver-580.json"));
    m_clock.advance(GpuWatch::kSlowLook);
    QVERIFY(watch.look().reading);
    nvml().loseAt(1, kLost); // and again
    QCOMPARE(watch.look().problem->code, ErrorCode::DeviceLost);
}

void TestGpuWatch::looksAgainWhereNothingIsAnswered()
{
    GpuWatch watch{library(), kUuid, m_clock};
    nvml().loseAt(1, 999); // NVML_ERROR_UNKNOWN to everything
    const GpuLook seen = watch.look();
    QVERIFY(!seen.reading && seen.problem);
    QCOMPARE(seen.problem->code, ErrorCode::DeviceError);
    QVERIFY(nvml().play(WEIGHTROOM_TEST_DATA_DIR "/nvml/h100-driver-580.json"));
    m_clock.advance(GpuWatch::kSlowLook);
    QVERIFY(watch.look().reading);
}

void TestGpuWatch::saysWhatCannotBeFound()
{
    GpuWatch watch{library(), "GPU-00000000-0000-0000-0000-000000000002", m_clock};
    for (int i = 0; i < 3; ++i) {
        const GpuLook seen = watch.look();
        QVERIFY(!seen.reading && seen.problem);
        QCOMPARE(seen.problem->code, ErrorCode::DeviceNotFound);
        m_clock.advance(GpuWatch::kSlowLook / 2);
    }
}

QTEST_APPLESS_MAIN(TestGpuWatch)
#include "test_gpu_watch.moc"
