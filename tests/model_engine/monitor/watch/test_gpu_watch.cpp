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

/// Of the GPU of the recordings, as the system names it.
const std::string kFolder = "0000:00:06.0";

} // namespace

/// One GPU, looked at again and again; by a test double of NVML.
class TestGpuWatch : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { QVERIFY(nvml().play(WEIGHTROOM_TEST_DATA_DIR "/nvml/h100-driver-580.json")); }
    void readsSlowFieldsNowAndThen();
    void doesNotWakeWhatSleeps_data();
    void doesNotWakeWhatSleeps();
    void letsRestWhatCouldSleep();
    void looksAtOnceAtWhatIsWoken();
    void doesNotLetRest_data();
    void doesNotLetRest();
    void looksForALostGpuAgain_data();
    void looksForALostGpuAgain();
    void keepsALossInMind();
    void doesNotLookForWhatIsOffTheBus();
    void looksAgainWhereNothingIsAnswered();
    void saysWhatCannotBeFound();

private:
    ManualClock m_clock;
};

void TestGpuWatch::readsSlowFieldsNowAndThen()
{
    GpuWatch watch{library(), kUuid, m_clock};
    const GpuLook first = watch.look(false);
    QVERIFY(first.reading && !first.problem);
    QCOMPARE(first.reading->powerLimit, std::optional{700.0});
    nvml().set("nvmlDeviceGetEnforcedPowerLimit", "value", 500'000);
    nvml().set("nvmlDeviceGetPowerUsage", "value", 123'000);
    const auto before = nvml().questions();
    m_clock.advance(std::chrono::seconds{1});
    const GpuLook second = watch.look(false);
    QCOMPARE(second.reading->power, std::optional{123.0});
    QCOMPARE(second.reading->powerLimit, std::optional{700.0}); // as it was at the last slow look
    const auto asked = nvml().questions() - before;
    QVERIFY2(asked <= 9, qPrintable(QString::number(asked)));
    m_clock.advance(GpuWatch::kSlowLook);
    QCOMPARE(watch.look(false).reading->powerLimit, std::optional{500.0});
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
    QVERIFY(watch.look(false).reading); // from here on its place on the bus is known
    devices.write(kFolder + "/power/runtime_status", status.toStdString());
    const auto before = nvml().questions();
    const GpuLook seen = watch.look(false);
    QCOMPARE(static_cast<int>(seen.wakefulness), wakefulness);
    QCOMPARE(seen.reading.has_value(), isAsked);
    QCOMPARE(seen.readAt.has_value(), isAsked);
    QCOMPARE(nvml().questions() > before, isAsked);
    QVERIFY(!seen.problem);
}

void TestGpuWatch::letsRestWhatCouldSleep()
{
    const TemporaryFolder devices;
    devices.write(kFolder + "/power/runtime_status", "active\n");
    devices.write(kFolder + "/power/control", "auto\n");
    GpuWatch watch{library(), kUuid, m_clock, devices.path()};
    const GpuLook first = watch.look(false);
    QVERIFY(first.reading && !first.isKept);
    QCOMPARE(first.reading->busyFraction, std::optional{0.0});
    const Clock::Wall firstTime = m_clock.wallTime();
    QVERIFY(first.readAt == firstTime);
    nvml().set("nvmlDeviceGetPowerUsage", "value", 123'000);
    const auto before = nvml().questions();
    m_clock.advance(GpuWatch::kRestingLook - std::chrono::seconds{1});
    const GpuLook kept = watch.look(false);
    QVERIFY(kept.isKept && !kept.problem);
    QVERIFY(kept.reading == first.reading);
    QVERIFY(kept.readAt == firstTime);
    QCOMPARE(nvml().questions(), before);
    m_clock.advance(std::chrono::seconds{1});
    const GpuLook next = watch.look(false);
    QVERIFY(!next.isKept);
    QCOMPARE(next.reading->power, std::optional{123.0});
    QVERIFY(next.readAt == m_clock.wallTime());
    QVERIFY(watch.look(false).isKept);
    QVERIFY(!watch.look(true).isKept); // a load has begun
    QVERIFY(!watch.look(false).isKept); // and was given back: the reading has it still
    QVERIFY(watch.look(false).isKept);
}

void TestGpuWatch::looksAtOnceAtWhatIsWoken()
{
    const TemporaryFolder devices;
    const std::string status = kFolder + "/power/runtime_status";
    devices.write(status, "active\n");
    devices.write(kFolder + "/power/control", "auto\n");
    GpuWatch watch{library(), kUuid, m_clock, devices.path()};
    QVERIFY(watch.look(false).reading);
    devices.write(status, "suspended\n");
    QVERIFY(!watch.look(false).reading);
    devices.write(status, "active\n");
    const GpuLook woken = watch.look(false);
    QVERIFY(woken.reading && !woken.isKept);
}

void TestGpuWatch::doesNotLetRest_data()
{
    QTest::addColumn<QByteArray>("control");
    QTest::addColumn<QByteArray>("status");
    QTest::addColumn<int>("busy"); // per cent; below 0: not told
    QTest::newRow("it is not to sleep") << QByteArray("on\n") << QByteArray("active\n") << 0;
    QTest::newRow("it cannot sleep") << QByteArray("auto\n") << QByteArray("unsupported\n") << 0;
    QTest::newRow("nobody says whether it may") << QByteArray() << QByteArray("active\n") << 0;
    QTest::newRow("somebody works there") << QByteArray("auto\n") << QByteArray("active\n") << 1;
    QTest::newRow("somebody may work there") << QByteArray("auto\n") << QByteArray("active\n") << -1;
}

void TestGpuWatch::doesNotLetRest()
{
    QFETCH(const QByteArray, control);
    QFETCH(const QByteArray, status);
    QFETCH(const int, busy);
    const TemporaryFolder devices;
    devices.write(kFolder + "/power/runtime_status", status.toStdString());
    devices.write(kFolder + "/power/control", control.toStdString());
    const std::string use = "nvmlDeviceGetUtilizationRates";
    if (busy < 0)
        nvml().refuse(use, 3);
    else
        nvml().set(use, "gpu", static_cast<std::uint64_t>(busy));
    GpuWatch watch{library(), kUuid, m_clock, devices.path()};
    for (int i = 0; i < 3; ++i) {
        const GpuLook seen = watch.look(false);
        QVERIFY(seen.reading && !seen.isKept);
    }
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
    QVERIFY(watch.look(false).reading);
    nvml().loseAt(1, result);
    const GpuLook lost = watch.look(false);
    QVERIFY(!lost.reading && lost.problem);
    QCOMPARE(lost.problem->code, ErrorCode::DeviceLost);
    // Left alone for a while, whatever it would answer.
    QVERIFY(nvml().play(WEIGHTROOM_TEST_DATA_DIR "/nvml/h100-driver-580.json"));
    m_clock.advance(std::chrono::seconds{1});
    const GpuLook still = watch.look(false);
    QVERIFY(!still.reading && still.problem);
    QCOMPARE(nvml().questions(), 0U);
    m_clock.advance(GpuWatch::kSlowLook);
    const GpuLook again = watch.look(false);
    QVERIFY(again.reading && !again.problem);
    QCOMPARE(again.reading->powerLimit, std::optional{700.0});
}

void TestGpuWatch::keepsALossInMind()
{
    GpuWatch watch{library(), kUuid, m_clock};
    QVERIFY(watch.look(false).reading);
    nvml().loseAt(1, kLost);
    QCOMPARE(watch.look(false).problem->code, ErrorCode::DeviceLost);
    for (const int answer : {kLost, 6, 999}) { // lost, not found, unknown
        QVERIFY(nvml().play(WEIGHTROOM_TEST_DATA_DIR "/nvml/h100-driver-580.json"));
        nvml().refuse("nvmlDeviceGetHandleByUUID", answer);
        m_clock.advance(GpuWatch::kSlowLook);
        QCOMPARE(watch.look(false).problem->code, ErrorCode::DeviceLost);
    }
    QVERIFY(nvml().play(WEIGHTROOM_TEST_DATA_DIR "/nvml/h100-driver-580.json"));
    m_clock.advance(GpuWatch::kSlowLook);
    QVERIFY(watch.look(false).reading);
    nvml().loseAt(1, kLost); // and again
    QCOMPARE(watch.look(false).problem->code, ErrorCode::DeviceLost);
}

void TestGpuWatch::doesNotLookForWhatIsOffTheBus()
{
    const TemporaryFolder devices;
    const std::filesystem::path folder = devices.path() / kFolder;
    std::filesystem::create_directories(folder);
    GpuWatch watch{library(), kUuid, m_clock, devices.path()};
    QVERIFY(watch.look(false).reading);
    nvml().loseAt(1, kNotFound);
    QCOMPARE(watch.look(false).problem->code, ErrorCode::DeviceLost);
    QVERIFY(nvml().play(WEIGHTROOM_TEST_DATA_DIR "/nvml/h100-driver-580.json"));
    std::filesystem::remove(folder);
    m_clock.advance(GpuWatch::kSlowLook);
    QCOMPARE(watch.look(false).problem->code, ErrorCode::DeviceLost); // though NVML would find it
    std::filesystem::create_directories(folder);
    QVERIFY(watch.look(false).reading);
}

void TestGpuWatch::looksAgainWhereNothingIsAnswered()
{
    GpuWatch watch{library(), kUuid, m_clock};
    nvml().loseAt(1, 999); // NVML_ERROR_UNKNOWN to everything
    const GpuLook seen = watch.look(false);
    QVERIFY(!seen.reading && seen.problem);
    QCOMPARE(seen.problem->code, ErrorCode::DeviceError);
    QVERIFY(nvml().play(WEIGHTROOM_TEST_DATA_DIR "/nvml/h100-driver-580.json"));
    m_clock.advance(GpuWatch::kSlowLook);
    QVERIFY(watch.look(false).reading);
}

void TestGpuWatch::saysWhatCannotBeFound()
{
    GpuWatch watch{library(), "GPU-00000000-0000-0000-0000-000000000002", m_clock};
    for (int i = 0; i < 3; ++i) {
        const GpuLook seen = watch.look(false);
        QVERIFY(!seen.reading && seen.problem);
        QCOMPARE(seen.problem->code, ErrorCode::DeviceNotFound);
        m_clock.advance(GpuWatch::kSlowLook / 2);
    }
}

QTEST_APPLESS_MAIN(TestGpuWatch)
#include "test_gpu_watch.moc"
