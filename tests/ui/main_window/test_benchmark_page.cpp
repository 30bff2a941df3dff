// SPDX-License-Identifier: GPL-3.0-or-later
//
// The page of benchmarks in the real window, over a real engine.
#include "tests/support/safetensors_builder.h"
#include "tests/ui/main_window/benchmark_page_rig.h"
#include "ui/charts/stage_chart.h"
#include "ui/pages/benchmark/benchmark_results.h"
#include "ui/pages/benchmark/benchmark_runs.h"

#include <QAbstractItemModel>
#include <QCheckBox>
#include <QListView>
#include <QSpinBox>
#include <QTabWidget>

#include <algorithm>

using namespace weightroom;
using namespace weightroom::ui;
using namespace weightroom::test;
using Rig = weightroom::test::BenchmarkPageRig;

class TestBenchmarkPage : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void beginsWithWhatIsSelected();
    void measuresAndKeepsTheReport();
    void offersOnlyWhatTheCacheCanDo();
    void loadsTheComponentsThatAreChosen();
    void calculatesWithTheWeights();
    void tellsOfAnotherLoader();
    void saysWhenTheReportIsNotKept();
    void cancelsARun();
    void comparesTwoRuns();
    void namesModelsThatOnlyOneRunHas();
    void comparesOtherModelsByTheirRates();
    void comparesColdWithWarm();
    void putsTheModelsOfARunBesideOneAnother();
    void namesLoadsFarFromTheOthers();
    void deletesARun();
};

void TestBenchmarkPage::beginsWithWhatIsSelected()
{
    const TemporaryFolder folder;
    Rig rig{folder};
    QVERIFY(rig.open());
    QCOMPARE(rig.page().setup()->request().modelIds, QStringList{rig.idOf(kModel)});
    QVERIFY(rig.find<QPushButton>("startBenchmark")->isEnabled());
    QVERIFY(rig.find<QWidget>("benchmarkEmpty")->isVisible());
    QAbstractItemModel& models = *rig.find<QListView>("benchmarkModels")->model();
    for (int row = 0; row < models.rowCount(); ++row)
        models.setData(models.index(row, 0), Qt::Unchecked, Qt::CheckStateRole);
    QVERIFY(!rig.find<QPushButton>("startBenchmark")->isEnabled());
}

void TestBenchmarkPage::measuresAndKeepsTheReport()
{
    const TemporaryFolder folder;
    Rig rig{folder};
    QVERIFY(rig.open());
    rig.find<QPushButton>("startBenchmark")->click();
    QVERIFY(rig.page().setup()->isRunning());
    QVERIFY(!rig.find<QPushButton>("startBenchmark")->isVisible());
    QVERIFY(rig.find<QPushButton>("cancelBenchmark")->isVisible());
    QTRY_VERIFY_WITH_TIMEOUT(rig.report() != nullptr, kSoon);
    QCOMPARE(rig.report()->end, BenchmarkEnd::Finished);
    QCOMPARE(rig.report()->models.size(), 1);
    QVERIFY(rig.report()->models[0].find(BenchmarkStage::Whole) != nullptr);
    QTRY_COMPARE_WITH_TIMEOUT(rig.page().runs()->chosen(), QStringList{rig.report()->id}, kSoon);
    QVERIFY(rig.find<QPushButton>("startBenchmark")->isVisible());
    const auto& rows = rig.page().results()->chart()->rows();
    QCOMPARE(rows.size(), rig.report()->models[0].stages.size());
    QCOMPARE(rig.find<QTableView>("benchmarkStages")->model()->rowCount(), static_cast<int>(rows.size()));
    QCOMPARE(rig.lastJob(JobKind::Benchmark).state, JobState::Succeeded);
}

void TestBenchmarkPage::offersOnlyWhatTheCacheCanDo()
{
    const TemporaryFolder folder;
    Rig rig{folder};
    QVERIFY(rig.open());
    auto* temperature = rig.find<QComboBox>("benchmarkTemperature");
    temperature->setCurrentIndex(temperature->findData(static_cast<int>(BenchmarkTemperature::RamCache)));
    auto* device = rig.find<QComboBox>("benchmarkDevice");
    device->setCurrentIndex(device->findData(QString(kCacheOnly)));
    QVERIFY(rig.page().setup()->request().temperature != BenchmarkTemperature::RamCache);
    QVERIFY(!rig.find<QComboBox>("benchmarkPrecision")->isEnabled());
    temperature->setCurrentIndex(temperature->findData(static_cast<int>(BenchmarkTemperature::PageCache)));
    QVERIFY(rig.runOnce(1));
    QVERIFY(rig.report()->models[0].find(BenchmarkStage::Cache) != nullptr);
    QVERIFY(rig.report()->models[0].find(BenchmarkStage::Copy) == nullptr);
}

void TestBenchmarkPage::loadsTheComponentsThatAreChosen()
{
    const TemporaryFolder folder;
    Rig rig{folder};
    (void)rig.addFile(
        "pipe/model_index.json", R"({"_class_name":"APipeline","unet":["diffusers","A"],"vae":["diffusers","B"]})");
    for (const std::string name : {"unet", "vae"})
        (void)rig.addFile(
            "pipe/" + name + "/model.safetensors", test::SafetensorsBuilder().tensor(name + ".w", "U8", {64}).build());
    QVERIFY(rig.open());
    auto* list = rig.page().setup()->findChild<QListView*>(QStringLiteral("componentChoice"));
    QVERIFY(!list->isVisible()); // of a single component there is nothing to choose
    rig.page().setup()->setChecked({rig.idOf(QStringLiteral("pipe"))});
    QVERIFY(list->isVisible());
    QCOMPARE(list->model()->rowCount(), 2);
    const auto set = [&](int row, Qt::CheckState state) {
        list->model()->setData(list->model()->index(row, 0), state, Qt::CheckStateRole);
    };
    set(0, Qt::Unchecked);
    QVERIFY(!rig.find<QCheckBox>("benchmarkPeer")->isEnabled()); // it loads whole files
    set(1, Qt::Unchecked);
    QVERIFY(!rig.find<QPushButton>("startBenchmark")->isEnabled());
    set(1, Qt::Checked);
    QVERIFY(rig.runOnce(1));
    QCOMPARE(rig.report()->models[0].bytes, quint64{64});
}

void TestBenchmarkPage::calculatesWithTheWeights()
{
    const TemporaryFolder folder;
    Rig rig{folder};
    QVERIFY(rig.open());
    const auto* tabs = rig.find<QTabWidget>("benchmarkTabs");
    rig.find<QCheckBox>("benchmarkCompute")->setChecked(true);
    QVERIFY(rig.runOnce(1));
    // The models of the fixture have bytes, and no weights that can be calculated with.
    QTRY_VERIFY_WITH_TIMEOUT(!rig.find<QLabel>("benchmarkComputeProblem")->text().isEmpty(), kSoon);
    QVERIFY(tabs->isTabVisible(2));
    rig.find<QCheckBox>("benchmarkCompute")->setChecked(false);
    QVERIFY(rig.runOnce(2));
    QTRY_VERIFY_WITH_TIMEOUT(!tabs->isTabVisible(2), kSoon);
}

void TestBenchmarkPage::tellsOfAnotherLoader()
{
    const TemporaryFolder folder;
    Rig rig{folder};
    QVERIFY(rig.open());
    qputenv("WEIGHTROOM_PYTHON", "/no/such/python");
    const auto restore = qScopeGuard([] { qunsetenv("WEIGHTROOM_PYTHON"); });
    rig.find<QCheckBox>("benchmarkPeer")->setChecked(true);
    QVERIFY(rig.runOnce(1));
    const auto* sentence = rig.find<QLabel>("benchmarkPeerResult");
    QTRY_VERIFY_WITH_TIMEOUT(sentence->isVisible(), kSoon);
    QVERIFY2(sentence->text().startsWith(QStringLiteral("The other loader:")), qPrintable(sentence->text()));
    QVERIFY(rig.report()->models[0].find(BenchmarkStage::Whole) != nullptr); // ours does not suffer
}

void TestBenchmarkPage::saysWhenTheReportIsNotKept()
{
    const TemporaryFolder folder;
    Rig rig{folder};
    QVERIFY(rig.open());
    std::filesystem::create_symlink(folder / "nowhere", folder / "data" / "benchmarks"); // on a disk that is away
    rig.find<QPushButton>("startBenchmark")->click();
    const auto* banner = rig.window().findChild<Banner*>();
    const auto tells = [banner] {
        const auto labels = banner->findChildren<QLabel*>();
        return std::ranges::any_of(
            labels, [](const QLabel* label) { return label->text().contains(QStringLiteral("is not kept")); });
    };
    QTRY_VERIFY_WITH_TIMEOUT(banner->isVisible() && tells(), kSoon);
    QTRY_VERIFY_WITH_TIMEOUT(rig.report() != nullptr, kSoon);
    QVERIFY(rig.page().results()->chart()->isVisible()); // what was measured is shown all the same
}

void TestBenchmarkPage::cancelsARun()
{
    const TemporaryFolder folder;
    Rig rig{folder};
    QVERIFY(rig.open());
    rig.find<QSpinBox>("benchmarkIterations")->setValue(kMostBenchmarkIterations);
    rig.find<QPushButton>("startBenchmark")->click();
    QTRY_VERIFY_WITH_TIMEOUT(!rig.page().results()->chart()->rows().isEmpty(), kSoon); // it grows while it runs
    rig.find<QPushButton>("cancelBenchmark")->click();
    QTRY_VERIFY_WITH_TIMEOUT(!rig.page().setup()->isRunning(), kSoon);
    QTRY_VERIFY_WITH_TIMEOUT(rig.report() != nullptr, kSoon);
    QCOMPARE(rig.report()->end, BenchmarkEnd::Cancelled);
    QCOMPARE(rig.page().runs()->chosen(), QStringList{rig.report()->id});
}

void TestBenchmarkPage::comparesTwoRuns()
{
    const TemporaryFolder folder;
    Rig rig{folder};
    QVERIFY(rig.open());
    QVERIFY(rig.runOnce(1));
    QVERIFY(rig.runOnce(2));
    QVERIFY(!rig.find<QPushButton>("compareBenchmarks")->isEnabled());
    rig.runs().selectAll();
    rig.find<QPushButton>("compareBenchmarks")->click();
    const auto* verdicts = rig.find<QLabel>("benchmarkVerdicts");
    QTRY_VERIFY_WITH_TIMEOUT(verdicts->text().contains(QStringLiteral("The whole load")), kSoon);
    QVERIFY(verdicts->text().contains(QStringLiteral("same setup")));
    QVERIFY(verdicts->isVisible()); // on whatever page of the figures one was
    const auto& rows = rig.page().results()->chart()->rows();
    QVERIFY(!rows.isEmpty() && rows[0].runs[0] && rows[0].runs[1]);
    rig.runs().selectRow(1);
    QTRY_VERIFY_WITH_TIMEOUT(!rows[0].runs[1], kSoon); // one alone again
    QVERIFY(verdicts->text().isEmpty());
}

void TestBenchmarkPage::namesModelsThatOnlyOneRunHas()
{
    const TemporaryFolder folder;
    Rig rig{folder};
    QVERIFY(rig.open());
    QVERIFY(rig.runOnce(1, {kModel, kOther}));
    QVERIFY(rig.runOnce(2, {kModel}));
    rig.compareAll();
    QTRY_VERIFY_WITH_TIMEOUT(rig.verdicts().contains(QStringLiteral("Only in the earlier run: other")), kSoon);
    QVERIFY(!rig.verdicts().contains(QStringLiteral("Only in the later run")));
    QVERIFY(rig.verdicts().contains(QStringLiteral("The whole load")));
}

void TestBenchmarkPage::comparesOtherModelsByTheirRates()
{
    const TemporaryFolder folder;
    Rig rig{folder};
    QVERIFY(rig.open());
    QVERIFY(rig.runOnce(1, {kModel}));
    QVERIFY(rig.runOnce(2, {kOther}));
    rig.compareAll();
    QTRY_VERIFY_WITH_TIMEOUT(rig.verdicts().contains(QStringLiteral("weighs more on small models")), kSoon);
    QVERIFY(rig.verdicts().contains(QStringLiteral("Models: other, before small")));
    QVERIFY(rig.verdicts().contains(QStringLiteral("other beside small")));
    QVERIFY2(rig.verdicts().contains(QStringLiteral("iB/s")), qPrintable(rig.verdicts()));
    QVERIFY(!rig.verdicts().contains(QStringLiteral("Unloading")));
    const auto& rows = rig.page().results()->chart()->rows();
    QVERIFY(!rows.isEmpty() && !rows[0].runs[1]); // seconds of two sizes
    rig.exportAs("exportChart", folder / "both.png");
    QVERIFY2(rig.told().contains(QStringLiteral("nothing that is in both runs")), qPrintable(rig.told()));
    QVERIFY(!QFile::exists(QString::fromStdString(folder / "both.png")));
}

void TestBenchmarkPage::comparesColdWithWarm()
{
    const TemporaryFolder folder;
    Rig rig{folder};
    QVERIFY(rig.open());
    QVERIFY(rig.runOnce(1));
    auto* temperature = rig.find<QComboBox>("benchmarkTemperature");
    temperature->setCurrentIndex(temperature->findData(static_cast<int>(BenchmarkTemperature::RamCache)));
    QVERIFY(rig.runOnce(2));
    rig.compareAll();
    QTRY_VERIFY_WITH_TIMEOUT(rig.verdicts().contains(QStringLiteral("The whole load")), kSoon);
    QVERIFY2(rig.verdicts().contains(
                 QStringLiteral("Where loads began: Warm, from the RAM cache, before Warm, from the page cache")),
        qPrintable(rig.verdicts()));
    QVERIFY(rig.verdicts().startsWith(QStringLiteral("The setups differ")));
}

void TestBenchmarkPage::putsTheModelsOfARunBesideOneAnother()
{
    const TemporaryFolder folder;
    Rig rig{folder};
    QVERIFY(rig.open());
    auto* tabs = rig.find<QTabWidget>("benchmarkTabs");
    auto* table = rig.find<QTableView>("benchmarkOverview");
    const int tab = tabs->indexOf(table);
    QVERIFY(rig.runOnce(1, {kModel}));
    QTRY_VERIFY_WITH_TIMEOUT(!rig.page().shown().isEmpty() && !tabs->isTabVisible(tab), kSoon);
    QVERIFY(rig.runOnce(2, {kModel, kOther}));
    QTRY_VERIFY_WITH_TIMEOUT(tabs->isTabVisible(tab) && table->model()->rowCount() == 2, kSoon);
    QVERIFY(table->model()->index(1, 1).data().toString().contains(QStringLiteral("iB/s")));
    tabs->setCurrentIndex(tab);
    Q_EMIT table->activated(table->model()->index(1, 0)); // Enter, or a double click
    QCOMPARE(rig.find<QComboBox>("benchmarkModel")->currentIndex(), 1);
    QVERIFY(rig.page().results()->chart()->isVisible());
}

void TestBenchmarkPage::namesLoadsFarFromTheOthers()
{
    const TemporaryFolder folder;
    Rig rig{folder};
    QVERIFY(rig.open());
    QVERIFY(rig.runOnce(1));
    BenchmarkReportView report = *rig.report();
    BenchmarkStageView& stage = report.models[0].stages.first();
    stage.outliers = {3};
    rig.page().setReport(report);
    const auto* label = rig.find<QLabel>("benchmarkOutliers");
    QVERIFY2(label->text().contains(QStringLiteral("far from the others: iteration 3 (")), qPrintable(label->text()));
    QVERIFY(label->isVisible() && label->focusPolicy() == Qt::StrongFocus);
    QVERIFY(!label->accessibleName().isEmpty() && label->accessibleDescription() == label->text());
    for (BenchmarkStageView& one : report.models[0].stages)
        one.outliers.clear();
    rig.page().setReport(report);
    QVERIFY(!label->isVisible());
}

void TestBenchmarkPage::deletesARun()
{
    const TemporaryFolder folder;
    Rig rig{folder};
    QVERIFY(rig.open());
    QVERIFY(rig.runOnce(1));
    QTRY_COMPARE_WITH_TIMEOUT(rig.page().runs()->chosen().size(), 1, kSoon);
    rig.find<QPushButton>("removeBenchmark")->click(); // and the user changes their mind
    QCOMPARE(rig.prompts().questions(), 1);
    rig.prompts().confirmNext();
    rig.find<QPushButton>("removeBenchmark")->click();
    QTRY_COMPARE_WITH_TIMEOUT(rig.runs().model()->rowCount(), 0, kSoon);
    QVERIFY(rig.report() == nullptr);
    QVERIFY(rig.find<QWidget>("benchmarkEmpty")->isVisible());
}

QTEST_MAIN(TestBenchmarkPage)
#include "test_benchmark_page.moc"
