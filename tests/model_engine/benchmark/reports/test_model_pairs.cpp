// SPDX-License-Identifier: GPL-3.0-or-later
//
// Which models a comparison puts beside each other, and what it says of two that differ.
#include "model_engine/benchmark/reports/model_pairs.h"

#include "model_engine/benchmark/reports/benchmark_comparison.h"
#include "tests/model_engine/benchmark/reports/compared_runs.h"

#include <QTest>

#include <cmath>
#include <functional>

using namespace weightroom;
using namespace weightroom::engine;
using test::noisy;
using test::oneModel;

using ReportChange = std::function<void(BenchmarkReport&)>;
Q_DECLARE_METATYPE(ReportChange)

class TestModelPairs : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void matchesModelsByTheirContent();
    void tellsNamesakesApart_data();
    void tellsNamesakesApart();
    void matchesModelsWithoutAKey_data();
    void matchesModelsWithoutAKey();
    void comparesTheRatesOfOtherModels_data();
    void comparesTheRatesOfOtherModels();
    void comparesNoRateOfWhatMovesNothing();
    void putsOtherModelsBesideEachOther();
    void writesRatesAsJson();
};

void TestModelPairs::matchesModelsByTheirContent()
{
    BenchmarkReport after = test::sampleReport();
    after.models[0].model.id = {"renamed"};
    after.models[0].model.name = "renamed";
    after.models[1].model.components.pop_back(); // something else was loaded
    const auto comparison = compareReports(test::sampleReport(), after);
    QCOMPARE(comparison.models.size(), 1U);
    QCOMPARE(comparison.models[0].name, std::string{"renamed"});
    QCOMPARE(comparison.models[0].before.text, std::string{"sd_xl_base-3f9c21d08a7be614"});
    QCOMPARE(comparison.models[0].after.text, std::string{"renamed"});
    QVERIFY(comparison.onlyBefore == std::vector<std::string>{"flux (unet_sdxl, vae_kl_f8)"});
    QVERIFY(comparison.onlyAfter == std::vector<std::string>{"flux (unet_sdxl)"});
}

void TestModelPairs::tellsNamesakesApart_data()
{
    QTest::addColumn<ReportChange>("change");
    QTest::addColumn<std::string>("before");
    QTest::addColumn<std::string>("after");
    QTest::newRow("other components") << ReportChange{[](BenchmarkReport& r) {
        r.models[0].model.components.pop_back();
    }} << std::string{"sd_xl_base (unet_sdxl, vae_kl_f8)"}
                                      << std::string{"sd_xl_base (unet_sdxl)"};
    QTest::newRow("another content") << ReportChange{[](BenchmarkReport& r) {
        r.models[0].model.content = {"x"};
        r.models[0].model.id = {"sd_xl_base-1"};
    }} << std::string{"sd_xl_base (sd_xl_base-3f9c21d08a7be614)"}
                                     << std::string{"sd_xl_base (sd_xl_base-1)"};
    QTest::newRow("another name too") << ReportChange{[](BenchmarkReport& r) {
        r.models[0].model.components.pop_back();
        r.models[0].model.name = "base";
    }} << std::string{"sd_xl_base"} << std::string{"base"};
}

/// With nothing in common they stand in the differences and beside each other, else with what only one of them has.
void TestModelPairs::tellsNamesakesApart()
{
    QFETCH(const ReportChange, change);
    QFETCH(const std::string, before);
    QFETCH(const std::string, after);
    BenchmarkReport earlier = test::sampleReport();
    BenchmarkReport later = test::sampleReport();
    change(later);
    const auto partly = compareReports(earlier, later);
    QCOMPARE(partly.models.at(0).name, std::string{"flux"});
    QVERIFY(partly.onlyBefore == std::vector{before} && partly.onlyAfter == std::vector{after});
    earlier.models.pop_back();
    later.models.pop_back();
    const auto comparison = compareReports(earlier, later);
    QCOMPARE(comparison.comparability, Comparability::RatesOnly);
    QVERIFY(comparison.differences == (std::vector<SetupDifference>{{SetupAspect::Models, before, after}}));
    QCOMPARE(comparison.models.at(0).nameBefore, before);
    QCOMPARE(comparison.models.at(0).name, after);
}

void TestModelPairs::matchesModelsWithoutAKey_data()
{
    QTest::addColumn<ReportChange>("change");
    QTest::addColumn<bool>("isFound");
    QTest::newRow("same id and size") << ReportChange{[](BenchmarkReport&) {}} << true;
    QTest::newRow("another size") << ReportChange{[](BenchmarkReport& r) { r.models[0].model.size += Bytes{1}; }}
                                  << false;
    QTest::newRow("another id") << ReportChange{[](BenchmarkReport& r) { r.models[0].model.id = {"x"}; }} << false;
}

void TestModelPairs::matchesModelsWithoutAKey()
{
    QFETCH(const ReportChange, change);
    QFETCH(const bool, isFound);
    BenchmarkReport after = test::sampleReport();
    after.models.resize(1);
    after.models[0].model.content = {};
    change(after);
    const auto comparison = compareReports(test::sampleReport(), after);
    QCOMPARE(comparison.comparability, isFound ? Comparability::SameSetup : Comparability::RatesOnly);
    QCOMPARE(comparison.onlyBefore.size(), 1U); // flux
}

void TestModelPairs::comparesTheRatesOfOtherModels_data()
{
    QTest::addColumn<double>("rate"); // times that of the model before, which has a fourth of the size
    QTest::addColumn<double>("deviation");
    QTest::addColumn<StageVerdict>("verdict");
    QTest::newRow("the same rate") << 1.0 << 0.01 << StageVerdict::NoDifference;
    QTest::newRow("a higher rate in more time") << 2.0 << 0.02 << StageVerdict::Faster;
    QTest::newRow("a lower rate") << 0.5 << 0.02 << StageVerdict::Slower;
    QTest::newRow("noise") << 1.1 << 0.3 << StageVerdict::TooNoisy;
}

void TestModelPairs::comparesTheRatesOfOtherModels()
{
    QFETCH(const double, rate);
    QFETCH(const double, deviation);
    const BenchmarkReport before = oneModel("sdxl", noisy(7, 1, deviation, 1), kGiB);
    const BenchmarkReport after = oneModel("flux", noisy(7, 4 / rate, deviation, 2), kGiB * 4);
    const auto comparison = compareReports(before, after);
    QCOMPARE(comparison.comparability, Comparability::RatesOnly);
    QVERIFY(comparison.differences == (std::vector<SetupDifference>{{SetupAspect::Models, "sdxl", "flux"}}));
    QCOMPARE(comparison.models.at(0).name, std::string{"flux"});
    QCOMPARE(comparison.models.at(0).nameBefore, std::string{"sdxl"});
    const StageComparison& stage = comparison.models.at(0).stages.at(0);
    QTEST(stage.verdict, "verdict");
    QVERIFY(std::abs(stage.ratio->ratio * rate - 1) < 2 * deviation);
    const double found = *stage.rateAfter.bytesPerSecond / *stage.rateBefore.bytesPerSecond;
    QVERIFY(std::abs(found / rate - 1) < 2 * deviation);
}

void TestModelPairs::comparesNoRateOfWhatMovesNothing()
{
    const std::vector<double> seconds(5, 0.1);
    BenchmarkReport before = oneModel("sdxl", seconds, kGiB);
    BenchmarkReport after = oneModel("flux", seconds, kGiB);
    for (BenchmarkReport* report : {&before, &after})
        report->models[0].stages = {test::stageOf(BenchmarkStage::Copy, seconds),
            test::stageOf(BenchmarkStage::Share, seconds), test::stageOf(BenchmarkStage::Unload, seconds)};
    after.models[0].stages[0].measurements[0].bytes = {}; // other models had all of it already
    const auto stages = compareReports(before, after).models.at(0).stages;
    QCOMPARE(stages.size(), 1U);
    QCOMPARE(stages[0].stage, BenchmarkStage::Copy);
    QCOMPARE(stages[0].verdict, StageVerdict::TooFew);
    QCOMPARE(stages[0].rateAfter.limit->kind, StageLimitKind::DeviceUpload);
}

/// Two of one family stand beside each other before the order counts.
void TestModelPairs::putsOtherModelsBesideEachOther()
{
    BenchmarkReport before = test::sampleReport();
    BenchmarkReport after = test::sampleReport();
    before.models = {test::sampleModel("a"), test::sampleModel("b"), test::sampleModel("c")};
    after.models = {test::sampleModel("d"), test::sampleModel("e")};
    before.models[1].model.components = {{"transformer_flux"}};
    after.models[0].model.components = {{"transformer_flux"}};
    after.models[1].model.components = {{"vae_kl_f8"}};
    const auto comparison = compareReports(before, after);
    QCOMPARE(comparison.models.size(), 2U);
    QCOMPARE(comparison.models[0].nameBefore + comparison.models[0].name, std::string{"bd"});
    QCOMPARE(comparison.models[1].nameBefore + comparison.models[1].name, std::string{"ae"});
    QVERIFY(comparison.onlyBefore == std::vector<std::string>{"c"});
    QVERIFY(comparison.onlyAfter.empty());
    const auto back = compareReports(after, before);
    QVERIFY(back.onlyAfter == std::vector<std::string>{"c"});
}

void TestModelPairs::writesRatesAsJson()
{
    BenchmarkReport after = oneModel("flux", {2, 2, 2, 2, 2}, kGiB * 4);
    after.models[0].stages[0].stage = BenchmarkStage::Disk;
    BenchmarkReport before = oneModel("sd\xffxl", {1, 1, 1, 1, 1}, kGiB);
    before.models[0].stages[0].stage = BenchmarkStage::Disk;
    before.limits.diskRead = {};
    const Json document = toJson(compareReports(before, after));
    QVERIFY(document.at("comparability") == "rates_only");
    QVERIFY(document.at("models").at(0).at("name_before") == "sd\uFFFDxl");
    const Json& stage = document.at("models").at(0).at("stages").at(0);
    QVERIFY(stage.at("verdict") == "faster" && stage.at("ratio") == 0.5);
    QVERIFY(!stage.contains("median_before") && !stage.contains("median_after"));
    QVERIFY(stage.at("bytes_per_second_before") == static_cast<double>(kGiB.value));
    QVERIFY(stage.at("bytes_per_second_after") == static_cast<double>(kGiB.value) * 2);
    QVERIFY(!stage.contains("limit_before")); // it was not measured
    const Json limit{
        {"name", "disk_read"}, {"bytes_per_second", 2.5e9}, {"share", static_cast<double>(kGiB.value) * 2 / 2.5e9}};
    QVERIFY2(stage.at("limit_after") == limit, writeJson(stage).c_str());
}

QTEST_APPLESS_MAIN(TestModelPairs)
#include "test_model_pairs.moc"
