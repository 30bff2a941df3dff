// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/host_device.h"
#include "tests/support/resource_check.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>
#include <cstring>
#include <vector>

using namespace weightroom;
using namespace weightroom::engine;

class TestHostDevice : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void saysThatItIsNoGpu();
    void knowsNothingOfADriver();
    void keepsBytesInHostMemory();
    void leavesNothing();
};

void TestHostDevice::saysThatItIsNoGpu()
{
    const HostDevice device{{"HOST_3"}, kMiB};
    const DeviceDescription& description = device.description();
    QCOMPARE(description.id.text, std::string{"HOST_3"});
    QCOMPARE(toText(description.kind), std::string_view{"host"});
    QCOMPARE(description.name, std::string{"Host memory (RAM, not a GPU)"});
    QVERIFY(description.uuid.empty() && description.driver.empty());
    QCOMPARE(description.capacity, kMiB);
    QVERIFY(!device.lostReason());
}

void TestHostDevice::knowsNothingOfADriver()
{
    const HostDevice device{{"HOST_0"}, kMiB};
    const auto memory = device.memory();
    VERIFY_RESULT(memory);
    QVERIFY(!memory->driverTotal && !memory->driverFree);
    QCOMPARE(memory->ours.capacity, kMiB);
}

void TestHostDevice::keepsBytesInHostMemory()
{
    HostDevice device{{"HOST_0"}, kMiB};
    const std::array sizes{Bytes{5000}};
    const auto places = device.arena().allocate(sizes);
    VERIFY_RESULT(places);
    const std::vector<std::byte> source(5000, std::byte{0x42});
    const CopyStep step{source, places->front().address()};
    VERIFY_RESULT(device.upload({&step, 1}, {}, {}));
    QCOMPARE(std::memcmp(reinterpret_cast<const void*>(places->front().address()), source.data(), source.size()), 0);
}

void TestHostDevice::leavesNothing()
{
    const auto before = test::currentResources();
    {
        HostDevice device{{"HOST_0"}, kMiB * 64};
        const std::array sizes{kMiB * 32};
        const auto places = device.arena().allocate(sizes);
        VERIFY_RESULT(places);
        const std::vector<std::byte> source(sizes[0].value);
        const CopyStep step{source, places->front().address()};
        VERIFY_RESULT(device.upload({&step, 1}, {}, {}));
    }
    VERIFY_NOTHING_LEFT(before);
}

QTEST_APPLESS_MAIN(TestHostDevice)
#include "test_host_device.moc"
