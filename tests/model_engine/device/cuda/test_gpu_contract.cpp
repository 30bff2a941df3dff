// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/device_contract.h"
#include "model_engine/device/device_set.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;

/// The contract on the real GPUs of this machine: label gpu, not part of the usual run.
class TestGpuContract : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void holds_data();
    void holds();

private:
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
