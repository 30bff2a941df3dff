// SPDX-License-Identifier: GPL-3.0-or-later
//
// The real window loads onto a real GPU: label gpu, not part of the usual run. WEIGHTROOM_TEST_SCREENSHOT names a PNG
// file for a picture of the window with the model loaded.
#include "model_engine/device/device_set.h"
#include "tests/ui/main_window/window_fixture.h"
#include "ui/widgets/memory/memory_card.h"
#include "ui/widgets/memory/memory_gauge.h"

#include <QTest>

#include <algorithm>

using namespace weightroom;
using namespace weightroom::ui;
using weightroom::test::FixtureDevice;
using weightroom::test::WindowFixture;

namespace {

constexpr engine::Bytes kSize = engine::kMiB * 1536;

const QString kDevice = QStringLiteral("GPU_0");
const QString kLarge = QStringLiteral("large");
const QString kSmall = QStringLiteral("small");
const QString kLoaded = QStringLiteral("Loaded on GPU_0");

quint64 onGauge(WindowFixture& fixture, const QString& modelName)
{
    const QList<MemorySegment> segments = fixture.find<MemoryCard>("memory_GPU_0")->gauge()->segments();
    const auto found = std::ranges::find(segments, modelName, &MemorySegment::label);
    return found == segments.end() ? 0 : found->bytes;
}

void saveScreenshot(WindowFixture& fixture)
{
    const QString file = qEnvironmentVariable("WEIGHTROOM_TEST_SCREENSHOT");
    if (!file.isEmpty())
        QVERIFY(fixture.window().grab().save(file));
}

} // namespace

class TestGpuWindow : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void loadsAndUnloads();
    void closingDuringALoadLeavesNothing();

private:
    static quint64 freeOnDevice();
};

void TestGpuWindow::initTestCase()
{
    engine::NullLog log;
    if (engine::openDevices({}, log).devices.empty())
        QSKIP("no usable GPU on this machine");
}

/// What the driver says while nothing of this process is on the device.
quint64 TestGpuWindow::freeOnDevice()
{
    engine::NullLog log;
    const engine::DeviceSet set = engine::openDevices({}, log);
    const auto memory = set.devices.front()->memory();
    return memory && memory->driverFree ? memory->driverFree->value : 0;
}

void TestGpuWindow::loadsAndUnloads()
{
    WindowFixture fixture({.kind = FixtureDevice::Gpu});
    fixture.addModel("large", kSize);
    fixture.addModel("small", engine::kMiB * 3);
    QVERIFY(fixture.scan());
    QTRY_COMPARE(fixture.memory(kDevice).place, MemoryPlace::Gpu);

    fixture.select(kLarge);
    fixture.press(Qt::Key_L, Qt::ControlModifier);
    QTRY_COMPARE_WITH_TIMEOUT(fixture.state(kLarge), kLoaded, 60'000);
    QTRY_COMPARE(onGauge(fixture, kLarge), kSize.value);
    fixture.select(kSmall);
    fixture.press(Qt::Key_L, Qt::ControlModifier);
    QTRY_COMPARE(fixture.state(kSmall), kLoaded);
    QTRY_COMPARE(fixture.memory(kDevice).owners.size(), 2);
    saveScreenshot(fixture);

    fixture.table().selectAll();
    fixture.press(Qt::Key_U, Qt::ControlModifier);
    QTRY_COMPARE(fixture.memory(kDevice).held, quint64{0});
    QTRY_COMPARE(onGauge(fixture, kLarge), quint64{0});
}

void TestGpuWindow::closingDuringALoadLeavesNothing()
{
    const quint64 before = freeOnDevice();
    QVERIFY(before > 0);
    {
        WindowFixture fixture({.kind = FixtureDevice::Gpu});
        fixture.addModel("large", kSize);
        QVERIFY(fixture.scan());
        fixture.select(kLarge);
        fixture.press(Qt::Key_L, Qt::ControlModifier);
        QTRY_VERIFY(fixture.memory(kDevice).held > 0);
    }
    QCOMPARE(freeOnDevice(), before);
}

QTEST_MAIN(TestGpuWindow)
#include "test_gpu_window.moc"
