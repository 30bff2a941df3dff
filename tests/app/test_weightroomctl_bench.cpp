// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/ctl_rig.h"
#include "tests/support/scripted_python.h"

#include <QJsonArray>
#include <QTest>

using namespace weightroom::test;

namespace {

const QString kBench = QStringLiteral("bench %/first.safetensors --temperature page_cache --iterations 5");

QStringList with(QStringList words, const QStringList& more) { return words << more; }

/// A model with a matrix of fp32 that are all 0.
std::string numbers()
{
    const std::string zeros(64 * 32 * sizeof(float), '\0');
    return SafetensorsBuilder().entry("proj.weight", "F32", {64, 32}, 0, zeros.size()).data(zeros).build();
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
    void listsReports();
    void refusesBeforeItMeasures_data();
    void refusesBeforeItMeasures();
    void endsWithTheProblemOfAModel();

private:
    /// The id of a report that was made now.
    QString measured();

    const CtlRig m_rig;
};

QString TestWeightroomctlBench::measured()
{
    const CtlRun run = m_rig.run(with({QStringLiteral("--json")}, m_rig.words(kBench)));
    return run.answer()[QStringLiteral("report")][QStringLiteral("id")].toString();
}

void TestWeightroomctlBench::printsATableOfStages()
{
    const QString csv = m_rig.path("measured.csv");
    const CtlRun run = m_rig.run(with(m_rig.words(kBench), {QStringLiteral("--csv"), csv}));
    QVERIFY2(run.status == 0 && run.error.isEmpty(), run.error);
    for (const char* part : {"finished, to HOST_0, from the page cache, 5 iterations", "first: 2", "STAGE", "OF LIMIT",
             "\ndisk ", "\ncache ", "\ncopy ", "\nunload ", "\nwhole ", "AT MOST", "\nto the device "})
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
    for (const char* part :
        {"\nCALCULATION ", "\nmatmul ", "64 x 32", " right ", "FLOP/s", "not all was calculated: "})
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

void TestWeightroomctlBench::listsReports()
{
    const QString id = measured();
    const CtlRun text = m_rig.run({QStringLiteral("bench"), QStringLiteral("--list")});
    QVERIFY2(text.status == 0 && text.out.contains(id.toUtf8()), text.out);
    QVERIFY(text.out.contains("HOST_0") && text.out.contains("first"));
    const CtlRun json = m_rig.run({QStringLiteral("--json"), QStringLiteral("bench"), QStringLiteral("--list")});
    QCOMPARE(json.answer()[QStringLiteral("reports")][0][QStringLiteral("id")].toString(), id);
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
    row("a file that is there", "bench first --csv %/taken.csv", "already_exists", 3);
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
