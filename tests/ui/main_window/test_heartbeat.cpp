// SPDX-License-Identifier: GPL-3.0-or-later
//
// While a large model loads, the window goes on answering: a timer beats on its thread, and no gap between two beats
// may be longer than a user notices.
#include "tests/ui/main_window/window_fixture.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTest>
#include <QTimer>

#include <algorithm>

using namespace weightroom;
using namespace weightroom::ui;
using weightroom::test::WindowFixture;

namespace {

constexpr int kBeatMs = 5;
constexpr qint64 kLongestGapMs = 50;
/// Other programs on the machine can hold up any thread; a window that blocks is late in every load.
constexpr int kAttempts = 5;

engine::Bytes modelSize()
{
    bool isSet = false;
    const quint64 bytes = qEnvironmentVariable("WEIGHTROOM_TEST_MODEL_BYTES").toULongLong(&isSet);
    return isSet ? engine::Bytes{bytes} : engine::kMiB * 768;
}

/// The longest time between two beats while it lives.
class Heartbeat {
public:
    Heartbeat()
    {
        m_timer.setTimerType(Qt::PreciseTimer);
        m_timer.setInterval(kBeatMs);
        QObject::connect(&m_timer, &QTimer::timeout, [this] {
            m_longest = std::max(m_longest, m_sinceBeat.restart());
            ++m_beats;
        });
        m_sinceBeat.start();
        m_timer.start();
    }
    [[nodiscard]] qint64 longestGapMs() const { return std::max(m_longest, m_sinceBeat.elapsed()); }
    [[nodiscard]] int beats() const { return m_beats; }

private:
    QTimer m_timer;
    QElapsedTimer m_sinceBeat;
    qint64 m_longest = 0;
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

} // namespace

class TestHeartbeat : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void beatsDuringALoad();
};

void TestHeartbeat::beatsDuringALoad()
{
    const engine::Bytes size = modelSize();
    if (static_cast<quint64>(availableRam()) < size.value * 2 + engine::kGiB.value)
        QSKIP("not enough free RAM for the model in the cache and on the host device");
    WindowFixture fixture({.cache = size + engine::kGiB, .device = size + engine::kGiB});
    fixture.addModel("large", size);
    QVERIFY(fixture.scan());
    fixture.select(QStringLiteral("large"));
    QList<qint64> gaps;
    for (int attempt = 0; attempt < kAttempts && (gaps.isEmpty() || gaps.last() > kLongestGapMs); ++attempt) {
        const Heartbeat heartbeat;
        fixture.press(Qt::Key_L, Qt::ControlModifier);
        QTRY_COMPARE_WITH_TIMEOUT(fixture.state(QStringLiteral("large")), QStringLiteral("Loaded on HOST_0"), 240'000);
        gaps.append(heartbeat.longestGapMs());
        QVERIFY(heartbeat.beats() > 10);
        QCOMPARE(fixture.memory(QStringLiteral("HOST_0")).owners.first().bytes, size.value);
        qInfo("longest gap %lld ms over %d beats", static_cast<long long>(gaps.last()), heartbeat.beats());
        fixture.press(Qt::Key_U, Qt::ControlModifier);
        QTRY_COMPARE(fixture.memory(QStringLiteral("HOST_0")).held, quint64{0});
        fixture.press(Qt::Key_K, Qt::ControlModifier | Qt::ShiftModifier);
        QTRY_COMPARE(fixture.memory(QStringLiteral("CACHE")).held, quint64{0});
    }
    QVERIFY2(gaps.last() <= kLongestGapMs, qPrintable(QStringLiteral("longest gap %1 ms").arg(gaps.last())));
}

QTEST_MAIN(TestHeartbeat)
#include "test_heartbeat.moc"
