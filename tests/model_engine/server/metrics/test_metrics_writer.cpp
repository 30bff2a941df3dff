// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/metrics/metrics_writer.h"

#include <QTest>

#include <limits>
#include <optional>

using namespace weightroom::engine;

class TestMetricsWriter : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void writesFamilies();
    void leavesOutWhatIsUnknown();
    void writesNumbers_data();
    void writesNumbers();
    void escapesLabels_data();
    void escapesLabels();
    void leavesOutEmptyLabels();
};

namespace {

constexpr MetricFamily kPower{"power_watts", MetricType::Gauge, "watts", "What it takes."};
constexpr MetricFamily kLoads{"loads", MetricType::Counter, "", "Loads."};
constexpr MetricFamily kBuild{"build", MetricType::Info, "", "The version."};
constexpr std::optional<double> kUnknown;

} // namespace

void TestMetricsWriter::writesFamilies()
{
    MetricsWriter out;
    out.begin(kPower);
    out.add(R"({device="GPU_0"})", 1.5);
    out.add(R"({device="GPU_1"})", 2.5);
    out.begin(kLoads);
    out.add("", 3);
    out.begin(kBuild);
    out.add(R"({version="1"})", 1);
    QCOMPARE(std::move(out).finish(),
        std::string{"# TYPE power_watts gauge\n# UNIT power_watts watts\n# HELP power_watts What it takes.\n"
                    "power_watts{device=\"GPU_0\"} 1.5\npower_watts{device=\"GPU_1\"} 2.5\n"
                    "# TYPE loads counter\n# HELP loads Loads.\nloads_total 3\n"
                    "# TYPE build info\n# HELP build The version.\nbuild_info{version=\"1\"} 1\n# EOF\n"});
    QCOMPARE(kLoads.sampleName(), std::string{"loads_total"});
    QCOMPARE(MetricsWriter{}.finish(), std::string{"# EOF\n"});
}

void TestMetricsWriter::leavesOutWhatIsUnknown()
{
    MetricsWriter out;
    out.begin(kPower);
    out.add("", kUnknown);
    out.add("", std::numeric_limits<double>::quiet_NaN());
    out.add("", std::numeric_limits<double>::infinity());
    out.begin(kLoads);
    out.add("", std::optional{0});
    QCOMPARE(std::move(out).finish(), std::string{"# TYPE loads counter\n# HELP loads Loads.\nloads_total 0\n# EOF\n"});
}

void TestMetricsWriter::writesNumbers_data()
{
    QTest::addColumn<double>("number");
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("zero") << 0.0 << QByteArray{"0"};
    QTest::newRow("as short as can be") << 0.1 << QByteArray{"0.1"};
    QTest::newRow("whole") << 1234567.0 << QByteArray{"1234567"};
    QTest::newRow("large") << 1e300 << QByteArray{"1e+300"};
    QTest::newRow("small") << 5e-324 << QByteArray{"5e-324"};
    QTest::newRow("long") << -2.2250738585072014e-308 << QByteArray{"-2.2250738585072014e-308"};
}

void TestMetricsWriter::writesNumbers()
{
    QFETCH(double, number);
    QFETCH(QByteArray, text);
    MetricsWriter out;
    out.begin(kPower);
    out.add("", number);
    out.add("", std::numeric_limits<std::uint64_t>::max());
    out.add("", Bytes{7});
    out.add("", -3);
    out.add("", true);
    const std::string written = std::move(out).finish();
    const std::string expected = "\npower_watts " + text.toStdString()
        + "\npower_watts 18446744073709551615\npower_watts 7\npower_watts -3\npower_watts 1\n# EOF\n";
    QVERIFY2(written.ends_with(expected), written.c_str());
}

void TestMetricsWriter::escapesLabels_data()
{
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QByteArray>("written");
    const auto row = [](const char* name, const QByteArray& value, const char* written) {
        QTest::newRow(name) << value << QByteArray{written};
    };
    row("plain", "Flux.2 (fp8) {x=1}, y", "Flux.2 (fp8) {x=1}, y");
    row("backslash", R"(C:\new)", R"(C:\\new)");
    row("quotation mark", R"(a"} 1)", R"(a\"} 1)");
    row("line feed", "a\n# EOF", R"(a\n# EOF)");
    row("other characters", "Mod\xC3\xA8le \xF0\x9F\x8E\xA8", "Mod\xC3\xA8le \xF0\x9F\x8E\xA8");
    row("no UTF-8", "a\xFF\xC3", "a\xEF\xBF\xBD\xEF\xBF\xBD");
    row("controls", QByteArray{"\0\t\r\x1B[2J\x7F\xC2\x9B", 9},
        "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD[2J\xEF\xBF\xBD\xEF\xBF\xBD");
}

void TestMetricsWriter::escapesLabels()
{
    QFETCH(QByteArray, value);
    QFETCH(QByteArray, written);
    QCOMPARE(metricLabels({{"name", {value.data(), static_cast<std::size_t>(value.size())}}}),
        "{name=\"" + written.toStdString() + "\"}");
}

void TestMetricsWriter::leavesOutEmptyLabels()
{
    QCOMPARE(metricLabels({}), std::string{});
    QCOMPARE(metricLabels({{"a", ""}}), std::string{});
    QCOMPARE(metricLabels({{"a", ""}, {"b", "1"}, {"c", ""}, {"d", "2"}}), std::string{R"({b="1",d="2"})"});
}

QTEST_APPLESS_MAIN(TestMetricsWriter)
#include "test_metrics_writer.moc"
