// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/contents/content_hash.h"

#include <QTest>

#include <algorithm>
#include <random>
#include <vector>

using namespace weightroom::engine;

namespace {

constexpr std::uint64_t kWhole = ContentHasher::kHashedWhole.value;
constexpr std::uint64_t kSkipped = ContentHasher::kSkipped.value;
constexpr std::uint64_t kSample = ContentHasher::kSample.value;
constexpr std::uint64_t kFirstSample = kWhole + kSkipped;

std::vector<std::byte> randomBytes(std::size_t size)
{
    std::vector<std::byte> bytes(size);
    std::mt19937 random{7};
    std::ranges::generate(bytes, [&random] { return static_cast<std::byte>(random()); });
    return bytes;
}

ContentDigest digestInBlocks(std::span<const std::byte> bytes, std::size_t block)
{
    ContentHasher hasher;
    for (std::size_t begin = 0; begin < bytes.size(); begin += block)
        hasher.add(bytes.subspan(begin, std::min(block, bytes.size() - begin)));
    return hasher.digest();
}

} // namespace

class TestContentHash : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void hashesBlocksAsTheWhole_data();
    void hashesBlocksAsTheWhole();
    void seesAChangeInASample_data();
    void seesAChangeInASample();
    void tellsSizesApart();
    void foldsWhatIsFinished();
};

void TestContentHash::hashesBlocksAsTheWhole_data()
{
    QTest::addColumn<quint64>("size");
    for (const std::uint64_t border :
        {kWhole, kFirstSample, kFirstSample + kSample, kFirstSample + kSample + kSkipped}) {
        for (const std::uint64_t size : {border - 1, border, border + 1})
            QTest::addRow("%llu", static_cast<unsigned long long>(size)) << quint64{size};
    }
    QTest::newRow("one byte") << quint64{1};
    QTest::newRow("many samples") << quint64{1'500'001};
}

void TestContentHash::hashesBlocksAsTheWhole()
{
    QFETCH(quint64, size);
    const std::vector<std::byte> bytes = randomBytes(size);
    const ContentDigest whole = digestOf(bytes);
    QCOMPARE(whole.size, Bytes{bytes.size()});
    for (const std::uint64_t block :
        {std::uint64_t{255}, kSample, kSample + 1, kSkipped, kSkipped + kSample, std::uint64_t{size}})
        QVERIFY(digestInBlocks(bytes, block) == whole);
}

void TestContentHash::seesAChangeInASample_data()
{
    QTest::addColumn<quint64>("position");
    QTest::addColumn<bool>("isSeen");
    QTest::newRow("first") << quint64{0} << true;
    QTest::newRow("last of the beginning") << quint64{kWhole - 1} << true;
    QTest::newRow("behind the beginning") << quint64{kWhole} << false;
    QTest::newRow("before a sample") << quint64{kFirstSample - 1} << false;
    QTest::newRow("first of a sample") << quint64{kFirstSample} << true;
    QTest::newRow("last of a sample") << quint64{kFirstSample + kSample - 1} << true;
    QTest::newRow("behind a sample") << quint64{kFirstSample + kSample} << false;
    QTest::newRow("first of the next sample") << quint64{kFirstSample + kSample + kSkipped} << true;
}

/// What is not seen is left to the comparison of bytes.
void TestContentHash::seesAChangeInASample()
{
    QFETCH(quint64, position);
    QFETCH(bool, isSeen);
    std::vector<std::byte> bytes = randomBytes(4 * (kSkipped + kSample));
    const ContentDigest before = digestOf(bytes);
    bytes[position] ^= std::byte{1};
    QCOMPARE(digestOf(bytes) != before, isSeen);
}

void TestContentHash::tellsSizesApart()
{
    const std::vector<std::byte> zeros(kWhole + 2);
    const ContentDigest shorter = digestOf(std::span{zeros}.first(kWhole + 1));
    QVERIFY(shorter != digestOf(zeros));
    QVERIFY(shorter.hash == digestOf(zeros).hash); // the samples are the same
    QVERIFY(digestOf(std::span{zeros}.first(7)).hash != digestOf(std::span{zeros}.first(8)).hash);
}

void TestContentHash::foldsWhatIsFinished()
{
    const HashFold zero = [](ContentHash) { return ContentHash{}; };
    const std::vector<std::byte> bytes = randomBytes(1000);
    QVERIFY(digestOf(bytes, zero) == (ContentDigest{Bytes{1000}, {}}));
    QVERIFY(digestOf(bytes) != digestOf(bytes, zero));
}

QTEST_APPLESS_MAIN(TestContentHash)
#include "test_content_hash.moc"
