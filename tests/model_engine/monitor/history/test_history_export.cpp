// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/history/history_export.h"

#include "model_engine/core/json.h"
#include "tests/model_engine/monitor/history/history_rig.h"
#include "tests/support/failing_vfs.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/unprivileged_files.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;
using std::chrono::seconds;

namespace {

constexpr HistorySpan kHour{kStart, kStart + 1h};
constexpr std::string_view kHead = "time,metric,device,unit,step_seconds,minimum,mean,maximum,count\n";

std::string contentOf(const std::filesystem::path& path)
{
    return readSmallFile(path, kMiB * 64).value_or("unreadable");
}

} // namespace

class TestHistoryExport : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void namesFormats();
    void writesCsv();
    void writesJson();
    void choosesTheStepOfEachSeries();
    void takesNamesForText_data();
    void takesNamesForText();
    void writesWhatHasNothing();
    void writesManyPoints_data();
    void writesManyPoints();
    void writesManyPointsAsJson();
    void overwritesNothingUnasked();
    void replacesWhenAsked();
    void refusesWhatItCannotWrite();
    void leavesNothingWhenItIsCancelled();
    void leavesNothingWhenTheDiskIsFull();
    void leavesNothingWhenTheHistoryFails();

private:
    [[nodiscard]] HistoryExport request(HistoryFormat format, std::vector<SeriesKey> series) const
    {
        return {std::move(series), kHour, HistoryStep::Unknown, format, *m_folder / "history"};
    }
    [[nodiscard]] Result<> fillHours(int hours);

    std::unique_ptr<HistoryRig> m_rig;
    std::unique_ptr<TemporaryFolder> m_folder; ///< where the files come
    std::unique_ptr<HistoryStore> m_store;
};

void TestHistoryExport::init()
{
    m_store.reset();
    m_rig = std::make_unique<HistoryRig>();
    m_folder = std::make_unique<TemporaryFolder>(quickFolder());
    m_store = m_rig->open();
}

/// A sample a second.
Result<> TestHistoryExport::fillHours(int hours)
{
    HistoryBatch batch;
    for (int second = 0; second < hours * 3600; ++second)
        batch.samples.push_back(sampleAt(seconds{second}, second));
    return m_store->write(batch);
}

void TestHistoryExport::namesFormats()
{
    for (const HistoryFormat format : {HistoryFormat::CsvText, HistoryFormat::JsonText})
        QVERIFY(historyFormatFromText(toText(format)) == format);
    QVERIFY(!historyFormatFromText("unknown"));
    QVERIFY(!historyFormatFromText("CSV"));
    QVERIFY(toText(HistoryFormat::Unknown) == "unknown");
}

void TestHistoryExport::writesCsv()
{
    VERIFY_RESULT(m_store->write(samplesOf({sampleAt(0s, 40.5), sampleAt(0s, 41), sampleAt(61s, -2),
        sampleAt(2s, 123456789012, kRamUsed), sampleAt(3s, 0.1, kRamUsed), sampleAt(3600s, 9)})));
    const auto done = exportHistory(*m_store, request(HistoryFormat::CsvText, {kTemperature, kRamUsed}));
    VERIFY_RESULT(done);
    QCOMPARE(done->points, std::uint64_t{4});
    const std::string content = contentOf(*m_folder / "history");
    QCOMPARE(content,
        std::string{kHead}
            + "2026-01-01T00:00:00Z,temperature,GPU_0,celsius,1,40.5,40.75,41,2\n"
              "2026-01-01T00:01:01Z,temperature,GPU_0,celsius,1,-2,-2,-2,1\n"
              "2026-01-01T00:00:02Z,ram_used,,bytes,1,123456789012,123456789012,123456789012,1\n"
              "2026-01-01T00:00:03Z,ram_used,,bytes,1,0.1,0.1,0.1,1\n");
    QCOMPARE(done->size, Bytes{content.size()});
}

void TestHistoryExport::writesJson()
{
    VERIFY_RESULT(m_store->write(
        samplesOf({sampleAt(0s, 40.5), sampleAt(0s, 41), sampleAt(61s, -2), sampleAt(2s, 123456789012, kRamUsed)})));
    HistoryExport wanted = request(HistoryFormat::JsonText, {kRamUsed, {Metric::Power, {"GPU_0"}}, kTemperature});
    wanted.step = HistoryStep::Hour;
    const auto done = exportHistory(*m_store, wanted);
    VERIFY_RESULT(done);
    const std::string content = contentOf(wanted.target);
    QCOMPARE(done->size, Bytes{content.size()});
    const auto document = parseJson(content);
    VERIFY_RESULT(document);
    const Json expected = {{"from", "2026-01-01T00:00:00Z"}, {"to", "2026-01-01T01:00:00Z"},
        {"series",
            {{{"metric", "ram_used"}, {"device", nullptr}, {"unit", "bytes"}, {"step_seconds", 3600},
                 {"points",
                     {{{"time", "2026-01-01T00:00:00Z"}, {"minimum", 123456789012.0}, {"mean", 123456789012.0},
                         {"maximum", 123456789012.0}, {"count", 1}}}}},
                {{"metric", "power"}, {"device", "GPU_0"}, {"unit", "watts"}, {"step_seconds", 3600},
                    {"points", Json::array()}},
                {{"metric", "temperature"}, {"device", "GPU_0"}, {"unit", "celsius"}, {"step_seconds", 3600},
                    {"points",
                        {{{"time", "2026-01-01T00:00:00Z"}, {"minimum", -2.0}, {"mean", 26.5}, {"maximum", 41.0},
                            {"count", 3}}}}}}}};
    QCOMPARE(document->dump(), expected.dump());
}

void TestHistoryExport::choosesTheStepOfEachSeries()
{
    VERIFY_RESULT(fillHours(1));
    VERIFY_RESULT(m_store->write(samplesOf({sampleAt(3500s, 1, kRamUsed)})));
    m_rig->clock().advance(1h);
    VERIFY_RESULT(m_store->prune({}));
    const auto done = exportHistory(*m_store, request(HistoryFormat::CsvText, {kTemperature, kRamUsed}));
    VERIFY_RESULT(done);
    QCOMPARE(done->points, std::uint64_t{61}); // 60 minutes, and one second
    const std::string content = contentOf(*m_folder / "history");
    QCOMPARE(std::ranges::count(content, '\n'), std::ptrdiff_t{62});
    QVERIFY(content.ends_with("Z,ram_used,,bytes,1,1,1,1,1\n"));
    QVERIFY(content.find(",celsius,60,0,29.5,59,60\n") != std::string::npos);
}

void TestHistoryExport::takesNamesForText_data()
{
    QTest::addColumn<std::string>("device");
    QTest::addColumn<std::string>("cell");
    QTest::newRow("comma") << std::string{"a,b"} << std::string{"\"a,b\""};
    QTest::newRow("quotes") << std::string{"\"a\""} << std::string{"\"\"\"a\"\"\""};
    QTest::newRow("line") << std::string{"a\nb"} << std::string{"a\\x0ab"};
    QTest::newRow("formula") << std::string{"=1+1"} << std::string{"'=1+1"};
    QTest::newRow("sum") << std::string{"+1"} << std::string{"'+1"};
    QTest::newRow("difference") << std::string{"-1"} << std::string{"'-1"};
    QTest::newRow("function") << std::string{"@SUM(A1,A2)"} << std::string{"\"'@SUM(A1,A2)\""};
    QTest::newRow("no formula") << std::string{"a=1"} << std::string{"a=1"};
    QTest::newRow("umlaut") << std::string{"ü"} << std::string{"ü"};
    QTest::newRow("no UTF-8") << std::string{"\xFF"} << std::string{"\\xff"};
}

void TestHistoryExport::takesNamesForText()
{
    QFETCH(std::string, device);
    QFETCH(std::string, cell);
    const SeriesKey series{Metric::Temperature, {device}};
    VERIFY_RESULT(m_store->write(samplesOf({sampleAt(0s, 1, series)})));
    VERIFY_RESULT(exportHistory(*m_store, request(HistoryFormat::CsvText, {series})));
    QCOMPARE(contentOf(*m_folder / "history"),
        std::string{kHead} + "2026-01-01T00:00:00Z,temperature," + cell + ",celsius,1,1,1,1,1\n");
    HistoryExport json = request(HistoryFormat::JsonText, {series});
    json.target += ".json";
    VERIFY_RESULT(exportHistory(*m_store, json));
    VERIFY_RESULT(parseJson(contentOf(json.target)));
}

void TestHistoryExport::writesWhatHasNothing()
{
    VERIFY_RESULT(exportHistory(*m_store, request(HistoryFormat::CsvText, {kTemperature})));
    QCOMPARE(contentOf(*m_folder / "history"), std::string{kHead});
    NullLog log;
    HistoryStore nowhere{{}, m_rig->clock(), log};
    HistoryExport wanted = request(HistoryFormat::JsonText, {});
    wanted.target += ".json";
    wanted.span = kAllTime;
    VERIFY_RESULT(exportHistory(nowhere, wanted));
    const auto document = parseJson(contentOf(wanted.target));
    VERIFY_RESULT(document);
    QVERIFY(document->at("series").empty());
}

void TestHistoryExport::writesManyPoints_data()
{
    QTest::addColumn<HistorySpan>("span");
    QTest::addColumn<std::int64_t>("points");
    QTest::newRow("all time") << kAllTime << std::int64_t{10'800};
    QTest::newRow("to the end of a piece") << HistorySpan{kStart, kStart + 8192s} << std::int64_t{8192};
    QTest::newRow("a second more") << HistorySpan{kStart, kStart + 8193s} << std::int64_t{8193};
    QTest::newRow("parts of seconds") << HistorySpan{kStart + 500ms, kStart + 8193s + 500ms} << std::int64_t{8194};
}

void TestHistoryExport::writesManyPoints()
{
    QFETCH(HistorySpan, span);
    QFETCH(std::int64_t, points);
    VERIFY_RESULT(fillHours(3));
    HistoryExport wanted = request(HistoryFormat::CsvText, {kTemperature});
    wanted.span = span;
    const auto done = exportHistory(*m_store, wanted);
    VERIFY_RESULT(done);
    QCOMPARE(static_cast<std::int64_t>(done->points), points);
    std::istringstream lines{contentOf(wanted.target)};
    std::string line;
    QVERIFY(std::getline(lines, line) && line + '\n' == kHead);
    for (std::int64_t second = 0; second < points; ++second) {
        const QByteArray value = QByteArray::number(second);
        const QByteArray end = ",1," + value + "," + value + "," + value + ",1";
        QVERIFY(std::getline(lines, line) && line.ends_with(end.toStdString()));
    }
    QVERIFY(!std::getline(lines, line));
}

void TestHistoryExport::writesManyPointsAsJson()
{
    VERIFY_RESULT(fillHours(2));
    HistoryExport wanted = request(HistoryFormat::JsonText, {kTemperature});
    wanted.span = kAllTime;
    VERIFY_RESULT(exportHistory(*m_store, wanted));
    const auto document = parseJson(contentOf(wanted.target), {.maxBytes = 64U << 20U});
    VERIFY_RESULT(document);
    const Json& points = document->at("series").at(0).at("points");
    QCOMPARE(points.size(), std::size_t{7200});
    QCOMPARE(points.back().at("mean").get<double>(), 7199.0);
}

void TestHistoryExport::overwritesNothingUnasked()
{
    m_folder->write("history", "of somebody else");
    VERIFY_ERROR(exportHistory(*m_store, request(HistoryFormat::CsvText, {kTemperature})), ErrorCode::AlreadyExists);
    QCOMPARE(contentOf(*m_folder / "history"), std::string{"of somebody else"});
    QCOMPARE(m_folder->entries(), std::set<std::string>{"history"});
}

void TestHistoryExport::replacesWhenAsked()
{
    m_folder->write("history", "of somebody else");
    HistoryExport wanted = request(HistoryFormat::CsvText, {kTemperature});
    wanted.ifExists = IfExists::Replace;
    VERIFY_RESULT(exportHistory(*m_store, wanted));
    QCOMPARE(contentOf(*m_folder / "history"), std::string{kHead});
    QCOMPARE(m_folder->entries(), std::set<std::string>{"history"});
}

void TestHistoryExport::refusesWhatItCannotWrite()
{
    VERIFY_ERROR(exportHistory(*m_store, request(HistoryFormat::Unknown, {kTemperature})), ErrorCode::InvalidValue);
    HistoryExport wanted = request(HistoryFormat::CsvText, {kTemperature});
    wanted.target = *m_folder / "missing/history";
    VERIFY_ERROR(exportHistory(*m_store, wanted), ErrorCode::NotFound);
    wanted.target = *m_folder / "read-only/history";
    std::filesystem::create_directory(wanted.target.parent_path());
    std::filesystem::permissions(wanted.target.parent_path(), std::filesystem::perms{0555});
    std::filesystem::permissions(m_folder->path(), std::filesystem::perms{0755});
    VERIFY_RESULT(m_store->series()); // is open before the rights go
    const UnprivilegedFiles unprivileged;
    VERIFY_ERROR(exportHistory(*m_store, wanted), ErrorCode::PermissionDenied);
}

void TestHistoryExport::leavesNothingWhenItIsCancelled()
{
    VERIFY_RESULT(fillHours(1));
    std::stop_source stop;
    stop.request_stop();
    VERIFY_ERROR(exportHistory(*m_store, request(HistoryFormat::CsvText, {kTemperature}), stop.get_token()),
        ErrorCode::Cancelled);
    QVERIFY(m_folder->entries().empty());
}

void TestHistoryExport::leavesNothingWhenTheDiskIsFull()
{
    VERIFY_RESULT(fillHours(1));
    Result<ExportedHistory> done;
    {
        const FileSizeLimit limit{100'000};
        done = exportHistory(*m_store, request(HistoryFormat::CsvText, {kTemperature}));
    }
    VERIFY_ERROR(done, ErrorCode::DiskFull);
    QVERIFY(m_folder->entries().empty());
}

void TestHistoryExport::leavesNothingWhenTheHistoryFails()
{
    VERIFY_RESULT(m_store->write(samplesOf({sampleAt(1s, 1), sampleAt(1000s, 2), sampleAt(3599s, 3)})));
    m_store.reset();
    const FailingVfs vfs;
    constexpr int kMostCalls = 1000;
    int failures = 0;
    for (int number = 1; number < kMostCalls; ++number) {
        const auto store = m_rig->open();
        FailingVfs::failAt(number, FailingVfs::Repeat::Once);
        const auto done = exportHistory(*store, request(HistoryFormat::CsvText, {kTemperature}));
        const bool isOver = !FailingVfs::hasFailed();
        FailingVfs::heal();
        failures += done ? 0 : 1;
        QCOMPARE(m_folder->entries().size(), std::size_t{done ? 1U : 0U});
        std::filesystem::remove(*m_folder / "history");
        if (isOver) {
            VERIFY_RESULT(done);
            QVERIFY(failures > 5);
            return;
        }
    }
    QFAIL("something fails for ever");
}

QTEST_APPLESS_MAIN(TestHistoryExport)
#include "test_history_export.moc"
