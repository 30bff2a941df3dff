// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/device/nvml/gpu_reader_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>

using namespace weightroom::engine;
using namespace weightroom::test;
namespace fake_nvml = weightroom::fake_nvml;

namespace {

const std::string kCompute = "nvmlDeviceGetComputeRunningProcesses_v3";
const std::string kGraphics = "nvmlDeviceGetGraphicsRunningProcesses_v3";
constexpr std::uint64_t kNotAvailable = ~std::uint64_t{0};

} // namespace

/// What NVML says of a GPU; by a test double that answers as real ones have answered (tests/data/nvml).
class TestGpuReader : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { QVERIFY(nvml().play(WEIGHTROOM_TEST_DATA_DIR "/nvml/h100-driver-580.json")); }
    void cleanup() { QCOMPARE(nvml().users(), 0); }
    void readsWhatARealOneSays();
    void readsWhatItSaysAtWork();
    void readsWhatOtherDriversSay_data();
    void readsWhatOtherDriversSay();
    void leavesOutWhatIsNotSupported_data();
    void leavesOutWhatIsNotSupported();
    void failsWhereNothingIsAnswered();
    void fallsBackToOlderFunctions();
    void asksForSlowFieldsOnlyWhenAskedTo();
    void namesWhyItIsSlow();
    void knowsHowItIsVirtualized_data();
    void knowsHowItIsVirtualized();
    void knowsEachProcessOnce();
    void doesNotMakeUpTheMemoryOfAProcess();
    void readsLongListsOfProcesses();
    void asksNothingMoreOfAGpuThatIsGone();
    void asksTheWholeGpuForWhatAnInstanceHasNot();
};

void TestGpuReader::readsWhatARealOneSays()
{
    const auto reading = readRecorded();
    VERIFY_RESULT(reading);
    // An H100 that idles: 81,559 MiB, of which the driver keeps 480 for itself.
    QVERIFY(reading->memoryTotal && reading->memoryReserved && reading->memoryUsed && reading->memoryFree);
    QCOMPARE(reading->memoryTotal, std::optional{kMiB * 81559});
    QCOMPARE(reading->memoryReserved, std::optional{kMiB * 480});
    QCOMPARE(*reading->memoryTotal, *reading->memoryReserved + *reading->memoryUsed + *reading->memoryFree);
    QVERIFY(reading->temperature && *reading->temperature > 10 && *reading->temperature < 90);
    QVERIFY(reading->power && *reading->power > 30 && *reading->power < 700);
    QCOMPARE(reading->powerLimit, std::optional{700.0});
    QCOMPARE(reading->largestPcieGeneration, std::optional{5});
    QCOMPARE(reading->largestPcieWidth, std::optional{16});
    QVERIFY(!reading->fanFraction); // it has none
    QCOMPARE(reading->hasEcc, std::optional{true});
    QCOMPARE(reading->hasMig, std::optional{false});
    QVERIFY(reading->processes == std::vector<GpuProcess>{});
    QVERIFY(reading->clockLimits == std::vector{ClockLimit::Idle});
    QVERIFY(reading->virtualization == GpuVirtualization::Passthrough);
}

void TestGpuReader::readsWhatItSaysAtWork()
{
    QVERIFY(nvml().play(WEIGHTROOM_TEST_DATA_DIR "/nvml/h100-driver-580-busy.json"));
    const auto reading = readRecorded();
    VERIFY_RESULT(reading);
    QCOMPARE(reading->busyFraction, std::optional{1.0});
    QVERIFY(reading->clockLimits == std::vector{ClockLimit::PowerCap});
    const std::vector<GpuProcess> one{{1001, GpuWork::Compute, Bytes{1050673152}}};
    QVERIFY(reading->processes == one);
    // What the process has been told to use is part of what is used; the rest is the driver's.
    QVERIFY(*reading->memoryUsed > *one.front().memory);
    QCOMPARE(*reading->memoryTotal, *reading->memoryReserved + *reading->memoryUsed + *reading->memoryFree);
}

void TestGpuReader::readsWhatOtherDriversSay_data()
{
    using Number = std::optional<int>;
    QTest::addColumn<GpuReading>("expected"); // what differs between drivers
    const auto row = [](const char* file, GpuReading expected) { QTest::newRow(file) << std::move(expected); };
    const auto expect = [](Bytes total, std::optional<Bytes> reserved, Number milliwatts, Number fanPerCent) {
        GpuReading reading;
        reading.memoryTotal = total;
        reading.memoryReserved = reserved;
        if (milliwatts)
            reading.power = *milliwatts * 1e-3;
        if (fanPerCent)
            reading.fanFraction = *fanPerCent * 1e-2;
        reading.processes.emplace();
        reading.virtualization = GpuVirtualization::None;
        reading.clockLimits = std::vector{ClockLimit::Idle};
        return reading;
    };
    GpuReading reading = expect(kMiB * 81920, kMiB * 869, 67030, {});
    reading.hasMig = true;
    reading.hasEcc = true;
    reading.clockLimits->clear();
    reading.memoryTemperatureLimit = 95;
    row("a100-mig-driver-535", reading);
    reading.memoryTotal = kMiB * 19968;
    reading.memoryReserved = Bytes{};
    row("a100-instance-driver-535", reading);
    reading = expect(kMiB * 23028, kMiB * 435, 25580, 0);
    reading.hasEcc = true;
    reading.processes->push_back({1001, GpuWork::Graphics, kMiB * 22});
    reading.virtualization = GpuVirtualization::Passthrough;
    row("a10g-driver-515", reading);
    row("quadro-p2000-driver-525", expect(kMiB * 5120, kMiB * 66, 4610, 46));
    reading = expect(kMiB * 1998, {}, {}, 34);
    reading.processes.reset();
    row("quadro-p400-driver-418", reading);
    row("rtx-3060-driver-570", expect(kMiB * 12288, kMiB * 368, 11600, 0));
    reading = expect(kMiB * 10240, kMiB * 173, 22780, 0);
    reading.virtualization = GpuVirtualization::Passthrough;
    for (const std::uint64_t mebibytes : {550, 18, 79, 541, 159}) {
        const auto id = static_cast<std::int64_t>(1001 + reading.processes->size());
        reading.processes->push_back({id, GpuWork::Graphics, kMiB * mebibytes});
    }
    row("rtx-3080-driver-536", reading);
}

void TestGpuReader::readsWhatOtherDriversSay()
{
    QFETCH(const GpuReading, expected);
    QVERIFY(nvml().play(std::string{WEIGHTROOM_TEST_DATA_DIR "/nvml/"} + QTest::currentDataTag() + ".json"));
    const auto reading = readRecorded();
    VERIFY_RESULT(reading);
    QCOMPARE(reading->memoryTotal, expected.memoryTotal);
    QCOMPARE(reading->memoryReserved, expected.memoryReserved);
    QCOMPARE(reading->power, expected.power);
    QCOMPARE(reading->power.has_value(), reading->powerLimit.has_value());
    QCOMPARE(reading->fanFraction, expected.fanFraction);
    QVERIFY(reading->processes == expected.processes);
    QVERIFY(reading->virtualization == expected.virtualization);
    QVERIFY(reading->clockLimits == expected.clockLimits);
    QCOMPARE(reading->hasMig, expected.hasMig);
    QCOMPARE(reading->hasEcc, expected.hasEcc);
    QCOMPARE(reading->uncorrectedErrors.has_value(), expected.hasEcc.has_value());
    QCOMPARE(reading->memoryTemperatureLimit, expected.memoryTemperatureLimit);
    // NVML has none of a GPU that is cut up; all others are idle.
    QCOMPARE(reading->busyFraction, expected.hasMig ? std::nullopt : std::optional{0.0});
    QVERIFY(reading->temperature && reading->slowdownTemperature && reading->shutdownTemperature);
    QVERIFY(reading->graphicsClock && reading->largestGraphicsClock && reading->pcieWidth && reading->pcieReceived);
}

void TestGpuReader::leavesOutWhatIsNotSupported_data()
{
    QTest::addColumn<int>("result");
    QTest::newRow("not supported") << 3;
    QTest::newRow("no permission") << 4;
}

void TestGpuReader::leavesOutWhatIsNotSupported()
{
    QFETCH(const int, result);
    nvml().loseAt(1, result); // no loss of the GPU: each question is answered so
    const auto reading = readRecorded();
    VERIFY_RESULT(reading);
    QVERIFY(*reading == GpuReading{});
}

void TestGpuReader::failsWhereNothingIsAnswered()
{
    for (const int result : {1, 999}) { // NVML was not initialised, an unknown error
        nvml().loseAt(1, result);
        VERIFY_ERROR(readRecorded(), ErrorCode::DeviceError);
    }
}

void TestGpuReader::fallsBackToOlderFunctions()
{
    nvml().remove("nvmlDeviceGetMemoryInfo_v2");
    nvml().set("nvmlDeviceGetMemoryInfo", "total", 1000);
    nvml().set("nvmlDeviceGetMemoryInfo", "used", 400);
    nvml().set("nvmlDeviceGetMemoryInfo", "free", 600);
    nvml().remove("nvmlDeviceGetTemperatureV");
    nvml().set("nvmlDeviceGetTemperature/0", "value", 55);
    const auto reading = readRecorded();
    VERIFY_RESULT(reading);
    QCOMPARE(reading->memoryTotal, std::optional{Bytes{1000}});
    QCOMPARE(reading->memoryUsed, std::optional{Bytes{400}});
    QVERIFY(!reading->memoryReserved);
    QCOMPARE(reading->temperature, std::optional{55});
}

void TestGpuReader::asksForSlowFieldsOnlyWhenAskedTo()
{
    nvml().set("nvmlDeviceGetPcieThroughput/1", "value", 2500);
    nvml().set("nvmlDeviceGetPcieThroughput/0", "value", 30);
    const auto quick = readRecorded(ReadingScope::Quick);
    VERIFY_RESULT(quick);
    QVERIFY(static_cast<const GpuSlowFields&>(*quick) == GpuSlowFields{});
    QVERIFY(quick->memoryUsed && quick->temperature && quick->power && quick->graphicsClock && quick->processes);
    const auto questions = nvml().questions();
    QVERIFY2(questions <= 10, qPrintable(QString::number(questions)));
    const auto full = readRecorded(ReadingScope::Full);
    VERIFY_RESULT(full);
    QCOMPARE(full->pcieReceived, std::optional{2.5e6});
    QCOMPARE(full->pcieSent, std::optional{3e4});
}

void TestGpuReader::namesWhyItIsSlow()
{
    const std::string question = "nvmlDeviceGetCurrentClocksEventReasons";
    nvml().set(question, "value", 0);
    QVERIFY(readRecorded()->clockLimits == std::vector<ClockLimit>{});
    nvml().set(question, "value", 0x4 | 0x40 | 0x8000); // the last is of a driver to come
    QVERIFY((readRecorded()->clockLimits == std::vector{ClockLimit::PowerCap, ClockLimit::HardwareThermal}));
    nvml().refuse(question, 3);
    QVERIFY(!readRecorded()->clockLimits);
}

void TestGpuReader::knowsHowItIsVirtualized_data()
{
    using Mode = std::optional<GpuVirtualization>;
    QTest::addColumn<int>("answer"); // negative: none
    QTest::addColumn<Mode>("expected");
    QTest::newRow("not at all") << 0 << Mode{GpuVirtualization::None};
    QTest::newRow("passed through") << 1 << Mode{GpuVirtualization::Passthrough};
    QTest::newRow("a virtual GPU") << 2 << Mode{GpuVirtualization::Vgpu};
    QTest::newRow("the host of virtual GPUs") << 3 << Mode{GpuVirtualization::HostVgpu};
    QTest::newRow("the host of vSGA") << 4 << Mode{GpuVirtualization::HostVsga};
    QTest::newRow("of a driver to come") << 5 << Mode{GpuVirtualization::Unknown};
    QTest::newRow("not reported") << -1 << Mode{};
}

void TestGpuReader::knowsHowItIsVirtualized()
{
    QFETCH(const int, answer);
    QFETCH(const std::optional<GpuVirtualization>, expected);
    const std::string question = "nvmlDeviceGetVirtualizationMode";
    if (answer < 0)
        nvml().refuse(question, 3);
    else
        nvml().set(question, "value", static_cast<std::uint64_t>(answer));
    const auto reading = readRecorded();
    VERIFY_RESULT(reading);
    QVERIFY(reading->virtualization == expected);
}

void TestGpuReader::knowsEachProcessOnce()
{
    for (const std::string& list : {kCompute, kGraphics}) {
        nvml().refuse(list, 0);
        nvml().addProcess(list, 42, kMiB.value * 300);
    }
    nvml().addProcess(kCompute, 7, kMiB.value * 100);
    const auto reading = readRecorded();
    VERIFY_RESULT(reading);
    const std::vector<GpuProcess> expected{
        {7, GpuWork::Compute, kMiB * 100}, {42, GpuWork::ComputeAndGraphics, kMiB * 300}};
    QVERIFY(reading->processes == expected);
}

void TestGpuReader::doesNotMakeUpTheMemoryOfAProcess()
{
    nvml().refuse(kCompute, 0);
    nvml().addProcess(kCompute, 1, kNotAvailable);
    nvml().addProcess(kCompute, 2, kNotAvailable - 5); // seen from drivers: no GPU has so much
    nvml().addProcess(kCompute, 3, 0); // in a container, by drivers 535 to 560
    const auto reading = readRecorded();
    VERIFY_RESULT(reading);
    QCOMPARE(reading->processes->size(), 3U);
    QVERIFY(std::ranges::none_of(*reading->processes, [](const GpuProcess& row) { return row.memory.has_value(); }));
}

void TestGpuReader::readsLongListsOfProcesses()
{
    nvml().refuse(kCompute, 0);
    for (unsigned id = 1; id <= 200; ++id)
        nvml().addProcess(kCompute, id, id);
    const auto reading = readRecorded();
    VERIFY_RESULT(reading);
    QCOMPARE(reading->processes->size(), 200U);
    QCOMPARE(reading->processes->back().id, 200);
}

void TestGpuReader::asksNothingMoreOfAGpuThatIsGone()
{
    for (const int loss : {15, 16, 28}) { // lost, reset required, not found
        QVERIFY(nvml().play(WEIGHTROOM_TEST_DATA_DIR "/nvml/h100-driver-580.json"));
        nvml().loseAt(9, loss);
        VERIFY_ERROR(readRecorded(), ErrorCode::DeviceLost);
        QCOMPARE(nvml().questionsAfterLoss(), 0U);
    }
}

void TestGpuReader::asksTheWholeGpuForWhatAnInstanceHasNot()
{
    const auto whole = readRecorded();
    VERIFY_RESULT(whole);
    nvml().cutUp();
    nvml().set("nvmlDeviceGetMemoryInfo_v2", "total", kMiB.value * 9856); // of a slice of an H100
    const auto instance = readRecorded();
    VERIFY_RESULT(instance);
    QCOMPARE(instance->memoryTotal, std::optional{kMiB * 9856});
    QVERIFY(instance->processes == whole->processes);
    QVERIFY(!instance->busyFraction); // NVML has it of whole GPUs only, and theirs is not this one's
    QCOMPARE(instance->temperature, whole->temperature);
    QCOMPARE(instance->power, whole->power);
    QCOMPARE(instance->graphicsClock, whole->graphicsClock);
    QVERIFY(static_cast<const GpuSlowFields&>(*instance) == static_cast<const GpuSlowFields&>(*whole));
    const auto library = NvmlLibrary::open(fake_nvml::libraryPath());
    VERIFY_RESULT(library);
    const auto reader = GpuReader::open(*library, kRecordedUuid);
    VERIFY_RESULT(reader);
    QCOMPARE(reader->busId().size(), 12U);
    nvml().loseAt(1, 15);
    VERIFY_ERROR(reader->read(ReadingScope::Quick), ErrorCode::DeviceLost);
    QCOMPARE(nvml().questionsAfterLoss(), 0U);
}

QTEST_APPLESS_MAIN(TestGpuReader)
#include "test_gpu_reader.moc"
