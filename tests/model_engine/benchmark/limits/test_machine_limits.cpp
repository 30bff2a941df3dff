// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/limits/machine_limits.h"
#include "model_engine/device/host_device.h"
#include "tests/model_engine/device/fake_gpu.h"
#include "tests/support/resource_check.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>
#include <atomic>
#include <filesystem>

using namespace weightroom;
using namespace weightroom::engine;

class TestMachineLimits : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void measuresOnlyWhatIsAskedFor();
    void takesTheBestOfFive();
    void measuresTheDisk();
    void measuresADevice();
    void measuresAGpuUntilItIsAwake();
    void saysWhyALimitIsMissing_data();
    void saysWhyALimitIsMissing();
    void saysWhenADeviceIsTooSmall();
    void endsAtACancel();
    void leavesNothing();

private:
    /// Every look at it is a second later than the one before: what takes two looks takes one second.
    class TickingClock final : public Clock {
    public:
        [[nodiscard]] Steady now() const override { return Steady{std::chrono::seconds{++m_looks}}; }
        [[nodiscard]] Wall wallTime() const override { return {}; }

    private:
        mutable std::atomic<int> m_looks = 0;
    };
    static constexpr Bytes kCopy = kMiB * 16;
    static double perSecond(Bytes size) { return static_cast<double>(size.value); }
    /// A file without content: 0 bytes on the disk, and readable like any other.
    static std::filesystem::path sparseFile(const test::TemporaryFolder& folder, Bytes size)
    {
        const std::filesystem::path file = folder.write("model.safetensors", "");
        std::filesystem::resize_file(file, size.value);
        return file;
    }
    TickingClock m_clock;
};

void TestMachineLimits::measuresOnlyWhatIsAskedFor()
{
    const MachineLimits limits = measureMachineLimits({.copySize = kCopy}, m_clock, {});
    QVERIFY(limits.missing.empty());
    QCOMPARE(limits.hostCopyOneThread, perSecond(kCopy));
    QCOMPARE(limits.hostCopyTwoThreads, perSecond(kCopy));
    QVERIFY(!limits.diskRead && !limits.deviceUpload && !limits.deviceDownload && !limits.deviceCopyWithin);
}

void TestMachineLimits::takesTheBestOfFive()
{
    /// Two looks each time: copies take 5, 4, 1, 3 and 2 seconds, again and again.
    class UnevenClock final : public Clock {
    public:
        [[nodiscard]] Steady now() const override
        {
            static constexpr std::array kSeconds{5, 4, 1, 3, 2};
            const std::size_t look = m_looks++;
            if (look % 2 == 1)
                m_now += std::chrono::seconds{kSeconds.at(look / 2 % kSeconds.size())};
            return m_now;
        }
        [[nodiscard]] Wall wallTime() const override { return {}; }

    private:
        mutable std::size_t m_looks = 0;
        mutable Steady m_now;
    };
    const MachineLimits limits = measureMachineLimits({.copySize = kCopy}, UnevenClock{}, {});
    QCOMPARE(limits.hostCopyOneThread, perSecond(kCopy));
    QCOMPARE(limits.hostCopyTwoThreads, perSecond(kCopy));
}

void TestMachineLimits::measuresTheDisk()
{
    const test::TemporaryFolder folder;
    const MachineLimits limits =
        measureMachineLimits({.file = sparseFile(folder, kMiB * 99), .copySize = kCopy}, m_clock, {});
    if (!limits.diskRead && limits.missing.front().code == ErrorCode::Unsupported)
        QSKIP(limits.missing.front().detail.c_str());
    QCOMPARE(limits.diskRead, perSecond(kMiB * 96)); // whole blocks
    QVERIFY(limits.missing.empty());
}

void TestMachineLimits::measuresADevice()
{
    HostDevice device{{"HOST_0"}, kMiB * 24};
    const MachineLimits limits = measureMachineLimits({.file = {}, .device = &device, .copySize = kCopy}, m_clock, {});
    QVERIFY(limits.missing.empty());
    QCOMPARE(limits.deviceUpload, perSecond(kMiB * 12));
    QCOMPARE(limits.deviceDownload, perSecond(kMiB * 12));
    QCOMPARE(limits.deviceCopyWithin, perSecond(kMiB * 12));
    QCOMPARE(device.arena().statistics().held, Bytes{});
}

void TestMachineLimits::measuresAGpuUntilItIsAwake()
{
    constexpr std::uint64_t kAtATime = 100; // looks at the clock in a second
    class QuickClock final : public Clock {
    public:
        [[nodiscard]] Steady now() const override { return Steady{std::chrono::milliseconds{10} * ++m_looks}; }
        [[nodiscard]] Wall wallTime() const override { return {}; }

    private:
        mutable std::atomic<int> m_looks = 0;
    };
    const auto device = test::openFakeGpu();
    QVERIFY(device);
    const MachineLimits limits =
        measureMachineLimits({.file = {}, .device = device.get(), .copySize = kCopy}, QuickClock{}, {});
    QVERIFY(limits.missing.empty());
    QCOMPARE(limits.deviceUpload, perSecond(kCopy) * kAtATime);
    QCOMPARE(limits.deviceDownload, perSecond(kCopy) * kAtATime);
    QCOMPARE(limits.deviceCopyWithin, perSecond(kMiB * 256) * kAtATime); // more than it has in its cache
    for (const char* way : {"cuMemcpyHtoDAsync", "cuMemcpyDtoHAsync", "cuMemcpyDtoDAsync"}) {
        const std::uint64_t copies = fake_cuda::fakeCuda().calls(way);
        QVERIFY2(copies >= 30, (way + std::to_string(copies)).c_str()); // 0.3 s
    }
    QCOMPARE(device->arena().statistics().held, Bytes{});
}

void TestMachineLimits::saysWhyALimitIsMissing_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<ErrorCode>("code");
    QTest::newRow("no file") << QStringLiteral("nothing.safetensors") << ErrorCode::NotFound;
    QTest::newRow("a folder") << QStringLiteral(".") << ErrorCode::NotRegularFile;
    QTest::newRow("too small") << QStringLiteral("model.safetensors") << ErrorCode::Unsupported;
}

void TestMachineLimits::saysWhyALimitIsMissing()
{
    QFETCH(const QString, file);
    QFETCH(const ErrorCode, code);
    const test::TemporaryFolder folder;
    sparseFile(folder, kMiB * 63);
    const MachineLimits limits =
        measureMachineLimits({.file = folder / file.toStdString(), .copySize = kCopy}, m_clock, {});
    QVERIFY(!limits.diskRead);
    QCOMPARE(limits.missing.size(), 1U);
    QCOMPARE(limits.missing[0].code, code);
    QVERIFY(limits.hostCopyOneThread);
}

void TestMachineLimits::saysWhenADeviceIsTooSmall()
{
    HostDevice device{{"HOST_7"}, kMiB * 15};
    const MachineLimits limits = measureMachineLimits({.file = {}, .device = &device, .copySize = kCopy}, m_clock, {});
    QVERIFY(!limits.deviceUpload);
    QCOMPARE(limits.missing.size(), 1U);
    QCOMPARE(limits.missing[0].code, ErrorCode::Unsupported);
    QVERIFY(limits.missing[0].detail.starts_with("HOST_7"));
}

void TestMachineLimits::endsAtACancel()
{
    std::stop_source stop;
    stop.request_stop();
    const test::TemporaryFolder folder;
    HostDevice device{{"HOST_0"}, kMiB * 24};
    const MachineLimits limits = measureMachineLimits(
        {.file = sparseFile(folder, kMiB * 64), .device = &device, .copySize = kCopy}, m_clock, stop.get_token());
    QVERIFY(!limits.diskRead && !limits.hostCopyOneThread && !limits.deviceUpload);
    QVERIFY(std::ranges::any_of(limits.missing, [](const Error& error) { return error.code == ErrorCode::Cancelled; }));
    QCOMPARE(device.arena().statistics().held, Bytes{});
}

void TestMachineLimits::leavesNothing()
{
    const test::TemporaryFolder folder;
    const std::filesystem::path file = sparseFile(folder, kMiB * 64);
    const auto before = test::currentResources();
    {
        HostDevice device{{"HOST_0"}, kMiB * 24};
        static_cast<void>(measureMachineLimits({.file = file, .device = &device, .copySize = kCopy}, m_clock, {}));
    }
    VERIFY_NOTHING_LEFT(before);
}

QTEST_APPLESS_MAIN(TestMachineLimits)
#include "test_machine_limits.moc"
