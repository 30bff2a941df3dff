// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/device_check_support.h"
#include "model_engine/device/device_contract.h"
#include "model_engine/device/device_set.h"
#include "model_engine/device/nvml/gpu_reader.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;

/// The contract on the real GPUs of this machine: label gpu, not part of the usual run.
class TestGpuContract : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void hasAContextOnlyWhileItIsUsed();
    void holds_data();
    void holds();

private:
    [[nodiscard]] static std::optional<Bytes> usedOf(const Device& device);
    DeviceSet m_set;
};

void TestGpuContract::initTestCase()
{
    NullLog log;
    m_set = openDevices({}, log);
    for (const UnusableDevice& unusable : m_set.unusable)
        qInfo("%s cannot be used: %s", unusable.name.c_str(), describe(unusable.reason).c_str());
    if (m_set.devices.empty())
        QSKIP("no usable GPU on this machine");
}

/// What NVML says is used there, by whomever.
std::optional<Bytes> TestGpuContract::usedOf(const Device& device)
{
    const auto nvml = NvmlLibrary::open();
    if (!nvml)
        return std::nullopt;
    const auto reader = GpuReader::open(*nvml, device.description().uuid);
    if (!reader)
        return std::nullopt;
    const auto reading = reader->read(ReadingScope::Memory);
    return reading ? reading->memoryUsed : std::nullopt;
}

/// Decision 24. What a context takes differs; of those that were measured the smallest is 107 MiB. Nobody else may take
/// or give back memory meanwhile.
void TestGpuContract::hasAContextOnlyWhileItIsUsed()
{
    constexpr Bytes kLeast = kMiB * 32;
    Device& gpu = *m_set.devices.front();
    const auto before = usedOf(gpu);
    if (!before)
        QSKIP("NVML does not say what is used of the GPU");
    VERIFY_RESULT(gpu.memory());
    QVERIFY(*usedOf(gpu) < *before + kLeast);
    {
        const auto place = allocateOne(gpu, kMiB);
        VERIFY_RESULT(place);
        VERIFY_RESULT(write(gpu, place->address(), patternOf(1, kMiB)));
    }
    const Bytes inUse = *usedOf(gpu);
    gpu.rest();
    const Bytes after = *usedOf(gpu);
    QVERIFY(inUse > *before + kLeast);
    QVERIFY(after < *before + kLeast);
    qInfo("a context takes %s", toText(inUse - after).c_str());
}

void TestGpuContract::holds_data()
{
    QTest::addColumn<int>("device");
    QTest::addColumn<int>("check");
    for (std::size_t device = 0; device < m_set.devices.size(); ++device) {
        for (std::size_t check = 0; check < deviceChecks().size(); ++check) {
            const DeviceDescription& description = m_set.devices[device]->description();
            QTest::addRow("%s: %s", description.id.text.c_str(), std::string{deviceChecks()[check].name}.c_str())
                << static_cast<int>(device) << static_cast<int>(check);
        }
    }
}

void TestGpuContract::holds()
{
    QFETCH(const int, device);
    QFETCH(const int, check);
    VERIFY_RESULT(
        deviceChecks()[static_cast<std::size_t>(check)].run(*m_set.devices[static_cast<std::size_t>(device)]));
}

QTEST_APPLESS_MAIN(TestGpuContract)
#include "test_gpu_contract.moc"
