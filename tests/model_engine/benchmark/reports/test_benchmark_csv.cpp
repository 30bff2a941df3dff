// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/reports/benchmark_csv.h"

#include "tests/model_engine/benchmark/reports/sample_report.h"

#include <QTest>

#include <locale>
#include <set>

using namespace weightroom;
using namespace weightroom::engine;

namespace {

std::vector<std::string> linesOf(const std::string& table)
{
    std::vector<std::string> lines;
    for (std::size_t begin = 0, end = 0; (end = table.find("\r\n", begin)) != std::string::npos; begin = end + 2)
        lines.push_back(table.substr(begin, end - begin));
    return lines;
}

/// The field of the model's name in a table that has one row.
std::string nameField(const std::string& name)
{
    BenchmarkReport report = test::sampleReport();
    report.models.resize(1);
    report.models[0].model.name = name;
    report.models[0].stages = {test::stageOf(BenchmarkStage::Disk, {0.5})};
    const std::string table = toCsv(report);
    const std::string before = "sd_xl_base-3f9c21d08a7be614,";
    const std::string after = ",sd_xl_base-0123456789abcdef,";
    const std::size_t begin = table.find(before) + before.size();
    return table.substr(begin, table.find(after) - begin);
}

} // namespace

class TestBenchmarkCsv : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void hasARowForEachMeasurement();
    void leavesUnknownEmpty();
    void quotes_data();
    void quotes();
    void writesNumbersWithAPoint();
    void explainsEachColumn();
};

void TestBenchmarkCsv::hasARowForEachMeasurement()
{
    const std::vector<std::string> lines = linesOf(toCsv(test::sampleReport()));
    QCOMPARE(lines.size(), 1U + 2 * 3 * 5 + 2);
    QCOMPARE(lines[0],
        std::string{"report_id,started_at,model_id,model,content_key,model_bytes,format,components,device_kind,"
                    "device_id,optimization_level,precision,temperature,stage,iteration,seconds,bytes,"
                    "bytes_per_second"});
    QCOMPARE(lines[1],
        std::string{"20261127T101500250Z-7,2026-11-27T10:15:00.250Z,sd_xl_base-3f9c21d08a7be614,sd_xl_base,"
                    "sd_xl_base-0123456789abcdef,1073741824,safetensors,unet_sdxl vae_kl_f8,cuda,GPU_0,balanced,fp16,"
                    "disk,disk,1,0.5,1073741824,2147483648"});
    QVERIFY(lines[2].ends_with("disk,disk,2,0.52,1073741824,2064888123.076923"));
    QVERIFY(lines[6].find(",disk,copy,1,0.1,") != std::string::npos);
    QVERIFY(lines[16].ends_with(",disk,peer,1,0.9,1073741824,1193046471.1111112"));
    QVERIFY(lines[17].ends_with(",disk,peer,2,0.95,1073741824,1130254551.5789473"));
    QVERIFY(lines[18].find(",flux,") != std::string::npos);
}

void TestBenchmarkCsv::leavesUnknownEmpty()
{
    BenchmarkReport report = test::sampleReport();
    report.machine.device = {};
    report.settings.device = {};
    report.models.resize(1);
    report.models[0].stages = {test::stageOf(BenchmarkStage::Unload, {0}, Bytes{})};
    report.models[0].peer = {};
    const std::vector<std::string> lines = linesOf(toCsv(report));
    QCOMPARE(lines.size(), 2U);
    QVERIFY(lines[1].ends_with("vae_kl_f8,,,balanced,fp16,disk,unload,1,0,0,"));
}

void TestBenchmarkCsv::quotes_data()
{
    QTest::addColumn<std::string>("name");
    QTest::addColumn<std::string>("field");
    const auto row = [](const char* what, std::string name, std::string field) {
        QTest::newRow(what) << std::move(name) << std::move(field);
    };
    row("plain", "a model", "a model");
    row("comma", "a,b", "\"a,b\"");
    row("quote", "a\"b", "\"a\"\"b\"");
    row("line break", "a\nb", "\"a\nb\"");
    row("carriage return", "a\rb", "\"a\rb\"");
    row("formula", "=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\"");
    row("plus", "+1", "'+1");
    row("minus", "-1", "'-1");
    row("at", "@x", "'@x");
    row("tab", "\tx", "'\tx");
    row("begins with a carriage return", "\rx", "\"'\rx\"");
    row("not UTF-8", "a\xff", "a\xef\xbf\xbd");
    row("empty", "", "");
}

void TestBenchmarkCsv::quotes()
{
    QFETCH(const std::string, name);
    QFETCH(const std::string, field);
    QCOMPARE(nameField(name), field);
}

void TestBenchmarkCsv::writesNumbersWithAPoint()
{
    struct Comma : std::numpunct<char> {
        [[nodiscard]] char do_decimal_point() const override { return ','; }
    };
    const std::locale before = std::locale::global(std::locale{std::locale{}, new Comma});
    const std::string table = toCsv(test::sampleReport());
    std::locale::global(before);
    QVERIFY(table.find(",1,0.5,") != std::string::npos);
}

void TestBenchmarkCsv::explainsEachColumn()
{
    std::set<std::string_view> names;
    for (const CsvColumn& column : benchmarkCsvColumns()) {
        names.insert(column.name);
        QVERIFY(column.help.ends_with("."));
    }
    QCOMPARE(names.size(), benchmarkCsvColumns().size());
}

QTEST_APPLESS_MAIN(TestBenchmarkCsv)
#include "test_benchmark_csv.moc"
