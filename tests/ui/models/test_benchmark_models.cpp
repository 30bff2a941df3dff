// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/benchmark_choice_model.h"
#include "ui/models/benchmark_compute_model.h"
#include "ui/models/benchmark_overview_model.h"
#include "ui/models/benchmark_run_model.h"
#include "ui/models/benchmark_stage_model.h"

#include <QAbstractItemModelTester>
#include <QLocale>
#include <QSignalSpy>
#include <QTest>

using namespace weightroom::ui;

namespace {

BenchmarkStageView stage(BenchmarkStage which, double median)
{
    return {.stage = which,
        .values = {{1, median}, {2, 9.0}},
        .minimum = median / 2,
        .median = median,
        .p95 = 9,
        .maximum = 9.5,
        .spread = 0.124,
        .outliers = {2},
        .bytesPerSecond = 1024.0 * 1024 * 1024,
        .limit = BenchmarkLimit::DiskRead,
        .limitShare = 0.5,
        .limitedBy = BenchmarkLimit::Other};
}

BenchmarkRunView run(const char* id)
{
    BenchmarkRunView run;
    run.id = QString::fromLatin1(id);
    run.startedAt = QDateTime(QDate(2020, 1, 2), QTime(3, 4));
    run.end = BenchmarkEnd::Cancelled;
    run.models = {QStringLiteral("a <b>model</b>"), QStringLiteral("another")};
    run.iterations = 5;
    run.temperature = BenchmarkTemperature::Disk;
    run.wholeSeconds = 1.5;
    return run;
}

ModelRow model(const char* id, bool isUsable = true)
{
    auto facts = std::make_shared<ModelFacts>();
    facts->id = QString::fromLatin1(id);
    facts->name = QString::fromLatin1(id).toUpper();
    if (!isUsable)
        facts->problem = ErrorView{};
    return {.facts = facts, .status = {}};
}

LibraryView library(const QList<ModelRow>& models)
{
    LibraryView library;
    library.models = models;
    return library;
}

template <class Model>
QAbstractItemModelTester* watch(Model& model)
{
    return new QAbstractItemModelTester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest, &model);
}

} // namespace

class TestBenchmarkModels : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void showsCalculations();
    void knowsTheComponentsOfAModel();
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void showsTheFiguresOfStages();
    void saysWhatIsOutOfLine();
    void putsModelsBesideOneAnother();
    void keepsModelsWhileARunGoesOn();
    void keepsRowsWhileARunGoesOn();
    void listsRuns();
    void keepsTheRestWhenARunGoes();
    void offersWhatCanBeUsed();
    void keepsWhatIsChecked();
};

void TestBenchmarkModels::showsTheFiguresOfStages()
{
    BenchmarkStageModel model;
    watch(model);
    BenchmarkStageView unlimited = stage(BenchmarkStage::Share, 0.002);
    unlimited.limitShare.reset();
    unlimited.limitedBy = BenchmarkLimit::None;
    unlimited.bytesPerSecond.reset();
    model.setStages({stage(BenchmarkStage::Disk, 1.2), unlimited});
    const auto text = [&](int row, int column) { return model.index(row, column).data().toString(); };
    QCOMPARE(text(0, BenchmarkStageModel::StageColumn), QStringLiteral("Reading"));
    QCOMPARE(text(0, BenchmarkStageModel::MedianColumn), QStringLiteral("1.20 s"));
    QCOMPARE(text(0, BenchmarkStageModel::MinimumColumn), QStringLiteral("600 ms"));
    QCOMPARE(text(0, BenchmarkStageModel::P95Column), QStringLiteral("9.00 s"));
    QCOMPARE(text(0, BenchmarkStageModel::MaximumColumn), QStringLiteral("9.50 s"));
    QCOMPARE(text(0, BenchmarkStageModel::SpreadColumn), QStringLiteral("12 %"));
    QCOMPARE(text(0, BenchmarkStageModel::RateColumn), QStringLiteral("1.00 GiB/s"));
    QCOMPARE(text(0, BenchmarkStageModel::ShareColumn), QStringLiteral("50 %"));
    QCOMPARE(text(0, BenchmarkStageModel::LimitedByColumn), QStringLiteral("something else"));
    QCOMPARE(text(1, BenchmarkStageModel::RateColumn), QStringLiteral("\u2013")); // unknown is not zero
    QCOMPARE(text(1, BenchmarkStageModel::ShareColumn), QStringLiteral("\u2013"));
    const QModelIndex median = model.index(0, BenchmarkStageModel::MedianColumn);
    QCOMPARE(median.data(BenchmarkStageModel::ValueRole).toDouble(), 1.2);
    QVERIFY(!model.index(1, BenchmarkStageModel::ShareColumn).data(BenchmarkStageModel::ValueRole).isValid());
    for (int column = 0; column < model.columnCount(); ++column)
        QVERIFY(!model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString().isEmpty());
    QCOMPARE(model.headerData(BenchmarkStageModel::P95Column, Qt::Horizontal, Qt::DisplayRole).toString(),
        QStringLiteral("95 %"));
}

void TestBenchmarkModels::putsModelsBesideOneAnother()
{
    BenchmarkOverviewModel table;
    watch(table);
    BenchmarkStageView whole = stage(BenchmarkStage::Whole, 2);
    whole.limitShare.reset();
    BenchmarkModelView first{.id = QStringLiteral("a"), .name = QStringLiteral("A"), .stages = {}, .problem = {}};
    BenchmarkModelView second{.id = QStringLiteral("b"), .name = QStringLiteral("B"), .stages = {}, .problem = {}};
    first.stages = {stage(BenchmarkStage::Disk, 1), stage(BenchmarkStage::Share, 1), whole};
    second.stages = {whole};
    second.problem = QStringLiteral("It does not fit.");
    table.setModels({first, second});
    const auto title = [&](int column) { return table.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString(); };
    QCOMPARE(table.columnCount(), 3); // sharing moves no bytes
    QCOMPARE(title(1) + title(2), QStringLiteral("ReadingThe whole load"));
    const auto text = [&](int row, int column) { return table.index(row, column).data().toString(); };
    QCOMPARE(text(0, BenchmarkOverviewModel::NameColumn), QStringLiteral("A"));
    QCOMPARE(text(0, 1), QStringLiteral("1.00 GiB/s \u00B7 50 %"));
    QCOMPARE(text(0, 2), QStringLiteral("1.00 GiB/s"));
    QCOMPARE(text(1, 1), QStringLiteral("\u2013"));
    QVERIFY(table.index(0, 1).data(Qt::ToolTipRole).toString().contains(QStringLiteral("1.00 s")));
    QVERIFY(table.index(1, 0).data(Qt::ToolTipRole).toString().contains(second.problem));
    QVERIFY(!table.index(1, 1).data(BenchmarkOverviewModel::ValueRole).isValid());
}

void TestBenchmarkModels::keepsModelsWhileARunGoesOn()
{
    BenchmarkOverviewModel table;
    watch(table);
    BenchmarkModelView model{.id = QStringLiteral("a"), .name = QStringLiteral("A"), .stages = {}, .problem = {}};
    table.setModels({model});
    model.stages = {stage(BenchmarkStage::Disk, 1)};
    table.setModels({model});
    const QSignalSpy resets(&table, &QAbstractItemModel::modelReset);
    const QSignalSpy changes(&table, &QAbstractItemModel::dataChanged);
    model.stages = {stage(BenchmarkStage::Disk, 2)};
    table.setModels({model});
    table.setModels({model});
    QCOMPARE(resets.size(), 0);
    QCOMPARE(changes.size(), 1);
}

void TestBenchmarkModels::saysWhatIsOutOfLine()
{
    BenchmarkStageModel model;
    model.setStages({stage(BenchmarkStage::Disk, 1)});
    const auto tip = [&](int column) { return model.index(0, column).data(Qt::ToolTipRole).toString(); };
    QVERIFY(tip(BenchmarkStageModel::MaximumColumn).contains(QStringLiteral("iteration 2 (9.00 s)")));
    QVERIFY(tip(BenchmarkStageModel::ShareColumn).contains(QStringLiteral("the disk")));
    QVERIFY(tip(BenchmarkStageModel::StageColumn).contains(QStringLiteral("Reading alone")));
}

void TestBenchmarkModels::keepsRowsWhileARunGoesOn()
{
    BenchmarkStageModel model;
    watch(model);
    model.setStages({stage(BenchmarkStage::Disk, 1), stage(BenchmarkStage::Whole, 2)});
    const QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
    const QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
    model.setStages({stage(BenchmarkStage::Disk, 1), stage(BenchmarkStage::Whole, 3)});
    QCOMPARE(resets.size(), 0);
    QCOMPARE(changes.size(), 1);
    QCOMPARE(changes[0][0].toModelIndex().row(), 1);
    model.setStages({stage(BenchmarkStage::Disk, 1)});
    QCOMPARE(resets.size(), 1);
}

void TestBenchmarkModels::listsRuns()
{
    BenchmarkRunModel model;
    watch(model);
    BenchmarkRunView broken;
    broken.id = QStringLiteral("x");
    broken.problem = QStringLiteral("It cannot be read.");
    BenchmarkRunView slower = run("b");
    slower.wholeRatio = 1.125;
    BenchmarkRunView faster = run("c");
    faster.wholeRatio = 0.875;
    BenchmarkRunView equal = run("d");
    equal.wholeRatio = 1.001;
    model.setRuns({run("a"), broken, slower, faster, equal});
    const auto text = [&](int row, int column) { return model.index(row, column).data().toString(); };
    QCOMPARE(text(0, BenchmarkRunModel::ModelsColumn), QStringLiteral("a <b>model</b>, another"));
    QCOMPARE(text(0, BenchmarkRunModel::PlaceColumn), QStringLiteral("RAM cache only"));
    QCOMPARE(text(0, BenchmarkRunModel::WholeColumn), QStringLiteral("1.50 s"));
    QCOMPARE(text(0, BenchmarkRunModel::EndColumn), QStringLiteral("Cancelled"));
    QCOMPARE(text(0, BenchmarkRunModel::TrendColumn), QStringLiteral("\u2013"));
    QCOMPARE(text(2, BenchmarkRunModel::TrendColumn), QStringLiteral("+13 %"));
    QCOMPARE(text(3, BenchmarkRunModel::TrendColumn), QStringLiteral("\u221213 %"));
    QCOMPARE(text(4, BenchmarkRunModel::TrendColumn), QStringLiteral("0 %"));
    QVERIFY(!model.index(2, BenchmarkRunModel::TrendColumn).data(Qt::ToolTipRole).toString().isEmpty());
    QCOMPARE(text(1, BenchmarkRunModel::ModelsColumn), QStringLiteral("x: It cannot be read."));
    QVERIFY(text(1, BenchmarkRunModel::WhenColumn).isEmpty());
    QVERIFY(text(1, BenchmarkRunModel::IterationsColumn).isEmpty());
    const QString tip = model.index(0, BenchmarkRunModel::ModelsColumn).data(Qt::ToolTipRole).toString();
    QVERIFY2(tip.contains(QStringLiteral("&lt;b&gt;")), qPrintable(tip)); // not taken for markup
    QCOMPARE(model.rowOf(QStringLiteral("x")), 1);
    QCOMPARE(model.rowOf(QStringLiteral("none")), -1);
}

void TestBenchmarkModels::keepsTheRestWhenARunGoes()
{
    BenchmarkRunModel model;
    watch(model);
    model.setRuns({run("b"), run("a")});
    const QPersistentModelIndex kept = model.index(1, 0);
    const QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
    model.setRuns({run("c"), run("a")});
    QCOMPARE(resets.size(), 0);
    QCOMPARE(kept.data(BenchmarkRunModel::IdRole).toString(), QStringLiteral("a"));
    model.setRuns({});
    QCOMPARE(model.rowCount(), 0);
}

void TestBenchmarkModels::offersWhatCanBeUsed()
{
    BenchmarkChoiceModel models;
    watch(models);
    models.setLibrary(library({model("a"), model("b", false), model("c")}));
    QCOMPARE(models.rowCount(), 2);
    QCOMPARE(models.index(1).data().toString(), QStringLiteral("C"));
    QVERIFY(models.checked().isEmpty());
}

void TestBenchmarkModels::keepsWhatIsChecked()
{
    BenchmarkChoiceModel models;
    watch(models);
    models.setLibrary(library({model("a"), model("b"), model("c")}));
    const QSignalSpy changes(&models, &BenchmarkChoiceModel::checkedChanged);
    models.setChecked({QStringLiteral("c")});
    QVERIFY(models.setData(models.index(0), Qt::Checked, Qt::CheckStateRole));
    QCOMPARE(models.checked(), (QStringList{QStringLiteral("a"), QStringLiteral("c")}));
    QCOMPARE(changes.size(), 2);
    models.setLibrary(library({model("b"), model("c"), model("d")}));
    QCOMPARE(models.checked(), QStringList{QStringLiteral("c")});
    QCOMPARE(changes.size(), 3);
    QVERIFY(models.setData(models.index(1), Qt::Unchecked, Qt::CheckStateRole));
    QVERIFY(models.checked().isEmpty());
    models.setLibrary(library({model("a")})); // one that comes back is not checked again
    QVERIFY(models.checked().isEmpty());
}

void TestBenchmarkModels::showsCalculations()
{
    BenchmarkComputeModel model;
    watch(model);
    BenchmarkComputeCheck check{.name = QStringLiteral("matmul"),
        .tensor = QStringLiteral("a.weight"),
        .type = QStringLiteral("F16"),
        .shape = QStringLiteral("4 \u00D7 4"),
        .seconds = 0.002,
        .operationsPerSecond = 5e9,
        .deviation = 0.25,
        .matches = true};
    model.setChecks({check});
    using Model = BenchmarkComputeModel;
    const auto cell = [&](int row, int column) { return model.index(row, column).data().toString(); };
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(cell(0, Model::ResultColumn), QStringLiteral("right"));
    QCOMPARE(cell(0, Model::TimeColumn), QStringLiteral("2.00 ms"));
    QCOMPARE(cell(0, Model::RateColumn), QStringLiteral("5.00 GFLOP/s"));
    QVERIFY(model.index(0, Model::ResultColumn).data(Qt::ToolTipRole).toString().contains(QStringLiteral("25")));
    check.matches = false;
    check.operationsPerSecond.reset();
    model.setChecks({check, check});
    QCOMPARE(model.rowCount(), 2);
    QCOMPARE(cell(1, Model::ResultColumn), QStringLiteral("WRONG"));
    QCOMPARE(cell(1, Model::RateColumn), QStringLiteral("\u2013"));
    for (int column = 0; column < model.columnCount(); ++column)
        QVERIFY(!model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString().isEmpty());
}

void TestBenchmarkModels::knowsTheComponentsOfAModel()
{
    auto facts = std::make_shared<ModelFacts>();
    facts->id = QStringLiteral("one");
    facts->components = {{.id = QStringLiteral("unet")}, {.id = QStringLiteral("vae")}};
    BenchmarkChoiceModel models;
    models.setLibrary(library({{.facts = facts, .status = {}}}));
    QCOMPARE(models.componentsOf(QStringLiteral("one")).size(), 2);
    QVERIFY(models.componentsOf(QStringLiteral("two")).isEmpty());
}

QTEST_MAIN(TestBenchmarkModels)
#include "test_benchmark_models.moc"
