// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/preload/preload_plans.h"

#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using weightroom::test::TemporaryFolder;

namespace {

PreloadPlan plan(const std::string& name)
{
    return {.name = name, .entries = {{ModelId{"hat"}, DeviceId{"GPU_0"}}, {ModelId{"beret"}, {}}}};
}

std::vector<std::string> namesIn(PreloadPlans& plans)
{
    std::vector<std::string> names;
    const auto all = plans.all();
    for (const PreloadPlan& one : all.value())
        names.push_back(one.name);
    return names;
}

} // namespace

class TestPreloadPlans : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void keepsPlansInTheOrderOfTheirNames();
    void areThereAtTheNextStart();
    void liveAsLongAsTheObjectWithoutAFile();
    void refusesWhatIsBeyondTheLimits_data();
    void refusesWhatIsBeyondTheLimits();
    void refusesOneTooMany();
    void leavesABrokenFileAlone_data();
    void leavesABrokenFileAlone();
    void takesNothingOnThatItCouldNotKeep();
    void namesThePlanThatIsNotThere();
};

void TestPreloadPlans::keepsPlansInTheOrderOfTheirNames()
{
    PreloadPlans plans{{}};
    for (const char* name : {"b", "c", "a"})
        VERIFY_RESULT(plans.put(plan(name)));
    const std::vector<std::string> sorted{"a", "b", "c"};
    QVERIFY(namesIn(plans) == sorted);
    PreloadPlan other = plan("b");
    other.entries.pop_back();
    VERIFY_RESULT(plans.put(other)); // takes the place
    QVERIFY(namesIn(plans) == sorted);
    QVERIFY(plans.find("b").value() == other);
    VERIFY_RESULT(plans.remove("a"));
    QVERIFY(namesIn(plans) == (std::vector<std::string>{"b", "c"}));
}

void TestPreloadPlans::areThereAtTheNextStart()
{
    const TemporaryFolder folder;
    PreloadPlan unfinished = plan("today \"\xC3\xBC\"");
    unfinished.runsAtStart = true;
    {
        PreloadPlans plans{folder / "plans.json"};
        VERIFY_RESULT(plans.put(unfinished));
        VERIFY_RESULT(plans.setUnfinished(unfinished.name, true));
        VERIFY_RESULT(plans.setUnfinished("gone meanwhile", true));
    }
    unfinished.isUnfinished = true;
    PreloadPlans plans{folder / "plans.json"};
    QVERIFY(plans.all().value() == std::vector{unfinished});
    VERIFY_RESULT(plans.remove(unfinished.name));
    QVERIFY(PreloadPlans{folder / "plans.json"}.all().value().empty());
}

void TestPreloadPlans::liveAsLongAsTheObjectWithoutAFile()
{
    PreloadPlans plans{{}};
    QVERIFY(plans.all().value().empty());
    VERIFY_RESULT(plans.put(plan("a")));
    QVERIFY(PreloadPlans{{}}.all().value().empty());
}

void TestPreloadPlans::refusesWhatIsBeyondTheLimits_data()
{
    QTest::addColumn<std::string>("name");
    QTest::addColumn<int>("entries");
    QTest::addColumn<std::string>("field");
    QTest::newRow("no name") << std::string{} << 1 << std::string{"name"};
    QTest::newRow("long name") << std::string(101, 'a') << 1 << std::string{"name"};
    QTest::newRow("control character") << std::string{"a\nb"} << 1 << std::string{"name"};
    QTest::newRow("not UTF-8") << std::string{"\xff"} << 1 << std::string{"name"};
    QTest::newRow("no models") << std::string{"a"} << 0 << std::string{"model_ids"};
    QTest::newRow("too many models") << std::string{"a"} << 257 << std::string{"model_ids"};
}

void TestPreloadPlans::refusesWhatIsBeyondTheLimits()
{
    QFETCH(const std::string, name);
    QFETCH(const int, entries);
    QFETCH(const std::string, field);
    PreloadPlans plans{{}};
    PreloadPlan bad{.name = name, .entries = {}};
    bad.entries.resize(static_cast<std::size_t>(entries), {ModelId{"hat"}, {}});
    const auto refused = plans.put(bad);
    VERIFY_ERROR(refused, ErrorCode::InvalidValue);
    QCOMPARE(refused.error().context.field, field);
    QVERIFY(plans.all().value().empty());
}

void TestPreloadPlans::refusesOneTooMany()
{
    PreloadPlans plans{{}};
    for (std::size_t i = 0; i < kMostPreloadPlans; ++i)
        VERIFY_RESULT(plans.put(plan("plan " + std::to_string(i))));
    VERIFY_RESULT(plans.put(plan("plan 7"))); // is there already
    VERIFY_ERROR(plans.put(plan("one more")), ErrorCode::InvalidValue);
}

void TestPreloadPlans::leavesABrokenFileAlone_data()
{
    QTest::addColumn<std::string>("content");
    QTest::addColumn<int>("code");
    const auto row = [](const char* name, const char* content, ErrorCode code) {
        QTest::newRow(name) << std::string{content} << static_cast<int>(code);
    };
    row("empty", "", ErrorCode::InvalidJson);
    row("cut", R"({"plans": [)", ErrorCode::InvalidJson);
    row("no plans", "{}", ErrorCode::InvalidValue);
    row("another type", R"({"plans": [5]})", ErrorCode::InvalidValue);
    row("a field is missing", R"({"plans": [{"name": "a", "models": []}]})", ErrorCode::InvalidValue);
    row("no models", R"({"plans": [{"name": "a", "models": [], "runs_at_start": true, "is_unfinished": false}]})",
        ErrorCode::InvalidValue);
    row("a number for an id",
        R"({"plans": [{"name": "a", "models": [{"model_id": 5, "device_id": ""}], "runs_at_start": true,)"
        R"( "is_unfinished": false}]})",
        ErrorCode::InvalidValue);
}

void TestPreloadPlans::leavesABrokenFileAlone()
{
    QFETCH(const std::string, content);
    QFETCH(const int, code);
    const TemporaryFolder folder;
    const auto file = folder.write("plans.json", content);
    PreloadPlans plans{file};
    const auto all = plans.all();
    VERIFY_ERROR(all, static_cast<ErrorCode>(code));
    QCOMPARE(all.error().context.path, file.string());
    VERIFY_ERROR(plans.put(plan("a")), static_cast<ErrorCode>(code));
    QCOMPARE(std::filesystem::file_size(file), content.size());
}

void TestPreloadPlans::takesNothingOnThatItCouldNotKeep()
{
    PreloadPlans plans{"/dev/null/plans.json"};
    QVERIFY(!plans.put(plan("a")));
    const TemporaryFolder folder;
    PreloadPlans kept{folder / "below" / "plans.json"};
    folder.write("below", "a file");
    QVERIFY(!kept.put(plan("a")));
}

void TestPreloadPlans::namesThePlanThatIsNotThere()
{
    PreloadPlans plans{{}};
    const auto found = plans.find("none");
    VERIFY_ERROR(found, ErrorCode::PreloadPlanNotFound);
    QVERIFY(found.error().detail.find("'none'") != std::string::npos);
    VERIFY_ERROR(plans.remove("none"), ErrorCode::PreloadPlanNotFound);
}

QTEST_APPLESS_MAIN(TestPreloadPlans)
#include "test_preload_plans.moc"
