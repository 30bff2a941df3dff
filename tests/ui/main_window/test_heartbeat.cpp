// SPDX-License-Identifier: GPL-3.0-or-later
//
// While a large model is loaded and unloaded, the window goes on answering: a timer beats on its thread, and no gap
// between two beats may be longer than a user notices. WEIGHTROOM_TEST_MODEL_BYTES names another size of the model,
// WEIGHTROOM_TEST_DEVICE=GPU_0 the GPU instead of a host device.
#include "tests/ui/main_window/window_fixture.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTest>
#include <QThread>
#include <QTimer>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <sched.h>
#include <stdlib.h> // NOLINT(modernize-deprecated-headers): getloadavg is no part of C
#include <thread>
#include <utility>

#ifdef __SANITIZE_ADDRESS__
/// AddressSanitizer asks for these options by this name. Its heap does not give freed memory out again before 256 MB of
/// it have come together, so that nearly each allocation of the window maps new memory, thousands of times in a load:
/// each waits for the lock of the address space, which the engine's threads hold while they take pages. With a short
/// quarantine it behaves in this as heaps do.
extern "C" const char* __asan_default_options() // NOLINT(bugprone-reserved-identifier,readability-identifier-naming)
{
    return "quarantine_size_mb=1:thread_local_quarantine_size_kb=64";
}
#endif

using namespace weightroom;
using namespace weightroom::ui;
using weightroom::test::FixtureDevice;
using weightroom::test::WindowFixture;

namespace {

constexpr int kBeatMs = 5;
constexpr qint64 kLongestGapMs = 50;
/// A disk or another program can hold up any thread once, and AddressSanitizer's heap asks the kernel for memory while
/// it grows; a window that blocks is late in every load.
constexpr int kAttempts = 8;

engine::Bytes modelSize()
{
    bool isSet = false;
    const quint64 bytes = qEnvironmentVariable("WEIGHTROOM_TEST_MODEL_BYTES").toULongLong(&isSet);
    return isSet ? engine::Bytes{bytes} : engine::kMiB * 768;
}

QString deviceId() { return qEnvironmentVariable("WEIGHTROOM_TEST_DEVICE", QStringLiteral("HOST_0")); }

FixtureDevice deviceKind() { return deviceId() == QStringLiteral("HOST_0") ? FixtureDevice::Host : FixtureDevice::Gpu; }

/// Nanoseconds that this thread was ready to run and waited for a processor, as the kernel counts them.
qint64 waitedForProcessorNs()
{
    QFile file(QStringLiteral("/proc/thread-self/schedstat"));
    return file.open(QIODevice::ReadOnly) ? file.readAll().split(' ').value(1).toLongLong() : 0;
}

/// Other programs keep the machine's processors busy: then gaps say nothing about this one.
bool isMachineBusy()
{
    double load = 0;
    return getloadavg(&load, 1) != 1 || load > QThread::idealThreadCount();
}

/// The time in which the machine stood still, as a virtual machine does while its host gives the processors to others:
/// then not even a real-time thread runs, which comes before all threads of the engine. Where the system refuses such
/// a thread, nothing is known and the time is 0.
class MachineStalls {
public:
    MachineStalls()
        : m_thread([this](const std::stop_token& stop) { watch(stop); })
    {
    }
    [[nodiscard]] qint64 totalNs() const { return m_totalNs; }

private:
    void watch(const std::stop_token& stop)
    {
        const sched_param highest{.sched_priority = 1};
        if (::sched_setscheduler(0, SCHED_FIFO, &highest) != 0)
            return;
        constexpr std::chrono::milliseconds kNap{1};
        while (!stop.stop_requested()) {
            const auto begin = std::chrono::steady_clock::now();
            std::this_thread::sleep_for(kNap);
            const auto late = std::chrono::steady_clock::now() - begin - kNap;
            if (late > kNap) // a timer is always late by a little
                m_totalNs += late / std::chrono::nanoseconds{1};
        }
    }

    std::atomic<qint64> m_totalNs = 0;
    std::jthread m_thread; ///< last: joined before the rest goes
};

/// The longest time between two beats while it lives, less the time in which the machine stood still; and the longest
/// that the window itself is answerable for: also without the time in which its thread was ready and other threads had
/// the processors.
class Heartbeat {
public:
    Heartbeat()
    {
        m_timer.setTimerType(Qt::PreciseTimer);
        m_timer.setInterval(kBeatMs);
        QObject::connect(&m_timer, &QTimer::timeout, [this] { beat(); });
        m_sinceBeat.start();
        m_timer.start();
    }
    [[nodiscard]] qint64 longestGapMs() const { return m_longestMs; }
    [[nodiscard]] qint64 longestBlockMs() const { return m_longestBlockMs; }
    [[nodiscard]] int beats() const { return m_beats; }

private:
    void beat()
    {
        const qint64 waitedNs = waitedForProcessorNs();
        const qint64 stalledNs = m_stalls.totalNs();
        const qint64 gapMs = m_sinceBeat.restart() - (stalledNs - std::exchange(m_stalledNs, stalledNs)) / 1'000'000;
        m_longestMs = std::max(m_longestMs, gapMs);
        m_longestBlockMs =
            std::max(m_longestBlockMs, gapMs - (waitedNs - std::exchange(m_waitedNs, waitedNs)) / 1'000'000);
        ++m_beats;
    }

    MachineStalls m_stalls;
    QTimer m_timer;
    QElapsedTimer m_sinceBeat;
    qint64 m_stalledNs = 0;
    qint64 m_waitedNs = waitedForProcessorNs();
    qint64 m_longestMs = 0;
    qint64 m_longestBlockMs = 0;
    int m_beats = 0;
};

qint64 availableRam()
{
    QFile file(QStringLiteral("/proc/meminfo"));
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    for (const QByteArray& line : file.readAll().split('\n')) {
        if (line.startsWith("MemAvailable:"))
            return line.simplified().split(' ').value(1).toLongLong() * 1024;
    }
    return 0;
}

const QString kModel = QStringLiteral("large");

/// Unloads the model and drops it from the cache, so that the next load reads it again.
void empty(WindowFixture& fixture)
{
    fixture.press(Qt::Key_U, Qt::ControlModifier);
    QTRY_COMPARE(fixture.memory(deviceId()).held, quint64{0});
    fixture.press(Qt::Key_K, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_COMPARE(fixture.memory(QStringLiteral("CACHE")).held, quint64{0});
}

} // namespace

class TestHeartbeat : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void beatsWhileAModelComesAndGoes();
};

void TestHeartbeat::beatsWhileAModelComesAndGoes()
{
    const engine::Bytes size = modelSize();
    if (static_cast<quint64>(availableRam()) < size.value * 2 + engine::kGiB.value)
        QSKIP("not enough free RAM for the model in the cache and on the host device");
    WindowFixture fixture({.cache = size + engine::kGiB, .device = size + engine::kGiB, .kind = deviceKind()});
    const bool isThere = QTest::qWaitFor([&fixture] { return !fixture.memory(deviceId()).id.isEmpty(); });
    if (!isThere && deviceKind() == FixtureDevice::Gpu)
        QSKIP("this machine has no such GPU");
    QVERIFY(isThere);
    fixture.addModel("large", size);
    QVERIFY(fixture.scan());
    fixture.select(kModel);
    // On a busy machine, only what the window itself does is judged.
    const bool isBusy = isMachineBusy();
    qint64 judgedMs = kLongestGapMs + 1;
    for (int attempt = 0; attempt < kAttempts && judgedMs > kLongestGapMs; ++attempt) {
        const Heartbeat heartbeat;
        fixture.press(Qt::Key_L, Qt::ControlModifier);
        QTRY_COMPARE_WITH_TIMEOUT(fixture.state(kModel), QStringLiteral("Loaded on ") + deviceId(), 240'000);
        QVERIFY(heartbeat.beats() > 10);
        QCOMPARE(fixture.memory(deviceId()).owners.first().bytes, size.value);
        empty(fixture);
        QCOMPARE(fixture.memory(deviceId()).held, quint64{0});
        judgedMs = isBusy ? heartbeat.longestBlockMs() : heartbeat.longestGapMs();
        qInfo("longest gap %lld ms, of which the window blocked at most %lld ms, over %d beats",
            static_cast<long long>(heartbeat.longestGapMs()), static_cast<long long>(heartbeat.longestBlockMs()),
            heartbeat.beats());
    }
    QVERIFY2(judgedMs <= kLongestGapMs, qPrintable(QStringLiteral("longest gap %1 ms").arg(judgedMs)));
}

QTEST_MAIN(TestHeartbeat)
#include "test_heartbeat.moc"
