// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/sharing/sharing_benchmark.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <sstream>

using namespace weightroom::benchmarks;
using namespace weightroom::engine;
using weightroom::test::TemporaryFolder;

namespace {

// One row of each large tensor would not keep the proportions of the parts.
constexpr std::uint64_t kDivisor = 256;

} // namespace

/// T3: what sharing saves on a set as people have it, scaled down, through real engines.
class TestSharingBenchmark : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void savesTwoFifths();
    void mergingAfterwardsSavesTheSame();
    void findsACopyInAnotherFormat();
    void isWrittenOut();

private:
    TemporaryFolder m_folder;
    SharingBenchmarkResult m_result;
};

void TestSharingBenchmark::initTestCase()
{
    auto result = runSharingBenchmark({.folder = m_folder.path(), .divisor = kDivisor}, {});
    VERIFY_RESULT(result);
    m_result = std::move(*result);
    QCOMPARE(m_result.models.size(), 9U);
}

void TestSharingBenchmark::savesTwoFifths()
{
    QVERIFY2(m_result.cache.saving() >= 0.4, std::to_string(m_result.cache.saving()).c_str());
    QVERIFY2(m_result.device.saving() >= 0.4, std::to_string(m_result.device.saving()).c_str());
    Bytes size;
    Bytes saved;
    for (const SharingModel& model : m_result.models) {
        size += model.size;
        saved += model.saved;
    }
    QVERIFY(m_result.device.without <= size);
    QCOMPARE(m_result.device.with, size - saved);
}

void TestSharingBenchmark::mergingAfterwardsSavesTheSame()
{
    QCOMPARE(m_result.cacheMerged, m_result.cache.with);
    QCOMPARE(m_result.deviceMerged, m_result.device.with);
}

void TestSharingBenchmark::findsACopyInAnotherFormat()
{
    // The diffusers folder comes after the checkpoint that it was made of; only attention weights of its second text
    // encoder, which lie in one tensor there and in three here, are not found.
    const auto copy = std::ranges::find(m_result.models, "sdxl-base", &SharingModel::name);
    const auto other = std::ranges::find(std::next(copy), m_result.models.end(), "sdxl-base", &SharingModel::name);
    QVERIFY(other != m_result.models.end());
    QVERIFY(copy->saved.value + other->saved.value > copy->size.value * 9 / 10);
}

void TestSharingBenchmark::isWrittenOut()
{
    std::ostringstream table;
    printTable(m_result, table);
    QVERIFY(table.str().find("RAM cache") != std::string::npos);
    qInfo("%s", table.str().c_str());
    const Json document = toJson(m_result);
    QVERIFY(document.at("device").at("saving").get<double>() >= 0.4);
    QCOMPARE(document.at("models").size(), 9U);
}

QTEST_APPLESS_MAIN(TestSharingBenchmark)
#include "test_sharing_benchmark.moc"
