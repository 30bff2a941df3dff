// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/ctl_rig.h"
#include "tests/support/scripted_python.h"

#include <QJsonArray>
#include <QTest>

#include <vector>

using namespace weightroom::test;

namespace {

const QString kFirst = QStringLiteral("%/first.safetensors");
const QString kHow = QStringLiteral(" --temperature page_cache --iterations 5");
const QString kBench = QStringLiteral("bench ") + kFirst + kHow;

const QString kOther = QStringLiteral(" %/other.safetensors");
const QString kBenchWord = QStringLiteral("bench");
const QString kShow = QStringLiteral("--show");
const QString kCompare = QStringLiteral("--compare");

QStringList with(QStringList words, const QStringList& more) { return words << more; }

/// A model with a matrix of fp32 that are all 0.
std::string numbers()
{
    const std::string zeros(64 * 32 * sizeof(float), '\0');
    return SafetensorsBuilder().entry("proj.weight", "F32", {64, 32}, 0, zeros.size()).data(zeros).build();
}

QJsonObject withSeconds(QJsonObject stage, const std::vector<double>& seconds)
{
    QJsonArray measurements = stage[QStringLiteral("measurements")].toArray();
    for (qsizetype i = 0; i < measurements.size(); ++i) {
        QJsonObject one = measurements[i].toObject();
        one[QStringLiteral("seconds")] = seconds.at(static_cast<std::size_t>(i));
        measurements[i] = one;
    }
    stage[QStringLiteral("measurements")] = measurements;
    return stage;
}

} // namespace

/// `weightroomctl bench`: as a person reads it, and as a script does.
class TestWeightroomctlBench : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void printsATableOfStages();
    void printsWhatThePeerTook();
    void printsWhyThereIsNoPeer();
    void printsWhatWasCalculated();
    void printsOneDocument();
    void comparesWithAnEarlierReport();
    void putsTheModelsOfARunBesideOneAnother();
    void comparesOtherModelsByTheirRates();
    void namesModelsThatOnlyOneRunHas();
    void namesLoadsFarFromTheOthers();
    void showsAReportThatIsKept();
    void comparesTwoReportsThatAreKept();
    void exportsAReportThatIsKept();
    void listsReports();
    void refusesWrongUsage_data();
    void refusesWrongUsage();
    void refusesBeforeItMeasures_data();
    void refusesBeforeItMeasures();
    void endsWithTheProblemOfAModel();

private:
    /// The id of a report that was made now.
    QString measured(const QString& models = kFirst);
    /// Keeps a report with these seconds of each stage in place of those that were measured.
    void rewrite(const QString& id, const std::vector<double>& seconds);

    const CtlRig m_rig;
    const std::filesystem::path m_other =
        m_rig.folder.write("models/other.safetensors", model("other", CtlRig::kModelSize * 3));
};

QString TestWeightroomctlBench::measured(const QString& models)
{
    const QString line = QStringLiteral("bench ") + models + kHow;
    const CtlRun run = m_rig.run(with({QStringLiteral("--json")}, m_rig.words(line)));
    return run.answer()[QStringLiteral("report")][QStringLiteral("id")].toString();
}

void TestWeightroomctlBench::rewrite(const QString& id, const std::vector<double>& seconds)
{
    QFile file{m_rig.path("data/benchmarks/" + id.toStdString() + ".json")};
    QVERIFY(file.open(QIODevice::ReadWrite));
    QJsonObject report = QJsonDocument::fromJson(file.readAll()).object();
    QJsonArray models = report[QStringLiteral("models")].toArray();
    for (QJsonValueRef model : models) {
        QJsonObject row = model.toObject();
        QJsonArray stages = row[QStringLiteral("stages")].toArray();
        for (QJsonValueRef stage : stages)
            stage = withSeconds(stage.toObject(), seconds);
        row[QStringLiteral("stages")] = stages;
        model = row;
    }
    report[QStringLiteral("models")] = models;
    QVERIFY(file.resize(0) && file.seek(0) && file.write(QJsonDocument(report).toJson()) > 0);
}

void TestWeightroomctlBench::printsATableOfStages()
{
    const QString csv = m_rig.path("measured.csv");
    const CtlRun run = m_rig.run(with(m_rig.words(kBench), {QStringLiteral("--csv"), csv}));
    QVERIFY2(run.status == 0 && run.error.isEmpty(), run.error);
    for (const char* part :
        {"finished, to HOST_0, from the page cache, 5 iterations", "first: 2", "STAGE", " MIN ", " P95 ", " MAX ",
            "OF LIMIT", "\ndisk ", "\ncache ", "\ncopy ", "\nunload ", "\nwhole ", "AT MOST", "\nto the device "})
        QVERIFY2(run.out.contains(part),
            qPrintable(QString::fromUtf8(part) + QStringLiteral(" is not in\n") + QString::fromUtf8(run.out)));
    QVERIFY(!run.out.contains('\r') && !run.out.contains('\x1b'));
    QFile file{csv};
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll().count("\r\n"), 1 + 6 * 5);
}

void TestWeightroomctlBench::printsWhatThePeerTook()
{
    const ScriptedPython python{ScriptedPython::loading(CtlRig::kModelSize)};
    const CtlRun run = m_rig.run(with(m_rig.words(kBench), {QStringLiteral("--compare-peer")}));
    QVERIFY2(run.status == 0 && run.error.isEmpty(), run.error);
    QVERIFY2(run.out.contains("\nsafetensors 9.9.9: 250 ms, ") && run.out.contains(" times as long\n"), run.out);
}

void TestWeightroomctlBench::printsWhyThereIsNoPeer()
{
    const ScriptedPython python{"exit 1"};
    const CtlRun run = m_rig.run(with(m_rig.words(kBench), {QStringLiteral("--compare-peer")}));
    QVERIFY2(run.status == 0 && run.error.isEmpty(), run.error);
    QVERIFY2(run.out.contains("\nno other loader to the end: ") && run.out.contains("\nwhole "), run.out);
}

/// "first" has nothing to calculate with, a model of floating-point numbers has.
void TestWeightroomctlBench::printsWhatWasCalculated()
{
    const QString line = QStringLiteral("bench %1 first --temperature page_cache --iterations 1 --check-compute");
    m_rig.folder.write("models/numbers.safetensors", numbers());
    const CtlRun run = m_rig.run(m_rig.words(line.arg(QStringLiteral("numbers"))));
    QVERIFY(QFile::remove(m_rig.path("models/numbers.safetensors")));
    QVERIFY2(run.status == 0 && run.error.isEmpty(), run.error);
    for (const char* part : {"\nCALCULATION ", "\nmatmul ", "64 x 32", " right ", "FLOP/s", "not all was calculated: "})
        QVERIFY2(run.out.contains(part), run.out);
    QVERIFY2(!run.out.contains("WRONG"), run.out);
}

void TestWeightroomctlBench::printsOneDocument()
{
    const CtlRun run = m_rig.run(with({QStringLiteral("--json")},
        m_rig.words(QStringLiteral("bench first --temperature page_cache --iterations 2 --device cache"))));
    QVERIFY2(run.status == 0 && run.error.isEmpty(), run.error);
    QCOMPARE(run.out.count('\n'), 1);
    const QJsonObject model = run.answer()[QStringLiteral("report")][QStringLiteral("models")][0].toObject();
    QCOMPARE(model[QStringLiteral("stages")].toArray().size(), 3);
}

void TestWeightroomctlBench::comparesWithAnEarlierReport()
{
    const QString before = measured();
    QVERIFY(!before.isEmpty());
    const QStringList compare{QStringLiteral("--compare"), before};
    const CtlRun text = m_rig.run(with(m_rig.words(kBench), compare));
    QVERIFY2(text.status == 0 && text.error.isEmpty(), text.error);
    const QString title = QStringLiteral("Compared with %1: same setup\n").arg(before);
    QVERIFY2(text.out.contains(title.toUtf8()), text.out);
    QVERIFY(text.out.contains("VERDICT"));
    const CtlRun json = m_rig.run(with(with({QStringLiteral("--json")}, m_rig.words(kBench)), compare));
    const QJsonObject comparison = json.answer()[QStringLiteral("comparison")].toObject();
    QCOMPARE(comparison[QStringLiteral("report_id_before")].toString(), before);
}

void TestWeightroomctlBench::putsTheModelsOfARunBesideOneAnother()
{
    const CtlRun run = m_rig.run(m_rig.words(QStringLiteral("bench ") + kFirst + kOther + kHow));
    QVERIFY2(run.status == 0 && run.error.isEmpty(), run.error);
    const auto table = run.out.indexOf("\nMODEL ");
    QVERIFY2(table > 0 && run.out.indexOf("\nfirst ", table) > 0 && run.out.indexOf("\nother ", table) > 0, run.out);
    const QByteArray titles = run.out.mid(table + 1).split('\n').first();
    QCOMPARE(titles.simplified(), QByteArray("MODEL DISK CACHE COPY WHOLE"));
    QVERIFY2(run.out.mid(table).contains("iB/s, "), run.out); // a rate, with its share of the limit
}

void TestWeightroomctlBench::comparesOtherModelsByTheirRates()
{
    const QString before = measured(kOther);
    const CtlRun run = m_rig.run(with(m_rig.words(kBench), {QStringLiteral("--compare"), before}));
    QVERIFY2(run.status == 0 && run.error.isEmpty(), run.error);
    for (const char* part : {": rates only\n", "\nmodels: other -> first\n", "bytes a second are compared",
             "\nfirst beside other\n", "BEFORE, OF LIMIT", "TIME FOR A BYTE"})
        QVERIFY2(run.out.contains(part), run.out);
    const QByteArray compared = run.out.mid(run.out.indexOf("first beside other"));
    QVERIFY2(compared.contains("\nwhole ") && !compared.contains("\nunload "), compared);
}

void TestWeightroomctlBench::namesModelsThatOnlyOneRunHas()
{
    const QString both = measured(kFirst + kOther);
    const QString one = measured();
    const CtlRun run = m_rig.run({kBenchWord, kShow, one, kCompare, both});
    QVERIFY2(run.out.contains("\nonly before: other\n") && !run.out.contains("only after"), run.out);
    const CtlRun back = m_rig.run({kBenchWord, kShow, both, kCompare, one});
    QVERIFY2(back.out.contains("\nonly after: other\n") && !back.out.contains("only before"), back.out);
}

void TestWeightroomctlBench::namesLoadsFarFromTheOthers()
{
    const QString id = measured();
    rewrite(id, {0.5, 0.51, 2.5, 0.49, 0.5});
    const CtlRun run = m_rig.run({kBenchWord, kShow, id});
    QVERIFY2(run.status == 0 && run.error.isEmpty(), run.error);
    QVERIFY2(run.out.contains("\nwhole: far from the others: iteration 3 (2.50 s)\n"), run.out);
    const auto row = run.out.indexOf("\nwhole ");
    const QByteArray figures = run.out.mid(row + 1).split('\n').first().simplified();
    // Median, minimum, p95 (below twenty values the maximum), maximum, spread.
    QVERIFY2(figures.startsWith("whole 500 ms 490 ms 2.50 s 2.50 s 2.0 % "), figures);
}

void TestWeightroomctlBench::showsAReportThatIsKept()
{
    const QString id = measured();
    const CtlRun text = m_rig.run({kBenchWord, kShow, id});
    QVERIFY2(text.status == 0 && text.error.isEmpty(), text.error);
    QVERIFY2(text.out.startsWith(id.toUtf8()) && text.out.contains("\nwhole "), text.out);
    QVERIFY(!text.out.contains("not kept"));
    const CtlRun json = m_rig.run({QStringLiteral("--json"), kBenchWord, kShow, id});
    QCOMPARE(json.answer()[QStringLiteral("report")][QStringLiteral("id")].toString(), id);
}

void TestWeightroomctlBench::comparesTwoReportsThatAreKept()
{
    const QString before = measured();
    const QString after = measured();
    const CtlRun run = m_rig.run({QStringLiteral("--json"), kBenchWord, kShow, after, kCompare, before});
    QVERIFY2(run.status == 0 && run.error.isEmpty(), run.error);
    const QJsonObject comparison = run.answer()[QStringLiteral("comparison")].toObject();
    QCOMPARE(comparison[QStringLiteral("report_id_before")].toString(), before);
    QCOMPARE(comparison[QStringLiteral("report_id_after")].toString(), after);
    const CtlRun unknown = m_rig.run({kBenchWord, kShow, after, kCompare, QStringLiteral("none")});
    QCOMPARE(unknown.code(), QStringLiteral("benchmark_not_found"));
}

void TestWeightroomctlBench::exportsAReportThatIsKept()
{
    const QString id = measured();
    const QString csv = m_rig.path("kept.csv");
    const QString json = m_rig.path("kept.json");
    const QStringList command{kBenchWord, kShow, id, QStringLiteral("--csv"), csv, QStringLiteral("--report"), json};
    const CtlRun run = m_rig.run(command);
    QVERIFY2(run.status == 0 && run.error.isEmpty(), run.error);
    QFile table{csv};
    QVERIFY(table.open(QIODevice::ReadOnly) && table.readAll().count("\r\n") == 1 + 6 * 5);
    QFile document{json};
    QVERIFY(document.open(QIODevice::ReadOnly));
    QCOMPARE(QJsonDocument::fromJson(document.readAll()).object()[QStringLiteral("id")].toString(), id);
    const CtlRun again = m_rig.run(command);
    QCOMPARE(again.code(), QStringLiteral("already_exists"));
    QVERIFY(again.out.isEmpty());
}

void TestWeightroomctlBench::refusesWrongUsage_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("words");
    const auto row = [](const char* line, const char* words) {
        QTest::newRow(line) << QString::fromUtf8(line) << QString::fromUtf8(words);
    };
    row("bench first --show x", "--show");
    row("bench --show x --iterations 7", "--iterations");
    row("bench --show x --list", "--list");
    row("bench --list first", "--list");
    row("bench --list --csv file", "--csv");
    row("bench --show", "--show");
}

void TestWeightroomctlBench::refusesWrongUsage()
{
    QFETCH(const QString, line);
    QFETCH(const QString, words);
    const CtlRun run = m_rig.run(m_rig.words(line));
    QCOMPARE(run.status, 2);
    QVERIFY(run.out.isEmpty());
    QVERIFY2(run.error.contains(words.toUtf8()), run.error);
}

void TestWeightroomctlBench::listsReports()
{
    const QString id = measured();
    const CtlRun text = m_rig.run({QStringLiteral("bench"), QStringLiteral("--list")});
    QVERIFY2(text.status == 0 && text.out.contains(id.toUtf8()), text.out);
    QVERIFY(text.out.contains("HOST_0") && text.out.contains("first"));
    QVERIFY(text.out.contains("SINCE BEFORE"));
    rewrite(id, {0.5, 0.5, 0.5, 0.5, 0.5});
    const QString slower = measured();
    rewrite(slower, {0.625, 0.625, 0.625, 0.625, 0.625});
    const CtlRun trend = m_rig.run({QStringLiteral("bench"), QStringLiteral("--list")});
    const QByteArray row = trend.out.mid(trend.out.indexOf(slower.toUtf8())).split('\n').first();
    QVERIFY2(row.contains(" +25.0 % ") && row.contains("first 625 ms"), trend.out);
    const CtlRun json = m_rig.run({QStringLiteral("--json"), QStringLiteral("bench"), QStringLiteral("--list")});
    const QJsonValue newest = json.answer()[QStringLiteral("reports")][0];
    QCOMPARE(newest[QStringLiteral("id")].toString(), slower);
    QCOMPARE(newest[QStringLiteral("trend")][QStringLiteral("before_id")].toString(), id);
}

void TestWeightroomctlBench::refusesBeforeItMeasures_data()
{
    m_rig.folder.write("models/taken.csv", "mine");
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("code");
    QTest::addColumn<int>("status");
    const auto row = [](const char* name, const char* line, const char* code, int status) {
        QTest::newRow(name) << QString::fromUtf8(line) << QString::fromUtf8(code) << status;
    };
    row("no model", "bench", "missing_field", 2);
    row("unknown model", "bench no-such-model", "model_not_found", 2);
    row("unknown report", "bench first --compare none", "benchmark_not_found", 2);
    row("no such report", "bench --show none", "benchmark_not_found", 2);
    row("a file that is there for the report", "bench first --report %/taken.csv", "already_exists", 3);
    row("a file that is there", "bench first --csv %/taken.csv", "already_exists", 3);
    row("one file for both", "bench first --csv %/new --report %/../models/new", "invalid_value", 2);
    row("unknown device", "bench first --device GPU_7", "device_not_found", 2);
    row("too many", "bench first --iterations 201", "invalid_value", 2);
}

void TestWeightroomctlBench::refusesBeforeItMeasures()
{
    QFETCH(QString, line);
    const CtlRun run = m_rig.run(with({QStringLiteral("--data-folder"), m_rig.path("empty")}, m_rig.words(line)));
    QTEST(run.code(), "code");
    QTEST(run.status, "status");
    QVERIFY(run.out.isEmpty());
    QVERIFY(!QFile::exists(m_rig.path("empty/benchmarks")));
}

/// The others are measured and the report is printed, but a script sees that not all is well.
void TestWeightroomctlBench::endsWithTheProblemOfAModel()
{
    m_rig.folder.write("models/large.safetensors", model("large", 64 * 1024 * 1024));
    const CtlRun run = m_rig.run(with({QStringLiteral("--host-device"), QStringLiteral("32MiB")},
        m_rig.words(QStringLiteral("bench large first --temperature page_cache --iterations 1"))));
    QVERIFY(QFile::remove(m_rig.path("models/large.safetensors")));
    QCOMPARE(run.status, 4);
    QVERIFY2(run.out.contains("NOT MEASURED TO THE END: ") && run.out.contains("\nwhole "), run.out);
}

QTEST_GUILESS_MAIN(TestWeightroomctlBench)
#include "test_weightroomctl_bench.moc"
