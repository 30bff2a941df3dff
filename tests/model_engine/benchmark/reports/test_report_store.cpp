// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/reports/report_store.h"

#include "tests/model_engine/benchmark/reports/sample_report.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/resource_check.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/unprivileged_files.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom;
using namespace weightroom::engine;
using weightroom::test::TemporaryFolder;

namespace {

/// One of several runs, each a minute after the one before.
BenchmarkReport reportNumber(int number)
{
    BenchmarkReport report = test::sampleReport();
    report.startedAt += std::chrono::minutes{number};
    report.id = benchmarkIdOf(report.startedAt, 1);
    return report;
}

std::vector<BenchmarkId> idsIn(const ReportStore& store)
{
    std::vector<BenchmarkId> ids;
    const auto reports = store.list();
    for (const StoredReport& report : reports.value())
        ids.push_back(report.id);
    return ids;
}

} // namespace

class TestReportStore : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = test::currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void keepsAReport();
    void listsTheNewestFirst();
    void showsAHead();
    void leavesOutWhatWasNotMeasured();
    void hasNothingWithoutAFolder();
    void overwritesNothing();
    void keepsNothingThatItCouldNotRead();
    void listsBrokenFilesAsSuch_data();
    void listsBrokenFilesAsSuch();
    void leavesOtherFilesAlone();
    void goesNowhereElse_data();
    void goesNowhereElse();
    void removesWhatIsAskedFor();
    void removesTheOldestBeyondTheBound();
    void neverRemovesWhatItHasJustSaved();
    void leavesNothingOnAFullDisk();
    void readsWhereItMayNotWrite();
    void saysWhyAnOldReportStays();
    void refusesAFileInPlaceOfTheFolder();

private:
    test::ResourceUse m_before;
};

void TestReportStore::keepsAReport()
{
    const TemporaryFolder folder;
    const ReportStore store{folder / "data" / "benchmarks"};
    const auto saved = store.save(test::sampleReport());
    VERIFY_RESULT(saved);
    QVERIFY(saved->removed.empty() && !saved->problem);
    const auto loaded = store.load({"20261127T101500250Z-7"});
    VERIFY_RESULT(loaded);
    QCOMPARE(writeJson(toJson(*loaded)), writeJson(toJson(test::sampleReport())));
    QVERIFY(std::filesystem::exists(folder / "data" / "benchmarks" / "20261127T101500250Z-7.json"));
}

void TestReportStore::listsTheNewestFirst()
{
    const TemporaryFolder folder;
    const ReportStore store{folder.path()};
    for (const int number : {2, 1, 3})
        VERIFY_RESULT(store.save(reportNumber(number)));
    QVERIFY(idsIn(store) == (std::vector{reportNumber(3).id, reportNumber(2).id, reportNumber(1).id}));
}

void TestReportStore::showsAHead()
{
    const TemporaryFolder folder;
    const ReportStore store{folder.path()};
    VERIFY_RESULT(store.save(test::sampleReport()));
    const auto reports = store.list();
    VERIFY_RESULT(reports);
    const auto& head = reports->at(0).head;
    VERIFY_RESULT(head);
    QCOMPARE(writeJson(toJson(*head)),
        std::string{
            R"({"id":"20261127T101500250Z-7","started_at":"2026-11-27T10:15:00.250Z","end":"finished",)"
            R"("device_id":"GPU_0","device_name":"NVIDIA H100 80GB HBM3","precision":"fp16","temperature":"disk",)"
            R"("iterations":5,"version":"0.1.0","models":[{"name":"sd_xl_base","whole_seconds":0.71},)"
            R"({"name":"flux","whole_seconds":0.71}]})"});
}

void TestReportStore::leavesOutWhatWasNotMeasured()
{
    BenchmarkReport report = test::sampleReport();
    report.machine.device = {};
    report.models[0].stages.clear();
    const ReportHead head = headOf(report);
    QVERIFY(!head.models[0].wholeSeconds && head.models[1].wholeSeconds);
    QVERIFY(toJson(head).at("device_name") == "");
    QVERIFY(toJson(head).at("models").at(0).at("whole_seconds").is_null());
}

void TestReportStore::hasNothingWithoutAFolder()
{
    const TemporaryFolder folder;
    const ReportStore empty{folder / "benchmarks"};
    QVERIFY(idsIn(empty).empty());
    VERIFY_ERROR(empty.load(test::sampleReport().id), ErrorCode::BenchmarkNotFound);
    VERIFY_ERROR(empty.remove(test::sampleReport().id), ErrorCode::BenchmarkNotFound);
    QVERIFY(folder.entries().empty());

    const ReportStore nowhere{{}};
    QVERIFY(idsIn(nowhere).empty());
    VERIFY_ERROR(nowhere.save(test::sampleReport()), ErrorCode::Unsupported);
    VERIFY_ERROR(nowhere.load(test::sampleReport().id), ErrorCode::BenchmarkNotFound);
    VERIFY_ERROR(nowhere.remove(test::sampleReport().id), ErrorCode::BenchmarkNotFound);
}

void TestReportStore::overwritesNothing()
{
    const TemporaryFolder folder;
    const ReportStore store{folder.path()};
    VERIFY_RESULT(store.save(test::sampleReport()));
    BenchmarkReport other = test::sampleReport();
    other.seconds = 99;
    VERIFY_ERROR(store.save(other), ErrorCode::AlreadyExists);
    QCOMPARE(store.load(other.id)->seconds, 12.5);
    QCOMPARE(folder.entries().size(), 1U);
}

void TestReportStore::keepsNothingThatItCouldNotRead()
{
    const TemporaryFolder folder;
    const ReportStore store{folder.path()};
    BenchmarkReport escaping = test::sampleReport();
    escaping.id = {"../20261127T101500250Z-7"};
    VERIFY_ERROR(store.save(escaping), ErrorCode::InvalidValue);
    BenchmarkReport tooMany = test::sampleReport();
    tooMany.models.resize(kMostBenchmarkModels + 1, test::sampleModel("x"));
    VERIFY_ERROR(store.save(tooMany), ErrorCode::InvalidValue);
    BenchmarkReport endless = test::sampleReport();
    endless.seconds = std::numeric_limits<double>::infinity();
    VERIFY_ERROR(store.save(endless), ErrorCode::InvalidValue);
    BenchmarkReport huge = test::sampleReport();
    huge.models[0].problem = Error{ErrorCode::Internal, std::string(kLargestReport.value / 5, '\1')}; // six bytes each
    const auto refused = store.save(huge);
    VERIFY_ERROR(refused, ErrorCode::InvalidValue);
    QCOMPARE(refused.error().context.available, std::optional{kLargestReport});
    QVERIFY(folder.entries().empty());
}

void TestReportStore::listsBrokenFilesAsSuch_data()
{
    QTest::addColumn<std::string>("content");
    QTest::addColumn<ErrorCode>("code");
    const std::string whole = writeJson(toJson(test::sampleReport()));
    QTest::newRow("empty") << std::string{} << ErrorCode::InvalidJson;
    QTest::newRow("cut") << whole.substr(0, whole.size() / 2) << ErrorCode::InvalidJson;
    QTest::newRow("another document") << std::string{"{}"} << ErrorCode::InvalidValue;
    QTest::newRow("newer") << std::string{R"({"document":"weightroom_benchmark","format_version":2})"}
                           << ErrorCode::Unsupported;
    QTest::newRow("of another id") << whole << ErrorCode::InvalidValue;
    QTest::newRow("too large") << std::string(kLargestReport.value + 1, ' ') << ErrorCode::InvalidValue;
}

void TestReportStore::listsBrokenFilesAsSuch()
{
    QFETCH(const std::string, content);
    QFETCH(const ErrorCode, code);
    const TemporaryFolder folder;
    const ReportStore store{folder.path()};
    VERIFY_RESULT(store.save(test::sampleReport()));
    const auto file = folder.write("20271127T101500250Z-1.json", content);
    const auto reports = store.list();
    VERIFY_RESULT(reports);
    QCOMPARE(reports->size(), 2U);
    QCOMPARE(reports->at(0).id.text, std::string{"20271127T101500250Z-1"});
    VERIFY_ERROR(reports->at(0).head, code);
    QCOMPARE(reports->at(0).head.error().context.path, file.string());
    VERIFY_RESULT(reports->at(1).head);
    VERIFY_ERROR(store.load(reports->at(0).id), code);
    VERIFY_RESULT(store.remove(reports->at(0).id)); // on request
}

void TestReportStore::leavesOtherFilesAlone()
{
    const TemporaryFolder folder;
    const ReportStore store{folder.path(), 1};
    for (const char* name : {"notes.json", "20261127T101500250Z-7.txt", "20261127T101500250Z-7", ".hidden.json",
             "20261127T101500250Z-7.json.json"})
        folder.write(name, "mine");
    for (const int number : {1, 2})
        VERIFY_RESULT(store.save(reportNumber(number)));
    QVERIFY(idsIn(store) == std::vector{reportNumber(2).id});
    QCOMPARE(folder.entries().size(), 6U);
}

void TestReportStore::goesNowhereElse_data()
{
    QTest::addColumn<std::string>("id");
    for (const char* id : {"", ".", "..", "../secret", "/etc/passwd", "20261127T101500250Z-7/../../secret", "secret",
             "../20261127T101500250Z-7", "20261127T101500250Z-7\n"})
        QTest::newRow(id) << std::string{id};
    QTest::newRow("a NUL") << std::string{"20261127T101500250Z-7\0", 22};
}

void TestReportStore::goesNowhereElse()
{
    QFETCH(const std::string, id);
    const TemporaryFolder folder;
    const std::string content = writeJson(toJson(test::sampleReport()));
    folder.write("secret.json", content);
    folder.write("20261127T101500250Z-7.json", content);
    folder.write("benchmarks/secret.json", content);
    folder.write("benchmarks/20261127T101500250Z-7.json", content);
    const ReportStore store{folder / "benchmarks"};
    VERIFY_ERROR(store.load({id}), ErrorCode::BenchmarkNotFound);
    VERIFY_ERROR(store.remove({id}), ErrorCode::BenchmarkNotFound);
    QCOMPARE(folder.entries().size(), 3U);
    QCOMPARE(idsIn(store).size(), 1U);
}

void TestReportStore::removesWhatIsAskedFor()
{
    const TemporaryFolder folder;
    const ReportStore store{folder.path()};
    for (const int number : {1, 2})
        VERIFY_RESULT(store.save(reportNumber(number)));
    VERIFY_RESULT(store.remove(reportNumber(1).id));
    QVERIFY(idsIn(store) == std::vector{reportNumber(2).id});
    VERIFY_ERROR(store.remove(reportNumber(1).id), ErrorCode::BenchmarkNotFound);
}

void TestReportStore::removesTheOldestBeyondTheBound()
{
    const TemporaryFolder folder;
    const ReportStore large{folder.path()};
    for (const int number : {1, 2, 3})
        VERIFY_RESULT(large.save(reportNumber(number)));
    folder.write("20201127T101500250Z-1.json", "broken");
    const ReportStore store{folder.path(), 3};
    QCOMPARE(idsIn(store).size(), 4U); // a list removes nothing
    const auto saved = store.save(reportNumber(4));
    VERIFY_RESULT(saved);
    QVERIFY(saved->removed == (std::vector{BenchmarkId{"20201127T101500250Z-1"}, reportNumber(1).id}));
    QVERIFY(idsIn(store) == (std::vector{reportNumber(4).id, reportNumber(3).id, reportNumber(2).id}));
    QCOMPARE(ReportStore::kMost, 500U);
}

/// Somebody has set the clock back.
void TestReportStore::neverRemovesWhatItHasJustSaved()
{
    const TemporaryFolder folder;
    const ReportStore store{folder.path(), 2};
    for (const int number : {2, 3})
        VERIFY_RESULT(store.save(reportNumber(number)));
    const auto saved = store.save(reportNumber(1));
    VERIFY_RESULT(saved);
    QVERIFY(saved->removed == std::vector{reportNumber(2).id});
    QVERIFY(idsIn(store) == (std::vector{reportNumber(3).id, reportNumber(1).id}));
}

void TestReportStore::leavesNothingOnAFullDisk()
{
    const TemporaryFolder folder;
    const ReportStore store{folder.path(), 1};
    VERIFY_RESULT(store.save(reportNumber(1)));
    const auto saved = [&store] {
        const test::FileSizeLimit limit{1000};
        return store.save(reportNumber(2));
    }();
    VERIFY_ERROR(saved, ErrorCode::DiskFull);
    QVERIFY(idsIn(store) == std::vector{reportNumber(1).id}); // nor has anything made room for it
    QCOMPARE(folder.entries().size(), 1U);
}

void TestReportStore::readsWhereItMayNotWrite()
{
    const TemporaryFolder folder;
    const ReportStore store{folder / "benchmarks"};
    VERIFY_RESULT(store.save(reportNumber(1)));
    using std::filesystem::perms;
    std::filesystem::permissions(folder.path(), perms(0755));
    std::filesystem::permissions(folder / "benchmarks", perms(0555));
    const test::UnprivilegedFiles unprivileged;
    VERIFY_ERROR(store.save(reportNumber(2)), ErrorCode::PermissionDenied);
    VERIFY_ERROR(store.remove(reportNumber(1).id), ErrorCode::PermissionDenied);
    QVERIFY(idsIn(store) == std::vector{reportNumber(1).id});
    VERIFY_RESULT(store.load(reportNumber(1).id));
}

void TestReportStore::saysWhyAnOldReportStays()
{
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder / "20201127T101500250Z-1.json" / "x"); // unlink() cannot take it
    const ReportStore store{folder.path(), 1};
    const auto saved = store.save(reportNumber(1));
    VERIFY_RESULT(saved);
    QVERIFY(saved->removed.empty());
    QCOMPARE(saved->problem->code, ErrorCode::NotRegularFile);
    QCOMPARE(store.list()->size(), 2U);
    VERIFY_ERROR(store.list()->at(1).head, ErrorCode::NotRegularFile);
}

void TestReportStore::refusesAFileInPlaceOfTheFolder()
{
    const TemporaryFolder folder;
    const ReportStore store{folder.write("benchmarks", "a file")};
    QVERIFY(!store.save(test::sampleReport()));
    VERIFY_ERROR(store.list(), ErrorCode::NotFound);
}

QTEST_APPLESS_MAIN(TestReportStore)
#include "test_report_store.moc"
