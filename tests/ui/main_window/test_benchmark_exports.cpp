// SPDX-License-Identifier: GPL-3.0-or-later
//
// What is written of benchmarks from their page, in the real window over a real engine.
#include "tests/ui/main_window/benchmark_page_rig.h"
#include "ui/charts/stage_chart.h"
#include "ui/pages/benchmark/benchmark_results.h"
#include "ui/pages/benchmark/benchmark_runs.h"

#include <QImage>
#include <QJsonDocument>
#include <QJsonObject>
#include <QScopeGuard>
#include <QSignalSpy>

#include <string>
#include <utility>

using namespace weightroom;
using namespace weightroom::ui;
using namespace weightroom::test;
using Rig = weightroom::test::BenchmarkPageRig;

class TestBenchmarkExports : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void exportsTheChartOfTwoRuns();
    void exportsARunThatHasNotComeYet();
    void saysThatAnotherRunIsShown();
    void saysThatAReportCannotBeRead();
    void exportsARun();
    void leavesAFileAloneThatIsThere();
};

void TestBenchmarkExports::exportsTheChartOfTwoRuns()
{
    const TemporaryFolder folder;
    Rig rig{folder};
    QVERIFY(rig.open());
    QVERIFY(rig.runOnce(1));
    QVERIFY(rig.runOnce(2));
    rig.runs().selectAll();
    QVERIFY(rig.find<QWidget>("exportBenchmark")->isEnabled());
    for (const char* one : {"exportJson", "exportCsv", "exportReport"})
        QVERIFY(!rig.page().findChild<QAction*>(QLatin1String(one))->isEnabled());
    rig.exportAs("exportChart", folder / "both.png"); // though nobody has compared them yet
    const QString file = QString::fromStdString(folder / "both.png");
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(file), kSoon);
    QCOMPARE(rig.page().shown().size(), 2);
    QVERIFY(rig.page().results()->chart()->rows()[0].runs[1].has_value());
    // A file does not say how many pixels a point has.
    const auto pixelsOf = [](QImage image) {
        image.setDevicePixelRatio(1);
        return image.convertToFormat(QImage::Format_RGB32);
    };
    QCOMPARE(pixelsOf(QImage(file)), pixelsOf(rig.page().results()->chartImage()));
}

void TestBenchmarkExports::exportsARunThatHasNotComeYet()
{
    const TemporaryFolder folder;
    Rig rig{folder};
    QVERIFY(rig.open());
    QVERIFY(rig.runOnce(1));
    QVERIFY(rig.runOnce(2));
    QTRY_COMPARE_WITH_TIMEOUT(rig.page().runs()->chosen().size(), 1, kSoon);
    for (const auto& [action, file] : {std::pair{"exportChart", "run.png"}, std::pair{"exportReport", "run.pdf"}}) {
        const int other = rig.runs().currentIndex().row() == 0 ? 1 : 0;
        rig.runs().selectRow(other);
        QVERIFY(rig.page().shown() != rig.page().runs()->chosen()); // it has been asked for
        rig.exportAs(action, folder / file);
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(QString::fromStdString(folder / file)), kSoon);
        QVERIFY(rig.told().contains(QStringLiteral("was written")));
    }
}

void TestBenchmarkExports::saysThatAnotherRunIsShown()
{
    const TemporaryFolder folder;
    Rig rig{folder};
    QVERIFY(rig.open());
    QVERIFY(rig.runOnce(1));
    QVERIFY(rig.runOnce(2));
    QTRY_COMPARE_WITH_TIMEOUT(rig.page().runs()->chosen().size(), 1, kSoon);
    rig.runs().selectRow(1);
    rig.exportAs("exportChart", folder / "run.png");
    rig.runs().selectRow(0); // before the first one is there
    QTRY_VERIFY_WITH_TIMEOUT(rig.told().contains(QStringLiteral("the page shows something else now")), kSoon);
    QVERIFY(!QFile::exists(QString::fromStdString(folder / "run.png")));
}

void TestBenchmarkExports::saysThatAReportCannotBeRead()
{
    const TemporaryFolder folder;
    Rig rig{folder};
    QVERIFY(rig.open());
    QVERIFY(rig.runOnce(1));
    const std::string file = "data/benchmarks/" + rig.report()->id.toStdString() + ".json";
    QVERIFY(rig.runOnce(2));
    QTRY_COMPARE_WITH_TIMEOUT(rig.page().runs()->chosen().size(), 1, kSoon);
    folder.write(file, "{");
    const QSignalSpy refused(&rig.bridge(), &EngineBridge::requestRefused);
    rig.runs().selectRow(1);
    QTRY_COMPARE_WITH_TIMEOUT(refused.size(), 1, kSoon);
    for (const auto& [action, name] : {std::pair{"exportChart", "run.png"}, std::pair{"exportReport", "run.pdf"}}) {
        const auto before = refused.size();
        rig.exportAs(action, folder / name);
        QTRY_COMPARE_WITH_TIMEOUT(refused.size(), before + 1, kSoon);
        QVERIFY(!rig.told().isEmpty());
        QVERIFY(!QFile::exists(QString::fromStdString(folder / name)));
    }
    // What could not be had is not written later, as a surprise.
    rig.runs().selectRow(0);
    QTRY_COMPARE_WITH_TIMEOUT(rig.page().shown().size(), 1, kSoon);
    QVERIFY(!rig.told().contains(QStringLiteral("run.p")));
}

void TestBenchmarkExports::exportsARun()
{
    const TemporaryFolder folder;
    Rig rig{folder};
    QVERIFY(rig.open());
    QVERIFY(rig.runOnce(1));
    const QString id = rig.report()->id;
    QTRY_COMPARE_WITH_TIMEOUT(rig.page().runs()->chosen(), QStringList{id}, kSoon);
    rig.exportAs("exportJson", folder / "run.json");
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(QString::fromStdString(folder / "run.json")), kSoon);
    QCOMPARE(
        QJsonDocument::fromJson(contentOf(folder / "run.json")).object().value(QStringLiteral("id")).toString(), id);
    rig.exportAs("exportCsv", folder / "run.csv");
    QTRY_VERIFY_WITH_TIMEOUT(contentOf(folder / "run.csv").contains("whole"), kSoon);
    rig.exportAs("exportChart", folder / "run.png");
    const QImage chart(QString::fromStdString(folder / "run.png"));
    QVERIFY(chart.width() >= 640 && chart.height() > 100);
    rig.exportAs("exportReport", folder / "run.pdf");
    QVERIFY(contentOf(folder / "run.pdf").startsWith("%PDF"));
    QVERIFY(contentOf(folder / "run.pdf").contains("%%EOF"));
}

void TestBenchmarkExports::leavesAFileAloneThatIsThere()
{
    const TemporaryFolder folder;
    Rig rig{folder};
    QVERIFY(rig.open());
    QVERIFY(rig.runOnce(1));
    QTRY_COMPARE_WITH_TIMEOUT(rig.page().runs()->chosen().size(), 1, kSoon);
    folder.write("mine.png", "mine");
    rig.exportAs("exportChart", folder / "mine.png");
    QCOMPARE(contentOf(folder / "mine.png"), QByteArray("mine"));
    rig.exportAs("exportReport", folder / "none" / "mine.pdf");
    QVERIFY(!QFile::exists(QString::fromStdString(folder / "none" / "mine.pdf")));
}

QTEST_MAIN(TestBenchmarkExports)
#include "test_benchmark_exports.moc"
