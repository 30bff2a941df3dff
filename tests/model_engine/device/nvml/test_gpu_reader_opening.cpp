// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/json.h"
#include "tests/model_engine/device/nvml/gpu_reader_rig.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <fstream>

using namespace weightroom::engine;
using namespace weightroom::test;
namespace fake_nvml = weightroom::fake_nvml;

namespace {

} // namespace

/// How a GPU is found in NVML, and what is said where it is not.
class TestGpuReaderOpening : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { QVERIFY(nvml().play(WEIGHTROOM_TEST_DATA_DIR "/nvml/h100-driver-580.json")); }
    void cleanup() { QCOMPARE(nvml().users(), 0); }
    void findsItByItsUuid();
    void saysWhyItIsNotFound();
    void findsItBesideALostOne();
    void namesItAsTheSystemDoes_data();
    void namesItAsTheSystemDoes();
    void saysWhatCannotBeOpened();
};

void TestGpuReaderOpening::findsItByItsUuid()
{
    const auto library = NvmlLibrary::open(fake_nvml::libraryPath());
    VERIFY_RESULT(library);
    const auto reader = GpuReader::open(*library, kRecordedUuid);
    VERIFY_RESULT(reader);
    QVERIFY2(reader->busId().size() == 12 && reader->busId()[4] == ':', reader->busId().c_str()); // "0000:01:00.0"
    VERIFY_ERROR(GpuReader::open(*library, "GPU-00000000-0000-0000-0000-000000000002"), ErrorCode::DeviceNotFound);
}

void TestGpuReaderOpening::saysWhyItIsNotFound()
{
    const auto library = NvmlLibrary::open(fake_nvml::libraryPath());
    VERIFY_RESULT(library);
    // As for the UUID of an instance the answer would be "not found": this one must not be hidden by that.
    nvml().refuse("nvmlDeviceGetHandleByUUID", 15);
    const auto reader = GpuReader::open(*library, kRecordedUuid);
    VERIFY_ERROR(reader, ErrorCode::DeviceError);
    QCOMPARE(reader.error().context.systemCode, std::optional<std::int64_t>{15});
}

void TestGpuReaderOpening::findsItBesideALostOne()
{
    nvml().addLostGpu();
    const auto reading = readRecorded();
    VERIFY_RESULT(reading);
    QCOMPARE(reading->memoryTotal, std::optional{kMiB * 81559});
    nvml().refuse("nvmlDeviceGetHandleByUUID", 15); // it is lost as well
    VERIFY_ERROR(readRecorded(), ErrorCode::DeviceError);
}

void TestGpuReaderOpening::namesItAsTheSystemDoes_data()
{
    QTest::addColumn<QByteArray>("told");
    QTest::addColumn<QByteArray>("expected");
    QTest::newRow("long") << QByteArray("00000000:01:00.0") << QByteArray("0000:01:00.0");
    QTest::newRow("short") << QByteArray("0000:C1:00.0") << QByteArray("0000:c1:00.0");
    QTest::newRow("domain of 20 bits") << QByteArray("00010000:01:00.0") << QByteArray("10000:01:00.0");
    QTest::newRow("strange") << QByteArray("0") << QByteArray("0");
}

void TestGpuReaderOpening::namesItAsTheSystemDoes()
{
    QFETCH(const QByteArray, told);
    QFETCH(const QByteArray, expected);
    std::ifstream file{WEIGHTROOM_TEST_DATA_DIR "/nvml/h100-driver-580.json"};
    Json recording = Json::parse(file);
    recording["answers"]["nvmlDeviceGetPciInfo_v3"]["busId"] = told.toStdString();
    const weightroom::test::TemporaryFolder folder;
    QVERIFY(nvml().play(folder.write("recording.json", writeJson(recording))));
    const auto library = NvmlLibrary::open(fake_nvml::libraryPath());
    VERIFY_RESULT(library);
    const auto reader = GpuReader::open(*library, kRecordedUuid);
    VERIFY_RESULT(reader);
    QCOMPARE(reader->busId(), expected.toStdString());
}

void TestGpuReaderOpening::saysWhatCannotBeOpened()
{
    VERIFY_ERROR(NvmlLibrary::open("libnone-of-that-name.so.1"), ErrorCode::NotFound);
    VERIFY_ERROR(NvmlLibrary::open("libm.so.6"), ErrorCode::Unsupported); // has no function of NVML
    nvml().refuseToStart(9); // no driver
    VERIFY_ERROR(NvmlLibrary::open(fake_nvml::libraryPath()), ErrorCode::NotFound);
    nvml().refuseToStart(18); // library and driver are of different versions
    const auto refused = NvmlLibrary::open(fake_nvml::libraryPath());
    VERIFY_ERROR(refused, ErrorCode::DeviceError);
    QCOMPARE(refused.error().context.systemCode, std::optional<std::int64_t>{18});
}

QTEST_APPLESS_MAIN(TestGpuReaderOpening)
#include "test_gpu_reader_opening.moc"
