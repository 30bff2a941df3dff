// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/gpu_text.h"
#include "ui/bridge/text/units.h"

#include <QLocale>
#include <QTest>

#include <algorithm>

using namespace weightroom;
using namespace weightroom::ui;

namespace {

QString valueOf(const engine::GpuReading& reading, const char* name)
{
    const QList<GpuFigure> figures = gpuFigures(reading);
    const auto found = std::ranges::find(figures, QString::fromLatin1(name), &GpuFigure::name);
    return found == figures.end() ? QStringLiteral("there is no such line") : found->value;
}

engine::GpuReading busyGpu()
{
    engine::GpuReading reading;
    reading.busyFraction = 0.456;
    reading.temperature = 61;
    reading.slowdownTemperature = 87;
    reading.shutdownTemperature = 92;
    reading.memoryTemperatureLimit = 95;
    reading.power = 123.4;
    reading.powerLimit = 700;
    reading.smallestPowerLimit = 200;
    reading.largestPowerLimit = 700;
    reading.graphicsClock = 1755;
    reading.largestGraphicsClock = 1980;
    reading.clockLimits = {engine::ClockLimit::PowerCap, engine::ClockLimit::HardwareThermal};
    reading.pcieGeneration = 4;
    reading.pcieWidth = 16;
    reading.largestPcieGeneration = 5;
    reading.largestPcieWidth = 16;
    reading.pcieReceived = 1024.0 * 1024;
    reading.pcieSent = 0;
    reading.uncorrectedErrors = 0;
    reading.correctedErrors = 1234;
    reading.hasEcc = true;
    reading.hasMig = false;
    reading.virtualization = engine::GpuVirtualization::Passthrough;
    return reading;
}

} // namespace

class TestGpuText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void saysWhatIsReported();
    void saysWhatIsNotReported();
    void namesEachReasonOnce();
    void knowsWithoutALimit();
    void namesEachVirtualization();
};

void TestGpuText::saysWhatIsReported()
{
    const engine::GpuReading gpu = busyGpu();
    QCOMPARE(valueOf(gpu, "Busy"), percentText(46));
    QCOMPARE(valueOf(gpu, "Temperature"), QStringLiteral("61 \u00B0C, slows down at 87 \u00B0C"));
    QCOMPARE(valueOf(gpu, "Power"), QStringLiteral("123 W of 700 W"));
    QCOMPARE(valueOf(gpu, "Clock"), QStringLiteral("1,755 MHz of 1,980 MHz"));
    QCOMPARE(valueOf(gpu, "Held back by"), QStringLiteral("its power limit and heat"));
    QCOMPARE(valueOf(gpu, "PCIe"), QStringLiteral("4.0 \u00D7 16 of 5.0 \u00D7 16"));
    QCOMPARE(valueOf(gpu, "PCIe traffic"), QStringLiteral("1.0 MiB/s in, 0 bytes/s out"));
    QCOMPARE(valueOf(gpu, "Memory errors"), QStringLiteral("0, and 1,234 corrected"));
    QCOMPARE(valueOf(gpu, "MIG"), QStringLiteral("no"));
    QCOMPARE(valueOf(gpu, "ECC"), QStringLiteral("on"));
    QCOMPARE(valueOf(gpu, "Switches off at"), QStringLiteral("92 \u00B0C"));
    QCOMPARE(valueOf(gpu, "Limit of its memory"), QStringLiteral("95 \u00B0C"));
    QCOMPARE(valueOf(gpu, "Power limit may be"), QStringLiteral("200 W to 700 W"));
    QCOMPARE(valueOf(gpu, "Virtualization"), QStringLiteral("passed through to this virtual machine"));
}

void TestGpuText::saysWhatIsNotReported()
{
    const QList<GpuFigure> figures = gpuFigures({});
    QCOMPARE(figures.size(), 17);
    for (const GpuFigure& figure : figures) {
        QVERIFY2(!figure.isKnown, qPrintable(figure.name));
        QCOMPARE(figure.value, QStringLiteral("not reported"));
    }
}

void TestGpuText::namesEachReasonOnce()
{
    engine::GpuReading gpu = busyGpu();
    gpu.clockLimits = {engine::ClockLimit::SoftwareThermal, engine::ClockLimit::HardwareThermal};
    QCOMPARE(valueOf(gpu, "Held back by"), QStringLiteral("heat"));
    gpu.clockLimits = std::vector<engine::ClockLimit>{};
    QCOMPARE(valueOf(gpu, "Held back by"), QStringLiteral("nothing"));
}

void TestGpuText::knowsWithoutALimit()
{
    engine::GpuReading gpu = busyGpu();
    gpu.powerLimit.reset();
    gpu.slowdownTemperature.reset();
    gpu.largestPcieWidth.reset();
    gpu.hasEcc = false;
    QCOMPARE(valueOf(gpu, "Power"), QStringLiteral("123 W"));
    QCOMPARE(valueOf(gpu, "Temperature"), QStringLiteral("61 \u00B0C"));
    QCOMPARE(valueOf(gpu, "PCIe"), QStringLiteral("4.0 \u00D7 16"));
    QCOMPARE(valueOf(gpu, "Memory errors"), QStringLiteral("not watched (ECC is off)"));
    QCOMPARE(valueOf(gpu, "ECC"), QStringLiteral("off"));
    gpu.smallestPowerLimit.reset();
    QCOMPARE(valueOf(gpu, "Power limit may be"), QStringLiteral("700 W at most"));
    gpu.smallestPowerLimit = 200;
    gpu.largestPowerLimit.reset();
    QCOMPARE(valueOf(gpu, "Power limit may be"), QStringLiteral("200 W at least"));
}

void TestGpuText::namesEachVirtualization()
{
    using engine::GpuVirtualization;
    QStringList texts;
    for (const GpuVirtualization kind :
        {GpuVirtualization::Unknown, GpuVirtualization::None, GpuVirtualization::Passthrough, GpuVirtualization::Vgpu,
            GpuVirtualization::HostVgpu, GpuVirtualization::HostVsga}) {
        engine::GpuReading gpu;
        gpu.virtualization = kind;
        texts.append(valueOf(gpu, "Virtualization"));
    }
    QCOMPARE(texts.removeDuplicates(), 0);
    QVERIFY(!texts.contains(QStringLiteral("not reported")));
}

QTEST_APPLESS_MAIN(TestGpuText)
#include "test_gpu_text.moc"
