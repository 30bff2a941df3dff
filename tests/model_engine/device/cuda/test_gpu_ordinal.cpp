// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/cuda/gpu_ordinal.h"

#include <QTest>

using namespace weightroom::engine;

namespace {

DeviceDescription device(const char* id, DeviceKind kind)
{
    DeviceDescription description;
    description.id = DeviceId{id};
    description.kind = kind;
    return description;
}

} // namespace

class TestGpuOrdinal : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void isTheNumberOfTheGpu();
    void isNoneForTheHost();
};

void TestGpuOrdinal::isTheNumberOfTheGpu()
{
    QCOMPARE(gpuOrdinalOf(device("GPU_0", DeviceKind::Cuda)), 0);
    QCOMPARE(gpuOrdinalOf(device("GPU_12", DeviceKind::Cuda)), 12);
}

void TestGpuOrdinal::isNoneForTheHost() { QCOMPARE(gpuOrdinalOf(device("HOST_1", DeviceKind::Host)), -1); }

QTEST_APPLESS_MAIN(TestGpuOrdinal)
#include "test_gpu_ordinal.moc"
