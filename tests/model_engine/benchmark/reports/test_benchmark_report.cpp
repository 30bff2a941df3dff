// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/reports/benchmark_report.h"

#include "tests/model_engine/benchmark/reports/sample_report.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <functional>
#include <set>

using namespace weightroom;
using namespace weightroom::engine;

using Change = std::function<void(Json&)>;
Q_DECLARE_METATYPE(Change)

namespace {

/// All places in a document that hold a value: "/settings/iterations". Lists by their first row.
void collectPlaces(const Json& value, const Json::json_pointer& place, std::vector<Json::json_pointer>& places)
{
    if (!place.empty())
        places.push_back(place);
    if (value.is_object()) {
        for (const auto& [name, member] : value.items())
            collectPlaces(member, place / name, places);
    } else if (value.is_array() && !value.empty()) {
        collectPlaces(value.front(), place / std::size_t{0}, places);
    }
}

bool isBelow(const std::string& place, std::initializer_list<std::string_view> names)
{
    return std::ranges::any_of(names, [&](std::string_view name) { return place.find(name) != std::string::npos; });
}

/// What cannot stand in the place of this value.
std::vector<Json> valuesOfOtherTypes(const Json& value)
{
    std::vector<Json> others{nullptr};
    const auto add = [&](bool isOther, Json other) {
        if (isOther)
            others.push_back(std::move(other));
    };
    add(!value.is_boolean(), true);
    add(!value.is_number(), 5);
    add(value.is_number(), -1);
    add(value.is_number_integer(), 1.5);
    add(true, "strange");
    add(value.is_string(), std::string(4097, 'x'));
    add(true, Json::array({nullptr}));
    add(!value.is_object(), Json::object());
    // Any text is a name.
    if (value.is_string())
        std::erase(others, Json("strange"));
    return others;
}

/// What follows from other fields, and what the lenient reader of errors reads.
bool isFree(const std::string& place)
{
    return isBelow(place,
               {"/statistics", "/bytes_per_second", "/limit/", "/limited_by", "/slowest_stage",
                   "/operations_per_second", "/peer_ratio", "problem/", "/missing/0/"})
        || place.ends_with("/limit");
}

} // namespace

class TestBenchmarkReport : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void comesBackAsItWas();
    void comesBackWithoutWhatIsUnknown();
    void writesWhatFollows();
    void doesNotReadWhatFollows();
    void refusesEveryMissingField();
    void refusesEveryFieldOfAnotherType();
    void refusesFieldsThatItDoesNotKnow();
    void refusesWhatContradictsItself_data();
    void refusesWhatContradictsItself();
    void refusesANewerVersion();
    void refusesWhatIsNoReport_data();
    void refusesWhatIsNoReport();
    void readsTheLargest();
    void writesNamesThatAreNotUtf8();
    void makesIdsThatSort();
    void knowsItsIds_data();
    void knowsItsIds();

private:
    const Json m_document = toJson(test::sampleReport());
};

void TestBenchmarkReport::comesBackAsItWas()
{
    const BenchmarkReport report = test::sampleReport();
    const auto read = readBenchmarkReport(writeJson(m_document, 1));
    VERIFY_RESULT(read);
    QVERIFY(read->id == report.id && read->startedAt == report.startedAt && read->end == report.end);
    QVERIFY(read->settings == report.settings);
    QVERIFY(read->machine == report.machine);
    QVERIFY(read->models[0].model == report.models[0].model);
    QVERIFY(read->models[0].stages == report.models[0].stages);
    QVERIFY(read->models[0].peer == report.models[0].peer);
    QVERIFY(read->otherLoads == 0U);
    QVERIFY(!read->models[0].problem && !read->models[1].peer);
    QCOMPARE(read->models[1].problem->code, ErrorCode::OutOfDeviceMemory);
    QCOMPARE(read->limits.missing[0].detail, std::string{"no download"});
    QVERIFY(!read->limits.deviceDownload);
    QCOMPARE(writeJson(toJson(*read)), writeJson(m_document)); // and all that is left
}

void TestBenchmarkReport::comesBackWithoutWhatIsUnknown()
{
    BenchmarkReport report = test::sampleReport();
    report.settings.device = {};
    report.machine = {};
    report.limits = {};
    report.models = {};
    report.otherLoads.reset();
    const auto read = readBenchmarkReport(writeJson(toJson(report)));
    VERIFY_RESULT(read);
    QVERIFY(!read->machine.device && !read->limits.diskRead && read->models.empty());
    QVERIFY(!read->otherLoads);
}

void TestBenchmarkReport::writesWhatFollows()
{
    const Json& disk = m_document.at("models").at(0).at("stages").at(0);
    QCOMPARE(disk.at("statistics").at("median").get<double>(), 0.51);
    QCOMPARE(disk.at("bytes_per_second").get<double>(), static_cast<double>(kGiB.value) / 0.51);
    QCOMPARE(disk.at("limit").at("name").get<std::string>(), std::string{"disk_read"});
    QCOMPARE(disk.at("limited_by").get<std::string>(), std::string{"disk_read"});
    const Json& peer = m_document.at("models").at(0).at("peer");
    QCOMPARE(peer.at("statistics").at("median").get<double>(), 0.925);
    QCOMPARE(peer.at("bytes_per_second").get<double>(), static_cast<double>(kGiB.value) / 0.925);
    QCOMPARE(m_document.at("models").at(0).at("peer_ratio").get<double>(), 0.925 / 0.71);
    QVERIFY(!m_document.at("models").at(1).contains("peer_ratio"));
    QCOMPARE(m_document.at("models").at(0).at("slowest_stage").get<std::string>(), std::string{"disk"});
    QCOMPARE(m_document.at("models").at(0).at("compute_checks").at(0).at("operations_per_second").get<double>(),
        1.37e11 / 0.0005);
    QCOMPARE(m_document.at("started_at").get<std::string>(), std::string{"2026-11-27T10:15:00.250Z"});
}

void TestBenchmarkReport::doesNotReadWhatFollows()
{
    Json document = m_document;
    document["models"][0]["stages"][0]["statistics"] = 5;
    document["models"][0]["stages"][0].erase("bytes_per_second");
    const auto read = benchmarkReportFromJson(document);
    VERIFY_RESULT(read);
    QCOMPARE(writeJson(toJson(*read)), writeJson(m_document));
}

void TestBenchmarkReport::refusesEveryMissingField()
{
    const std::set<std::string> optional{"/machine/device", "/models/0/peer", "/other_loads"};
    std::vector<Json::json_pointer> places;
    collectPlaces(m_document, Json::json_pointer{}, places);
    int looked = 0;
    for (const auto& place : places) {
        const std::string text = place.to_string();
        const bool isLimit = text.starts_with("/limits/") && text != "/limits/missing";
        if (!m_document.at(place.parent_pointer()).is_object() || isFree(text) || optional.contains(text) || isLimit)
            continue;
        if (text.starts_with("/machine/features/"))
            continue;
        Json document = m_document;
        document[place.parent_pointer()].erase(place.back());
        const auto read = benchmarkReportFromJson(document);
        const bool isHead = text == "/document" || text == "/format_version";
        VERIFY_ERROR(read, isHead ? ErrorCode::InvalidValue : ErrorCode::MissingField);
        QVERIFY2(
            text.ends_with(read.error().context.field.substr(read.error().context.field.rfind('.') + 1)), text.c_str());
        ++looked;
    }
    QVERIFY(looked > 45);
}

void TestBenchmarkReport::refusesEveryFieldOfAnotherType()
{
    std::vector<Json::json_pointer> places;
    collectPlaces(m_document, Json::json_pointer{}, places);
    int refused = 0;
    for (const auto& place : places) {
        if (isFree(place.to_string()))
            continue;
        for (const Json& value : valuesOfOtherTypes(m_document.at(place))) {
            Json document = m_document;
            document[place] = value;
            const std::string what = place.to_string() + " = " + writeJson(value);
            QVERIFY2(!benchmarkReportFromJson(document), what.c_str());
            ++refused;
        }
    }
    QVERIFY(refused > 300);
}

void TestBenchmarkReport::refusesFieldsThatItDoesNotKnow()
{
    std::vector<Json::json_pointer> places{Json::json_pointer{}};
    collectPlaces(m_document, Json::json_pointer{}, places);
    int looked = 0;
    for (const auto& place : places) {
        const std::string text = place.to_string();
        const bool isError = text.ends_with("problem") || text == "/limits/missing/0";
        if (!m_document.at(place).is_object() || isFree(text) || isError || text == "/machine/features")
            continue;
        Json document = m_document;
        document[place]["invented"] = 5;
        const auto read = benchmarkReportFromJson(document);
        VERIFY_ERROR(read, ErrorCode::UnknownField);
        QVERIFY(read.error().context.field.ends_with("invented"));
        ++looked;
    }
    QVERIFY(looked >= 9);
}

void TestBenchmarkReport::refusesWhatContradictsItself_data()
{
    QTest::addColumn<Change>("change");
    QTest::addColumn<std::string>("field");
    const auto row = [](const char* name, Change change, std::string field) {
        QTest::newRow(name) << std::move(change) << std::move(field);
    };
    row(
        "no id", [](Json& d) { d["id"] = "../../etc/passwd"; }, "id");
    row(
        "no end", [](Json& d) { d["end"] = "unknown"; }, "end");
    row(
        "no temperature", [](Json& d) { d["settings"]["temperature"] = "unknown"; }, "settings.temperature");
    row(
        "no iterations", [](Json& d) { d["settings"]["iterations"] = 0; }, "settings.iterations");
    row(
        "too many iterations", [](Json& d) { d["settings"]["iterations"] = 201; }, "settings.iterations");
    row(
        "a word that there is not", [](Json& d) { d["models"][0]["model"]["format"] = "zip"; },
        "models[0].model.format");
    row(
        "no time", [](Json& d) { d["started_at"] = "2026-02-30T10:15:00.250Z"; }, "started_at");
    row(
        "no stage", [](Json& d) { d["models"][1]["stages"][0]["stage"] = "none"; }, "models[1].stages[0].stage");
    row(
        "a stage twice", [](Json& d) { d["models"][0]["stages"][1]["stage"] = "disk"; }, "models[0].stages[1].stage");
    row(
        "stages in another order", [](Json& d) { d["models"][0]["stages"][0]["stage"] = "unload"; },
        "models[0].stages[1].stage");
    row(
        "a stage without measurements", [](Json& d) { d["models"][0]["stages"][2]["measurements"] = Json::array(); },
        "models[0].stages[2].measurements");
    row(
        "iteration 0", [](Json& d) { d["models"][0]["stages"][0]["measurements"][0]["iteration"] = 0; },
        "models[0].stages[0].measurements[0].iteration");
    row(
        "an iteration twice", [](Json& d) { d["models"][0]["stages"][0]["measurements"][2]["iteration"] = 2; },
        "models[0].stages[0].measurements[2].iteration");
    row(
        "more iterations than asked for", [](Json& d) { d["settings"]["iterations"] = 4; },
        "models[0].stages[0].measurements[4].iteration");
    row(
        "more loads of the peer than iterations",
        [](Json& d) { d["models"][0]["peer"]["seconds"] = std::vector<double>(6, 0.5); }, "models[0].peer.seconds");
    row(
        "too many models",
        [](Json& d) {
            while (d["models"].size() <= kMostBenchmarkModels)
                d["models"].push_back(d["models"][0]);
        },
        "models");
    row(
        "too many rows", [](Json& d) { d["models"][0]["model"]["components"] = std::vector<std::string>(4097, "vae"); },
        "models[0].model.components");
    row(
        "too many processors", [](Json& d) { d["machine"]["processors"] = std::uint64_t{1} << 32U; },
        "machine.processors");
    row(
        "negative time", [](Json& d) { d["models"][0]["stages"][0]["measurements"][0]["seconds"] = -0.1; },
        "models[0].stages[0].measurements[0].seconds");
}

void TestBenchmarkReport::refusesWhatContradictsItself()
{
    QFETCH(const Change, change);
    QFETCH(const std::string, field);
    Json document = m_document;
    change(document);
    const auto read = benchmarkReportFromJson(document);
    VERIFY_ERROR(read, ErrorCode::InvalidValue);
    QCOMPARE(read.error().context.field, field);
}

void TestBenchmarkReport::refusesANewerVersion()
{
    const auto read = readBenchmarkReport(R"({"document":"weightroom_benchmark","format_version":2,"all":"new"})");
    VERIFY_ERROR(read, ErrorCode::Unsupported);
    QCOMPARE(read.error().context.field, std::string{"format_version"});
}

void TestBenchmarkReport::refusesWhatIsNoReport_data()
{
    QTest::addColumn<std::string>("text");
    QTest::addColumn<ErrorCode>("code");
    QTest::newRow("empty") << std::string{} << ErrorCode::InvalidJson;
    QTest::newRow("cut") << std::string{R"({"document":"weightroom_ben)"} << ErrorCode::InvalidJson;
    QTest::newRow("a list") << std::string{"[]"} << ErrorCode::InvalidValue;
    QTest::newRow("another document") << std::string{R"({"document":"x","format_version":1})"}
                                      << ErrorCode::InvalidValue;
    QTest::newRow("no version") << std::string{R"({"document":"weightroom_benchmark"})"} << ErrorCode::InvalidValue;
    QTest::newRow("version 0") << std::string{R"({"document":"weightroom_benchmark","format_version":0})"}
                               << ErrorCode::InvalidValue;
}

void TestBenchmarkReport::refusesWhatIsNoReport()
{
    QFETCH(const std::string, text);
    QFETCH(const ErrorCode, code);
    VERIFY_ERROR(readBenchmarkReport(text), code);
}

/// What the limits allow comes back, and is no larger than a file may be.
void TestBenchmarkReport::readsTheLargest()
{
    BenchmarkReport report = test::sampleReport();
    report.settings.iterations = kMostBenchmarkIterations;
    ModelBenchmark model = test::sampleModel("large");
    model.stages.clear();
    for (auto stage = BenchmarkStage::Disk; stage <= kLastBenchmarkStage;
         stage = static_cast<BenchmarkStage>(static_cast<int>(stage) + 1))
        model.stages.push_back(
            test::stageOf(stage, std::vector(kMostBenchmarkIterations, 1.0 / 3), Bytes{123'456'789'012}));
    report.models.assign(kMostBenchmarkModels, model);
    const std::string text = writeJson(toJson(report), 1);
    QVERIFY(text.size() < kLargestReport.value / 2);
    VERIFY_RESULT(readBenchmarkReport(text));
}

void TestBenchmarkReport::writesNamesThatAreNotUtf8()
{
    BenchmarkReport report = test::sampleReport();
    report.models[0].model.name = "model\xff\"\n";
    const auto read = readBenchmarkReport(writeJson(toJson(report)));
    VERIFY_RESULT(read);
    QCOMPARE(read->models[0].model.name, std::string{"model\xef\xbf\xbd\"\n"});
}

void TestBenchmarkReport::makesIdsThatSort()
{
    using namespace std::chrono_literals;
    const BenchmarkId id = benchmarkIdOf(test::sampleTime(), 7);
    QCOMPARE(id.text, std::string{"20261127T101500250Z-7"});
    QVERIFY(id < benchmarkIdOf(test::sampleTime() + 1ms, 1));
    QVERIFY(benchmarkIdOf(test::sampleTime() - 24h, 99) < id);
}

void TestBenchmarkReport::knowsItsIds_data()
{
    QTest::addColumn<std::string>("text");
    QTest::addColumn<bool>("isId");
    QTest::newRow("one") << std::string{"20261127T101500250Z-7"} << true;
    QTest::newRow("the highest run") << std::string{"20261127T101500250Z-18446744073709551615"} << true;
    for (const char* text : {"", ".", "..", "20261127T101500250Z-", "20261127T101500250Z", "20261127T101500250Z-7/",
             "../20261127T101500250Z-7", "20261127T101500250Z-7.json", "20261127T101500250Z-x", "20261127T101500250-7",
             "2026112aT101500250Z-7", "20261127t101500250z-7", "20261127T101500250Z-184467440737095516150"})
        QTest::newRow(text) << std::string{text} << false;
    QTest::newRow("a NUL") << std::string{"20261127T101500250Z-7\0", 22} << false;
}

void TestBenchmarkReport::knowsItsIds()
{
    QFETCH(const std::string, text);
    QFETCH(const bool, isId);
    QCOMPARE(isBenchmarkId({text}), isId);
}

QTEST_APPLESS_MAIN(TestBenchmarkReport)
#include "test_benchmark_report.moc"
