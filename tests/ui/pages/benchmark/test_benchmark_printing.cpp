// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/benchmark/benchmark_printing.h"

#include <QBuffer>
#include <QImage>
#include <QLocale>
#include <QTest>
#include <QTextDocument>
#include <QUrl>

using namespace weightroom::ui;

namespace {

BenchmarkModelView model(const char* name)
{
    const BenchmarkStageView stage{.stage = BenchmarkStage::Whole,
        .values = {{1, 1.0}, {2, 1.0}, {3, 4.0}},
        .minimum = 1,
        .median = 1,
        .p95 = 4,
        .maximum = 4,
        .outliers = {3},
        .bytesPerSecond = 1024.0 * 1024 * 1024};
    return {.id = QString::fromLatin1(name), .name = QString::fromLatin1(name), .stages = {stage}, .problem = {}};
}

BenchmarkReportView report(const QList<BenchmarkModelView>& models)
{
    return {.id = QStringLiteral("x"),
        .startedAt = QDateTime(QDate(2020, 1, 2), QTime(3, 4)),
        .facts = {{QStringLiteral("System"), QStringLiteral("Linux <6>")}},
        .models = models};
}

QImage imageOf(const QTextDocument& document, const char* name)
{
    return document.resource(QTextDocument::ImageResource, QUrl(QString::fromLatin1(name))).value<QImage>();
}

} // namespace

class TestBenchmarkPrinting : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void hasAllOfAModel();
    void putsModelsBesideOneAnother();
    void writesPages();
};

void TestBenchmarkPrinting::hasAllOfAModel()
{
    QTextDocument document;
    fillBenchmarkDocument(report({model("sdxl")}), document);
    const QString text = document.toPlainText();
    for (const char* part : {"Linux <6>", "sdxl", "95 %", "The whole load, far from the others: iteration 3 (4.00 s)."})
        QVERIFY2(text.contains(QString::fromLatin1(part)), qPrintable(text));
    QVERIFY(!imageOf(document, "chart:0").isNull());
    QVERIFY(!imageOf(document, "iterations:0").isNull());
    QVERIFY(document.toHtml().contains(QStringLiteral("iterations:0"))); // and it stands in the text
    QCOMPARE(text.count(QStringLiteral("sdxl")), 1); // one model is beside no other
}

void TestBenchmarkPrinting::putsModelsBesideOneAnother()
{
    QTextDocument document;
    fillBenchmarkDocument(report({model("sdxl"), model("flux")}), document);
    QCOMPARE(document.toPlainText().count(QStringLiteral("sdxl")), 2);
    QVERIFY(!imageOf(document, "iterations:1").isNull());
}

void TestBenchmarkPrinting::writesPages()
{
    QBuffer buffer;
    QVERIFY(buffer.open(QIODevice::WriteOnly));
    QVERIFY(printBenchmark(report({model("sdxl")}), buffer));
    QVERIFY(buffer.data().startsWith("%PDF"));
}

QTEST_MAIN(TestBenchmarkPrinting)
#include "test_benchmark_printing.moc"
