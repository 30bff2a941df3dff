// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/cache_memory.h"
#include "model_engine/cache/direct_placing.h"
#include "tests/support/recording_log.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>

using namespace weightroom::engine;
using namespace weightroom::test;

class TestDirectPlacing : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void laysLargeTensorsInStep_data();
    void laysLargeTensorsInStep();
    void takesNothingMoreForSmallOnes();
    void tellsWhatIsInStep();
};

void TestDirectPlacing::laysLargeTensorsInStep_data()
{
    QTest::addColumn<quint64>("fileOffset");
    for (const quint64 offset : {0, 1, 255, 256, 2048, 4095, 4096, 4097, 123'456'789})
        QTest::addRow("from byte %llu", offset) << offset;
}

void TestDirectPlacing::laysLargeTensorsInStep()
{
    QFETCH(quint64, fileOffset);
    RecordingLog log;
    DeviceSet noGpus;
    CacheMemory memory{kMiB * 64, noGpus, log};
    // The first place moves the second one away from the beginning of the slab.
    const std::array<Bytes, 2> sizes{Bytes{300}, roomInStep(kSmallestInStep)};
    auto places = memory.arena().allocate(sizes);
    VERIFY_RESULT(places);
    const BlockLayout block = (*places)[1].block();
    const Allocation place = placeInStep(std::move((*places)[1]), kSmallestInStep, fileOffset);
    QCOMPARE(place.size(), kSmallestInStep);
    QCOMPARE(place.address() % kDirectAlignment, fileOffset % kDirectAlignment);
    QVERIFY(isInStep(hostBytes(place), fileOffset));
    QVERIFY(place.address() >= block.address);
    QVERIFY(place.address() + place.size().value <= block.address + block.size.value);
    QVERIFY(block.size <= kSmallestInStep + Bytes{kDirectAlignment}); // 0.8 % at most, as it says
}

void TestDirectPlacing::takesNothingMoreForSmallOnes()
{
    const Bytes small{kSmallestInStep.value - 1};
    QCOMPARE(roomInStep(small), small);
    QCOMPARE(roomInStep(Bytes{}), Bytes{});
    RecordingLog log;
    DeviceSet noGpus;
    CacheMemory memory{kMiB * 64, noGpus, log};
    auto places = memory.arena().allocate(std::array{small});
    VERIFY_RESULT(places);
    const std::uint64_t address = places->front().address();
    const Allocation place = placeInStep(std::move(places->front()), small, 17);
    QCOMPARE(place.address(), address);
    QCOMPARE(place.size(), small);
}

void TestDirectPlacing::tellsWhatIsInStep()
{
    alignas(kDirectAlignment) static std::array<std::byte, kDirectAlignment * 2> bytes;
    QVERIFY(isInStep(bytes, 0));
    QVERIFY(isInStep(bytes, kDirectAlignment * 3));
    QVERIFY(!isInStep(bytes, 512));
    QVERIFY(isInStep(std::span{bytes}.subspan(512), kDirectAlignment + 512));
    QVERIFY(!isInStep(std::span{bytes}.subspan(512), 0));
}

QTEST_APPLESS_MAIN(TestDirectPlacing)
#include "test_direct_placing.moc"
